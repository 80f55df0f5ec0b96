// timeout: 120s
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** The hook as the client starts it: a process, its streams and its exit code. */

const coord = fileURLToPath(new URL('../../bin/coord', import.meta.url))
const entry = suite('the hook entry')
let repo = ''
entry.before.each(() => {
  repo = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-entry-')))
  mkdirSync(join(repo, '.git'))
  mkdirSync(join(repo, '.claude'))
  writeFileSync(join(repo, '.git', 'HEAD'), 'ref: refs/heads/main\n')
})
entry.after.each(() => rmSync(repo, { recursive: true, force: true }))

const env = () => ({ PATH: process.env['PATH'], HOME: repo, CLAUDE_PID: String(process.pid) })
const hooksLog = () => readFileSync(join(repo, '.claude', 'logs', 'hooks.log'), 'utf8')

function payload(session: string, more: object = {}): string {
  return JSON.stringify({
    session_id: session,
    transcript_path: '/dev/null',
    cwd: repo,
    hook_event_name: 'PreToolUse',
    tool_name: 'Write',
    tool_use_id: `toolu_${session}`,
    tool_input: { file_path: 'a.ts', content: 'x' },
    ...more,
  })
}

function hook(input: string | Buffer, args = ['hook', 'claude-code']) {
  return spawnSync(coord, args, { cwd: repo, env: env(), input, encoding: 'utf8' })
}

entry('grants in silence, refuses in the client’s protocol, with exit code 0 both times', () => {
  const first = hook(payload('first'))
  assert.equal([first.status, first.stdout, first.stderr], [0, '', ''])
  const second = hook(payload('second'))
  assert.equal([second.status, second.stderr], [0, ''])
  const { hookSpecificOutput } = JSON.parse(second.stdout)
  assert.is(hookSpecificOutput.hookEventName, 'PreToolUse')
  assert.is(hookSpecificOutput.permissionDecision, 'deny')
  assert.match(
    hookSpecificOutput.permissionDecisionReason,
    /^File a\.ts is locked by instance claude-\d{8}-\d{6}-[0-9a-f]{8}\.\n/,
  )
  assert.match(hooksLog(), /coordination: File a\.ts is locked by instance/)
})

/** Loading one of these costs every hook of a machine without a resident 2 to 8 ms of its 25. */
const slowModules = [
  ...['crypto', 'os', 'zlib', 'stream', 'http', 'net', 'child_process', 'worker_threads', 'readline'],
  ...['timers/promises', 'module', 'v8'],
]

entry('an ordinary edit, its refusal and the turn around it load none of Node’s slow modules', () => {
  const recorder = join(repo, 'recorder.cjs')
  const listed = join(repo, 'modules.txt')
  const script = `const before = new Set(process.moduleLoadList)
process.on('exit', () => {
  const since = process.moduleLoadList.filter((name) => !before.has(name))
  require('node:fs').writeFileSync(${JSON.stringify(listed)}, since.join('\\n'))
})`
  writeFileSync(recorder, script)
  const loadedBy = (input: string) => {
    const ran = spawnSync(coord, ['hook', 'claude-code'], {
      cwd: repo,
      env: { ...env(), COORD_RESIDENT: 'off', NODE_OPTIONS: `--require ${recorder}` },
      input,
      encoding: 'utf8',
    })
    assert.equal([ran.status, ran.stderr], [0, ''])
    return readFileSync(listed, 'utf8').split('\n')
  }
  // The first event of a session makes an id for it; the ones after that have nothing to make.
  hook(payload('first'))
  assert.ok(loadedBy(payload('second')).includes('NativeModule crypto'), 'the recorder sees what is loaded')
  const happenings = [
    payload('first', { tool_use_id: 'toolu_2' }),
    payload('first', { tool_use_id: 'toolu_2', hook_event_name: 'PostToolUse', tool_response: {} }),
    payload('second', { tool_use_id: 'toolu_3' }),
    payload('first', { hook_event_name: 'Stop' }),
  ]
  for (const input of happenings) {
    const loaded = loadedBy(input)
    assert.equal(
      loaded.filter((name) => slowModules.includes(name.replace('NativeModule ', ''))),
      [],
      input,
    )
  }
})

const bad: [string, string | Buffer][] = [
  ['nothing', ''],
  ['half a payload', '{"session_id":"s"'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
]
for (const [name, input] of bad) {
  entry(`${name}: exit code 0, one line, a line in the hook log`, () => {
    const ran = hook(input)
    assert.equal([ran.status, ran.stdout], [0, ''])
    assert.match(ran.stderr, /^coordlog: [^\n]+\n$/)
    assert.match(hooksLog(), /not coordinated \(input\)/)
    assert.not.ok(existsSync(join(repo, '.git', 'coordlog')))
  })
}

entry('an agent that is not known, and none at all', () => {
  for (const args of [['hook', 'nobody'], ['hook']]) {
    const ran = hook(payload('first'), args)
    assert.equal([ran.status, ran.stdout], [0, ''])
    assert.match(ran.stderr, /^coordlog: [^\n]*there are: claude-code[^\n]*\n$/)
  }
})

entry('ten megabytes are read to their end', () => {
  const ran = hook(payload('first', { tool_input: { file_path: 'a.ts', content: '}\n'.repeat(3_500_000) } }))
  assert.equal([ran.status, ran.stderr], [0, ''])
  assert.match(hook(payload('second')).stdout, /locked by/)
})

/** Writes and does not close. */
function startOpen(input: string): { code: Promise<number | null>; stderr(): string; close(): void } {
  const child = spawn(coord, ['hook', 'claude-code'], { cwd: repo, env: env(), stdio: ['pipe', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.write(input)
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stderr: () => stderr, close: () => child.stdin.destroy() }
}

entry('a client that never closes the pipe gets its answer all the same', async () => {
  const open = startOpen(payload('first'))
  assert.is(await open.code, 0)
  assert.is(open.stderr(), '')
  open.close()
  assert.match(hook(payload('second')).stdout, /locked by/)
})

entry('a payload that never gets whole ends at the deadline, and is no refusal', async () => {
  const open = startOpen('{"session_id":')
  assert.is.not(await open.code, 2)
  assert.match(open.stderr(), /^coordlog: [^\n]*no payload within 3000 ms\n$/)
  open.close()
})

entry('a client that reads no answer does no harm', async () => {
  hook(payload('first'))
  const child = spawn(coord, ['hook', 'claude-code'], { cwd: repo, env: env(), stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  child.stdin.end(payload('second'))
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.equal([code, stderr], [0, ''])
})

entry.run()
