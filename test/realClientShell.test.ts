// timeout: 400s
// alone
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Installed, installClient, runSession } from './realClient/client.js'
import type { Seen, ToolCall } from './realClient/scriptedModel.js'
import { skip } from './skip.js'

/** The real Claude Code edits through its shell: what the model of the second session reads, and what the first one hears. */

const coord = resolve(import.meta.dirname, '..', '..', 'bin', 'coord')

interface Context {
  installed: Installed
  top: string
}

const test = suite<Context>('the shell of the real client')

function call(cwd: string, ...args: string[]): string {
  return spawnSync(coord, args, { cwd, encoding: 'utf8' }).stdout
}

test.before.each((context) => {
  context.installed = installClient()
  context.top = join(realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-client-shell-'))), 'app')
  execFileSync('git', ['init', '-q', '-b', 'main', context.top])
  writeFileSync(join(context.top, 'shared.txt'), 'as it was\n')
  writeFileSync(join(context.top, 'free.txt'), 'as it was\n')
  writeFileSync(join(context.top, 'fix.sh'), 'echo fixed > shared.txt\n')
  assert.is(spawnSync(coord, ['init', context.top]).status, 0)
})
test.after.each(({ top }) => {
  call(top, 'resident', 'stop')
  rmSync(resolve(top, '..'), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const bash = (command: string): ToolCall[] => [{ name: 'Bash', input: { command, description: 'edit' } }]
const write = (path: string, content: string): ToolCall[] => [{ name: 'Write', input: { file_path: path, content } }]

test('sed -i and a heredoc on a held file are refused with the holder’s name; a free file is written', async ({
  installed,
  top,
}) => {
  if ('missing' in installed) return skip('the real client', installed.missing)
  const { client } = installed
  const held = gate()
  const over = gate()
  const told: string[] = []
  const first = runSession({
    client,
    cwd: top,
    steps: [
      () => write(join(top, 'new.txt'), 'first\n'),
      async () => {
        held.open()
        await over.opened
        return 'done'
      },
    ],
  })
  const listen = (next: ToolCall[] | string) => (seen: Seen) => {
    told.push(seen.last)
    return next
  }
  const second = runSession({
    client,
    cwd: top,
    args: ['--allowedTools', 'Bash'],
    steps: [
      async () => {
        await held.opened
        return bash("sed -i 's/first/second/' new.txt")
      },
      listen(bash("cat > new.txt <<'EOF'\nsecond\nEOF")),
      listen(bash('echo more >> free.txt')),
      listen('done'),
    ],
  }).finally(over.open)
  for (const { code, stdout, stderr } of await Promise.all([first, second])) assert.is(code, 0, `${stdout}\n${stderr}`)
  const [afterSed = '', afterHeredoc = '', afterAll = ''] = told
  assert.match(afterSed, /File new\.txt is locked by instance claude-\d{8}-\d{6}-[0-9a-f]{8}/)
  assert.is(afterHeredoc.split('File new.txt is locked by instance').length, 3, 'the heredoc was refused too')
  assert.is(afterAll.split('is locked by instance').length, 3)
  assert.is(readFileSync(join(top, 'new.txt'), 'utf8'), 'first\n')
  assert.is(readFileSync(join(top, 'free.txt'), 'utf8'), 'as it was\nmore\n')
  const log = call(top, 'log', '--json')
  assert.is(log.split('"type":"lock.denied"').length, 3)
  assert.match(log, /"type":"file\.edited".*free\.txt/)
  assert.equal(JSON.parse(call(top, 'status', '--json')).locks, [])
})

test('a script that nobody can look into: the holder’s model hears who changed its file', async ({
  installed,
  top,
}) => {
  if ('missing' in installed) return skip('the real client', installed.missing)
  const { client } = installed
  const held = gate()
  const changed = gate()
  let heard = ''
  const first = runSession({
    client,
    cwd: top,
    steps: [
      () => [{ name: 'Read', input: { file_path: join(top, 'shared.txt') } }],
      () => write(join(top, 'shared.txt'), 'first\n'),
      async () => {
        held.open()
        await changed.opened
        return write(join(top, 'other.txt'), 'x\n')
      },
      ({ last }) => {
        heard = last
        return 'done'
      },
    ],
  })
  const second = runSession({
    client,
    cwd: top,
    args: ['--allowedTools', 'Bash'],
    steps: [
      async () => {
        await held.opened
        return bash('bash fix.sh')
      },
      () => {
        changed.open()
        return 'done'
      },
    ],
  }).finally(changed.open)
  for (const { code, stdout, stderr } of await Promise.all([first, second])) assert.is(code, 0, `${stdout}\n${stderr}`)
  assert.match(
    heard,
    /file shared\.txt, which this session holds, was changed by instance claude-\d{8}-\d{6}-[0-9a-f]{8}/,
  )
  assert.match(call(top, 'audit'), /Edits without a lease[\s\S]*shared\.txt/)
  const [found] = call(top, 'log', '--type', 'bypass.detected', '--json').trim().split('\n')
  const { by, data } = JSON.parse(found ?? '{}')
  assert.is(data.suspect, by)
  assert.is.not(data.changes[0].holder, by)
})

test.run()
