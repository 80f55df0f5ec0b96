import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { payloadBytesMax } from '../src/payload.js'
import {
  denied,
  hooksLog,
  leases,
  records,
  removeScratch,
  repository,
  run,
  session,
  testClock,
  types,
} from './session.js'

/** Whatever comes on standard input: exit 0, at most one line on stderr, under a second, a line in the hook log, no event. */

const bad = suite('bad input')
bad.after(removeScratch)

const good = (repo: string, more: object = {}) => ({
  session_id: 's',
  transcript_path: '/t',
  cwd: repo,
  hook_event_name: 'PreToolUse',
  tool_name: 'Write',
  tool_use_id: 'toolu_1',
  tool_input: { file_path: join(repo, 'a.ts'), content: 'x' },
  ...more,
})
const text = (repo: string, more?: object) => JSON.stringify(good(repo, more))
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

const rows: [string, (repo: string) => string | Uint8Array][] = [
  ['empty', () => ''],
  ['white space', () => ' \n'],
  ['half', (repo) => text(repo).slice(0, 90)],
  ['half, ending like a whole one', (repo) => `${text(repo).slice(0, 90)}"}`],
  ['two in a row', (repo) => `${text(repo)} ${text(repo)}`],
  ['a string', () => '"hello"'],
  ['a number', () => '17'],
  ['null', () => 'null'],
  ['an array', (repo) => `[${text(repo)}]`],
  ['deeply nested', () => nested(200_000)],
  ['no JSON', () => 'tool_name=Write'],
  ['a NUL', (repo) => text(repo).replace('"x"', '"\0"')],
  ['NULs after it', (repo) => `${text(repo)}\0\0`],
  ['invalid UTF-8', (repo) => Buffer.concat([Buffer.from(text(repo)), Buffer.from([0xff, 0xfe])])],
  ['invalid UTF-8 inside', (repo) => Buffer.from(text(repo).replace('"x"', '"\u00ff"'), 'latin1')],
  ['UTF-16', (repo) => Buffer.from(`\ufeff${text(repo)}`, 'utf16le')],
  ['an unknown event', (repo) => text(repo, { hook_event_name: 'Daydream' })],
  ['no event', (repo) => text(repo, { hook_event_name: undefined })],
  ['an event that is a number', (repo) => text(repo, { hook_event_name: 4 })],
  ['a path that is a number', (repo) => text(repo, { tool_input: { file_path: 4 } })],
  ['an input that is a list', (repo) => text(repo, { tool_input: ['a.ts'] })],
  ['no session', (repo) => text(repo, { session_id: '' })],
  ['a working folder that is an object', (repo) => text(repo, { cwd: {} })],
  ['a call id that is a list', (repo) => text(repo, { tool_use_id: [] })],
  ['only a prototype', () => '{"__proto__":{"session_id":"s","cwd":"/","hook_event_name":"Stop"}}'],
  ['too large', (repo) => text(repo, { pad: 'x'.repeat(payloadBytesMax) })],
]
for (const [name, payload] of rows) {
  bad(name, async () => {
    const repo = repository()
    const started = performance.now()
    const ran = await run(payload(repo), { cwd: repo, env: {}, clock: testClock() })
    assert.is(ran.code, 0)
    assert.is(ran.stdout, '')
    assert.match(ran.stderr, /^coordlog: [^\n]+\n$/)
    assert.not.match(ran.stderr, /\bat .*:\d+:\d+/)
    assert.match(hooksLog(repo), /^2026-01-08T12:00:00.000Z coordination: [^\n]*was not coordinated \(input\)[^\n]*\n$/)
    assert.not.ok(existsSync(join(repo, '.git', 'coordlog')), 'nothing was recorded')
    assert.ok(performance.now() - started < 5_000)
  })
}

bad('an unknown agent', async () => {
  const repo = repository()
  const { runHook } = await import('../src/runHook.js')
  let stderr = ''
  const io = {
    stdin: (async function* () {})(),
    env: {},
    cwd: repo,
    callerPid: 0,
    stdout: { write: () => assert.unreachable() },
    stderr: { write: (line: string) => (stderr += line) },
  }
  assert.is(await runHook('claude-codex', io), 0)
  assert.match(stderr, /^coordlog: claude-codex: not coordinated: no such agent; there are: claude-code, .*\n$/)
  assert.match(hooksLog(repo), /claude-codex was not coordinated/)
})

