// timeout: 300s
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCoordination } from '@coordlog/runtime/coordination'
import { randomId } from '@coordlog/runtime/identity'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Eight processes record fifty decisions each at once: nothing is lost and no id is given twice. */

const writers = 8
const decisionsEach = 50

/** One writer, in a process of its own: this file again, with the repository and its name as arguments. */
async function write(repo: string, name: string): Promise<void> {
  const coordination = await openCoordination({ cwd: repo, env: {}, lockDeadlineMs: 30_000 })
  const registered = await coordination.execute<'instance.register'>({
    type: 'instance.register',
    session: name,
    idPrefix: 'test',
    nonce: randomId().replaceAll('-', ''),
    host: 'test',
    role: 'writer',
    task: '',
    worktree: repo,
    cwd: repo,
    manual: false,
  })
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const ids: string[] = []
  for (let i = 0; i < decisionsEach; i++) {
    const { reply } = await coordination.execute<'decision.add'>({
      type: 'decision.add',
      by: registered.reply.instance,
      manual: true,
      category: 'testing',
      title: `${name} ${i}`,
      description: '',
      scope: 'local',
      status: 'accepted',
      alternatives: [],
      files: [],
      requestId: randomId(),
    })
    if (reply.kind === 'decided') ids.push(reply.id)
  }
  process.stdout.write(`${JSON.stringify(ids)}\n`, () => process.exit(0))
}

/** Waits at the gate until `go`, then returns the ids that the writer was told. */
function startWriter(repo: string, name: string): { ready: Promise<void>; go(): void; ids: Promise<string[]> } {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), repo, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      if (output.startsWith('ready\n')) resolve()
    })
  })
  const ids = once(child, 'close').then(([code]) => {
    assert.is(code, 0, `${name}: ${output}`)
    return JSON.parse(output.slice('ready\n'.length)) as string[]
  })
  return { ready, go: () => child.stdin.end('go\n'), ids }
}

const race = suite('decisions at once')

race(`${writers} writers of ${decisionsEach} decisions`, async () => {
  const repo = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-race-')))
  mkdirSync(join(repo, '.git'))
  writeFileSync(join(repo, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  const started = Array.from({ length: writers }, (_, i) => startWriter(repo, `writer-${i}`))
  await Promise.all(started.map(({ ready }) => ready))
  for (const { go } of started) go()
  const told = (await Promise.all(started.map(({ ids }) => ids))).flat()
  const { log, load, close } = await openCoordination({ cwd: repo, env: {}, lockDeadlineMs: 5_000 })
  const stored: string[] = []
  const titles = new Set<unknown>()
  for await (const record of log.read()) {
    if (record.type !== 'decision.recorded') continue
    stored.push(String(record.data['id']))
    titles.add(record.data['title'])
  }
  const total = writers * decisionsEach
  assert.is(stored.length, total)
  assert.is(new Set(stored).size, total, 'distinct ids')
  assert.is(titles.size, total, 'each was submitted once')
  assert.equal([...told].sort(), [...stored].sort(), 'what was acknowledged is what is stored')
  assert.is((await load()).state.decisions.length, total)
  close()
  rmSync(repo, { recursive: true })
})

const [, , repo, name] = process.argv
if (repo !== undefined && name !== undefined) await write(repo, name)
else race.run()
