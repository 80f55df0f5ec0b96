import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recognise } from '../src/qwen/recognise.js'
import { render } from '../src/qwen/render.js'
import { denied, leases, records, removeScratch, repository, run, state, testClock, types } from './session.js'

/** What the real client 0.24.4 sent; 01 to 20 are one session in order. Only the folder is another. */

const folder = fileURLToPath(new URL('../../test/fixtures/qwen', import.meta.url))
const names = readdirSync(folder).sort()
const recorded = suite('recorded payloads of Qwen Code')
recorded.after(removeScratch)

function payload(name: string, repo: string): string {
  const file = names.find((each) => each.startsWith(name)) ?? name
  return readFileSync(join(folder, file), 'utf8').replaceAll('/home/dev/app', repo)
}

function send(repo: string, text: string, clock = testClock()) {
  return run(text, { cwd: repo, clock, callerPid: process.pid }, 'qwen')
}

recorded('the session leaves exactly these events; empty prompts begin no turn and end none', async () => {
  const repo = repository()
  const clock = testClock()
  for (const name of names.filter((each) => each < '21')) {
    const ran = await send(repo, payload(name, repo), clock)
    assert.is(ran.code, 0, name)
    assert.is(ran.stderr, '', name)
    assert.is(ran.stdout === '', name !== '02-SessionStart.json', `${name}: ${ran.stdout}`)
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
    ],
  )
  assert.match(all[0]?.by ?? '', /^qwen-20260108-120000-[0-9a-f]{8}$/)
  assert.is(all[1]?.data['task'], 'Make the change.')
  assert.equal(all[2]?.data['paths'], ['src/new.js'])
  assert.is(all[2]?.data['call'], 'call_1_2_0', 'the id that the batch knows too')
  assert.is(all[2]?.data['turn'], '7f124126-0808-479a-adcb-b198866de9f3########0')
  assert.equal(await leases(repo), {})
})

recorded('every payload is recognised, with new fields in it', () => {
  for (const name of names) {
    const found = recognise({ ...JSON.parse(payload(name, '/repo')), newField: { deep: [1] } }, {})
    assert.is(found.kind, 'event', `${name}: ${JSON.stringify(found)}`)
  }
})

recorded('a subagent in the background is an instance of its own, and its end frees its file', async () => {
  const repo = repository()
  const holders: string[][] = []
  for (const name of ['38-', '39-', '40-', '41-', '42-', '43-']) {
    await send(repo, payload(name, repo))
    holders.push(Object.values(await leases(repo)))
  }
  const children = Object.values((await state(repo)).instances).filter(({ parent }) => parent !== undefined)
  assert.is(children.length, 1)
  assert.is(children[0]?.role, 'general-purpose')
  assert.equal(holders, [[], [], [], [children[0]?.id], [children[0]?.id], []])
})

recorded('an empty prompt is none, also behind the end of a turn, as when a subagent comes back', async () => {
  const repo = repository()
  await send(repo, payload('04-', repo))
  await send(repo, payload('20-', repo))
  await send(repo, payload('08-', repo))
  assert.equal(await types(repo), ['instance.registered', 'turn.started', 'turn.ended'])
})

recorded('a batch ends the calls that it lists, and no other that is in flight', async () => {
  const repo = repository()
  const write = JSON.parse(payload('09-', repo))
  const other = { tool_use_id: 'toolu_other', tool_call_id: 'call_other', tool_input: { file_path: 'other.js' } }
  await send(repo, JSON.stringify(write))
  await send(repo, JSON.stringify({ ...write, ...other }))
  const batch = JSON.parse(payload('34-', repo))
  const [listed] = batch.tool_calls
  await send(repo, JSON.stringify({ ...batch, session_id: write.session_id, tool_calls: [{ ...listed, ...other }] }))
  assert.equal(Object.keys(await leases(repo)), ['src/new.js'])
})

recorded('a notebook is known by its own field', async () => {
  const repo = repository()
  await send(repo, payload('36-', repo))
  assert.equal(Object.keys(await leases(repo)), ['n.ipynb'])
  await send(repo, payload('37-', repo))
  assert.is((await types(repo)).at(-1), 'file.edited')
})

recorded('what we refused is an error of the batch, and nothing is held or recorded for it', async () => {
  const repo = repository()
  const write = JSON.parse(payload('09-', repo))
  await send(repo, JSON.stringify({ ...write, session_id: 'holder' }))
  const ran = await send(repo, JSON.stringify({ ...write, session_id: 'other' }))
  assert.match(denied(ran) ?? '', /^File src\/new\.js is locked by instance qwen-/)
  const before = await types(repo)
  await send(repo, JSON.stringify({ ...JSON.parse(payload('34-', repo)), session_id: 'other' }))
  assert.equal(await types(repo), before)
})

const base = { session_id: 's', cwd: '/repo' }
const unrecognised: [string, object, RegExp][] = [
  ['an unknown event', { ...base, hook_event_name: 'Daydream' }, /unknown event Daydream/],
  ['no session', { cwd: '/repo', hook_event_name: 'Stop' }, /session_id/],
  [
    'a write without a path',
    { ...base, hook_event_name: 'PreToolUse', tool_name: 'edit', tool_input: {} },
    /file_path/,
  ],
  ['a subagent without an id', { ...base, hook_event_name: 'SubagentStop' }, /agent_id/],
]
for (const [name, value, reason] of unrecognised) {
  recorded(`not recognised: ${name}`, () => {
    const found = recognise(value, {})
    assert.is(found.kind, 'unrecognised')
    assert.match(found.kind === 'unrecognised' ? found.reason : '', reason)
  })
}

recorded('what goes back: context where the client reads it, else a line for the person', () => {
  const sender = { host: 'qwen', idPrefix: 'qwen', session: 's', cwd: '/repo' }
  const before = { ...sender, name: 'PreToolUse', event: 'before-edit' as const, tool: 'edit', paths: ['a'] }
  const after = { ...sender, name: 'PostToolUse', event: 'after-edit' as const, tool: 'edit', paths: ['a'] }
  assert.is(render(before, { kind: 'silent' }), '')
  assert.equal(JSON.parse(render(before, { kind: 'inform', agent: 'a' })), { systemMessage: 'a' })
  assert.equal(JSON.parse(render(after, { kind: 'inform', agent: 'a' })), {
    hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: 'a' },
  })
  assert.equal(JSON.parse(render(before, { kind: 'deny', reason: 'held' })), {
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: 'held' },
  })
})

recorded.run()