bad('a byte order mark does no harm, and is said', async () => {
  const repo = repository()
  await run(`\ufeff${text(repo)}`, { cwd: repo, env: {}, clock: testClock() })
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
  assert.match(hooksLog(repo), /began with a byte order mark/)
})

bad('keys named __proto__ do no harm', async () => {
  const repo = repository()
  const payload = `{"__proto__":{"cwd":"/nowhere"},"constructor":7,${text(repo).slice(1)}`
  await run(payload.replace('"content"', '"__proto__":{"file_path":"/etc/passwd"},"content"'), { cwd: repo, env: {} })
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
  assert.is(Object.getPrototypeOf({}), Object.prototype)
})

bad('a file named __proto__ is a file', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  await first.before('__proto__')
  assert.equal(Object.keys(await leases(repo)), ['__proto__'])
})

bad('ten megabytes of content are leased like ten bytes', async () => {
  const repo = repository()
  const content = 'const text = "line \\" with } signs";}\n'.repeat(290_000)
  assert.ok(content.length > 10_000_000)
  const ran = await run(text(repo, { tool_input: { file_path: 'a.ts', content } }), { cwd: repo, env: {} })
  assert.is(ran.stderr, '')
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
  assert.ok(JSON.stringify(await records(repo)).length < 5_000, 'none of it is recorded')
})

bad('deep nesting in a field that nobody reads', async () => {
  const repo = repository()
  const payload = text(repo).replace('"x"', nested(100_000))
  assert.is((await run(payload, { cwd: repo, env: {} })).stderr, '')
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
})

bad('a working folder that is gone: the repository above it still counts', async () => {
  const repo = repository()
  const gone = join(repo, 'gone')
  mkdirSync(gone)
  rmdirSync(gone)
  const ran = await run(text(repo, { cwd: gone }), { cwd: repo, env: {}, clock: testClock() })
  assert.is(ran.code, 0)
  assert.is(ran.stderr, '')
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
  assert.match(hooksLog(repo), /working folder \S*gone does not exist/)
})

const strangePaths: [string, string][] = [
  ['empty', ''],
  ['a NUL', 'a\0b'],
  ['a folder', '.'],
  ['the repository itself', './'],
  ['a home folder', '~/.bashrc'],
  ['endless', 'x/'.repeat(4_000)],
  ['a lone surrogate', 'a\ud800.ts'],
]
for (const [name, file_path] of strangePaths) {
  bad(`a path that cannot be leased: ${name}`, async () => {
    const repo = repository()
    const ran = await run(text(repo, { tool_input: { file_path } }), { cwd: repo, env: {}, clock: testClock() })
    assert.is(ran.code, 0)
    assert.is(ran.stdout, '')
    assert.match(hooksLog(repo), /PreToolUse Write: no lease for /)
    assert.equal(await types(repo), ['instance.registered'])
    assert.equal(readdirSync(repo).sort(), ['.claude', '.git'])
  })
}

bad('a file outside the repository is not tracked and not in the way', async () => {
  const repo = repository()
  const ran = await run(text(repo, { tool_input: { file_path: '/tmp/elsewhere.ts' } }), { cwd: repo, env: {} })
  assert.is(ran.stdout, '')
  assert.equal(await leases(repo), {})
})

bad('a tool that nobody knows and that names a file is said', async () => {
  const repo = repository()
  await run(text(repo, { tool_name: 'Scribble' }), { cwd: repo, env: {}, clock: testClock() })
  assert.match(hooksLog(repo), /unknown tool Scribble names a file/)
  await run(text(repo, { tool_name: 'mcp__x__y', tool_input: { q: 1 } }), { cwd: repo, env: {}, clock: testClock() })
  assert.is(hooksLog(repo).split('\n').length, 2)
})

/** What moves a cursor or turns text round; line breaks are ours. */
const moving = /[^\P{Cc}\n]|\u202e/u

bad('a prompt of control characters is stored as it is and shown to nobody raw', async () => {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const second = session(repo, 'second', clock)
  const prompt = `\u001b[2J\u202eevil "\u0007 \`rm\` \ud800 end\nsecond line`
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt })
  await first.before('a.ts')
  const ran = await second.before('a.ts')
  assert.not.match(denied(ran) ?? '', moving)
  const turn = (await records(repo)).find(({ type }) => type === 'turn.started')
  assert.is(turn?.data['task'], '\u001b[2J\u202eevil "\u0007 `rm` \ufffd end')
  assert.not.match(hooksLog(repo), moving)
})

bad.run()
