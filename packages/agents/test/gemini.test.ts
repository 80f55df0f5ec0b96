import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recognise } from '../src/gemini/recognise.js'
import { render } from '../src/gemini/render.js'
import { leases, records, removeScratch, repository, run, state, testClock, types } from './session.js'

/** What the real client 0.61.0 sent; 01 to 16 are one session in order. Only the folder is another. */

const folder = fileURLToPath(new URL('../../test/fixtures/gemini', import.meta.url))
const names = readdirSync(folder).sort()
const recorded = suite('recorded payloads of Gemini CLI')
recorded.after(removeScratch)

function payload(name: string, repo: string): string {
  const file = names.find((each) => each.startsWith(name)) ?? name
  return readFileSync(join(folder, file), 'utf8').replaceAll('/home/dev/app', repo)
}

function send(repo: string, text: string, clock = testClock()) {
  return run(text, { cwd: repo, clock, callerPid: process.pid }, 'gemini')
}

recorded('the session leaves exactly these events', async () => {
  const repo = repository()
  const clock = testClock()
  for (const name of names.filter((each) => each < '17')) {
    const ran = await send(repo, payload(name, repo), clock)
    assert.is(ran.code, 0, name)
    assert.is(ran.stderr, '', name)
    assert.is(ran.stdout === '', name !== '01-SessionStart.json', `${name}: ${ran.stdout}`)
    clock.advance(1_000)
  }
  const all = await records(repo)
  assert.equal(
    all.map(({ type }) => type),
    [
      'instance.registered',
      'turn.started',
      'lock.acquired',
      'file.edited',
      'lock.acquired',
      'file.edited',
      'turn.ended',
      'instance.ended',
    ],
  )
  assert.match(all[0]?.by ?? '', /^gemini-20260108-120000-[0-9a-f]{8}$/)
  assert.is(all[0]?.data['host'], 'gemini')
  assert.is(all[1]?.data['task'], 'Make the change.')
  assert.equal(all[2]?.data['paths'], ['src/new.js'], 'a relative path of the working folder')
  assert.equal(all[4]?.data['paths'], ['src/app.js'], 'an absolute one')
  const [instance] = Object.values((await state(repo)).instances)
  assert.is(instance?.process?.pid, process.pid, 'the program above the hook')
  assert.equal(await leases(repo), {})
})

recorded('every payload is recognised, with new fields in it', () => {
  for (const name of names) {
    const found = recognise({ ...JSON.parse(payload(name, '/repo')), newField: { deep: [1] } }, {})
    assert.is(found.kind, 'event', `${name}: ${JSON.stringify(found)}`)
  }
})

recorded('two edits of one file are two, and one that is told twice is one', async () => {
  const repo = repository()
  const before = payload('09-', repo)
  const after = payload('10-', repo)
  const later = (text: string) => text.replace('21:44:35', '21:44:38')
  for (const text of [before, before, after, after]) await send(repo, text)
  assert.equal(await types(repo), ['instance.registered', 'lock.acquired', 'file.edited'])
  for (const text of [before, after]) await send(repo, later(text))
  assert.equal((await types(repo)).slice(3), ['file.edited'], 'the lease stands, the second edit is history too')
})

recorded('a refusal is told again for each try, and recorded once for each', async () => {
  const repo = repository()
  const other = JSON.parse(payload('09-', repo))
  await send(repo, JSON.stringify({ ...other, session_id: 'holder' }))
  for (const at of ['21:44:36', '21:44:36', '21:44:39']) {
    const ran = await send(repo, payload('09-', repo).replace('21:44:35', at))
    const { decision, reason } = JSON.parse(ran.stdout)
    assert.is(decision, 'deny')
    assert.match(reason, /^File src\/new\.js is locked by instance gemini-/)
  }
  assert.is((await types(repo)).filter((type) => type === 'lock.denied').length, 2)
})

recorded('a subagent is its session: one instance, one holder', async () => {
  const repo = repository()
  for (const name of ['33-', '34-', '35-']) await send(repo, payload(name, repo))
  assert.is(Object.keys((await state(repo)).instances).length, 1)
  assert.equal(Object.keys(await leases(repo)), ['src/new.js'])
})

const base = { session_id: 's', cwd: '/repo', timestamp: 't' }
const unrecognised: [string, object, RegExp][] = [
  ['an unknown event', { ...base, hook_event_name: 'Daydream' }, /unknown event Daydream/],
  ['a name of Object.prototype', { ...base, hook_event_name: 'constructor' }, /unknown event constructor/],
  ['no session', { cwd: '/repo', hook_event_name: 'AfterAgent' }, /session_id/],
  [
    'a write without a path',
    { ...base, hook_event_name: 'BeforeTool', tool_name: 'replace', tool_input: {} },
    /file_path/,
  ],
  ['no object', [], /./],
]
for (const [name, value, reason] of unrecognised) {
  recorded(`not recognised: ${name}`, () => {
    const found = recognise(value, {})
    assert.is(found.kind, 'unrecognised')
    assert.match(found.kind === 'unrecognised' ? found.reason : '', reason)
  })
}

recorded('what goes back: nothing, or one document', () => {
  const sender = { host: 'gemini', idPrefix: 'gemini', session: 's', cwd: '/repo' }
  const before = { ...sender, name: 'BeforeTool', event: 'before-edit' as const, tool: 'replace', paths: ['a'] }
  const start = { ...sender, name: 'SessionStart', event: 'session-start' as const, source: 'startup', replaces: false }
  assert.is(render(before, { kind: 'silent' }), '')
  assert.equal(JSON.parse(render(before, { kind: 'deny', reason: 'held' })), { decision: 'deny', reason: 'held' })
  assert.equal(JSON.parse(render(start, { kind: 'inform', agent: 'a', person: 'p' })), {
    systemMessage: 'p',
    hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: 'a' },
  })
  const told = JSON.parse(render(before, { kind: 'inform', agent: 'a' }))
  assert.equal(told, { systemMessage: 'a' }, 'the model takes none there')
})

recorded.run()
