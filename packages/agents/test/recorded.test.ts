import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recognise } from '../src/claudeCode/recognise.js'
import { render } from '../src/claudeCode/render.js'
import { leases, records, removeScratch, repository, run, state, testClock } from './session.js'

/** What the real client 2.1.330 sent in one session, in order; only the folder is another. */

const folder = join(fileURLToPath(new URL('../../test/fixtures/claude-code', import.meta.url)))
const names = readdirSync(folder).sort()
const recorded = suite('recorded payloads of Claude Code')
recorded.after(removeScratch)

function payload(name: string, repo: string): string {
  return readFileSync(join(folder, name), 'utf8').replaceAll('/home/dev/app', repo)
}

recorded('there are 24 of them', () => {
  assert.is(names.length, 24)
})

recorded('the session leaves exactly these events', async () => {
  const repo = repository()
  const clock = testClock()
  const counts: [string, number][] = []
  for (const name of names) {
    const env = { CLAUDE_PID: String(process.pid), CLAUDE_PROJECT_DIR: repo }
    const ran = await run(payload(name, repo), { cwd: repo, env, clock })
    assert.is(ran.code, 0, name)
    assert.is(ran.stderr, '', name)
    assert.is(ran.stdout === '', name !== '01-SessionStart.json', `${name}: ${ran.stdout}`)
    counts.push([name, (await records(repo)).length])
    clock.advance(1_000)
  }
  const recordedBy = counts
    .filter(([, count], i) => count > (counts[i - 1]?.[1] ?? 0))
    .map(([name]) => name.slice(0, 2))
  assert.equal(recordedBy, ['01', '02', '03', '04', '05', '06', '16', '17', '18', '20', '23', '24'])
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
      'instance.registered',
      'lock.acquired',
      'file.edited',
      'instance.ended',
      'turn.ended',
      'instance.ended',
    ],
  )
  const [session, turn, acquired] = all
  assert.match(session?.by ?? '', /^claude-20260108-120000-[0-9a-f]{8}$/)
  assert.is(turn?.data['task'], 'edit the files')
  assert.equal(acquired?.data['paths'], ['src/one.ts'])
  assert.is(acquired?.data['call'], 'toolu_0110abcdefghjkmnpqrst')
  const child = all[6]
  assert.is(child?.data['parent'], session?.by)
  assert.is(child?.data['role'], 'general-purpose')
  assert.is.not(child?.by, session?.by)
  assert.equal(await leases(repo), {})
})

recorded('a long silence: the reading and the shell calls are signs of life', async () => {
  const repo = repository()
  const clock = testClock()
  for (const name of names.slice(0, 15)) {
    await run(payload(name, repo), { cwd: repo, env: {}, clock })
    clock.advance(31_000)
  }
  const found = Object.values((await state(repo)).instances)
  assert.is(found.length, 1)
  const all = await records(repo)
  // All but one: before a command that only reads, nothing is even opened.
  assert.is(all.filter(({ type }) => type === 'instance.heartbeat').length, 8)
  assert.is(found[0]?.lastSeenAt, '2026-01-08T12:07:14.000Z')
})

recorded('every payload is recognised, and unknown fields and nulls do no harm', () => {
  for (const name of names) {
    const parsed = { ...JSON.parse(payload(name, '/repo')), newField: { deep: [1] } }
    for (const key of ['agent_id', 'agent_type', 'prompt_id', 'tool_use_id']) {
      if (key.startsWith('agent') && parsed.hook_event_name.startsWith('Subagent')) continue
      parsed[key] ??= null
    }
    const found = recognise(parsed, {})
    assert.is(found.kind, 'event', `${name}: ${JSON.stringify(found)}`)
  }
})

const base = { session_id: 's', cwd: '/repo', transcript_path: '/t' }
const unrecognised: [string, object, RegExp][] = [
  ['an unknown event', { ...base, hook_event_name: 'Daydream' }, /unknown event Daydream/],
  ['a name of Object.prototype', { ...base, hook_event_name: 'constructor' }, /unknown event constructor/],
  ['no session', { cwd: '/repo', transcript_path: '/t', hook_event_name: 'Stop' }, /session_id/],
  ['a number for a session', { ...base, session_id: 7, hook_event_name: 'Stop' }, /session_id/],
  ['an endless session id', { ...base, session_id: 'x'.repeat(201), hook_event_name: 'Stop' }, /session_id/],
  [
    'a write without a path',
    { ...base, hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: {} },
    /file_path/,
  ],
  ['a number for a tool', { ...base, hook_event_name: 'PreToolUse', tool_name: 7, tool_input: {} }, /tool_name/],
  ['a subagent without an id', { ...base, hook_event_name: 'SubagentStart' }, /agent_id/],
]
for (const [name, value, reason] of unrecognised) {
  recorded(`not recognised: ${name}`, () => {
    const found = recognise(value, {})
    assert.is(found.kind, 'unrecognised')
    assert.match(found.kind === 'unrecognised' ? found.reason : '', reason)
  })
}

const foreign: [string, string, object][] = [
  ['Cursor', 'Cursor', { ...base, hook_event_name: 'Stop', cursor_version: '3.1' }],
  ['VS Code', 'VS Code', { sessionId: 's', hookEventName: 'PreToolUse', cwd: '/repo' }],
  ['Copilot', 'copilot', { sessionId: 's', toolName: 'edit', cwd: '/repo' }],
  ['Copilot in snake case', 'copilot', { session_id: 's', cwd: '/repo', hook_event_name: 'Stop', timestamp: 'x' }],
  [
    'Copilot with a transcript',
    'copilot',
    { ...base, hook_event_name: 'Stop', timestamp: 'x', stop_reason: 'end_turn' },
  ],
]
for (const [name, host, value] of foreign) {
  recorded(`of somebody else: ${name}`, () => assert.equal(recognise(value, {}), { kind: 'foreign', host }))
}

recorded('which tools write, and where they say the path', () => {
  const path = (tool_name: string, tool_input: object) => {
    const found = recognise({ ...base, hook_event_name: 'PreToolUse', tool_name, tool_input }, {})
    return found.kind === 'event' && found.event.event === 'before-edit' ? found.event.paths : found
  }
  assert.equal(path('Write', { file_path: '/repo/a' }), ['/repo/a'])
  assert.equal(path('Edit', { file_path: '/repo/a' }), ['/repo/a'])
  assert.equal(path('MultiEdit', { file_path: '/repo/a' }), ['/repo/a'])
  assert.equal(path('NotebookEdit', { notebook_path: 'a.ipynb' }), ['a.ipynb'])
})

recorded('what goes back: nothing, or one document of the client’s own protocol', () => {
  const sender = { host: 'claude-code', idPrefix: 'claude', session: 's', cwd: '/repo' }
  const before = { ...sender, name: 'PreToolUse', event: 'before-edit' as const, tool: 'Write', paths: ['a'] }
  const stop = { ...sender, name: 'Stop', event: 'turn-end' as const }
  assert.is(render(before, { kind: 'silent' }), '')
  assert.equal(JSON.parse(render(before, { kind: 'deny', reason: 'held' })), {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: 'held',
    },
  })
  assert.equal(JSON.parse(render(before, { kind: 'inform', agent: 'a', person: 'p' })), {
    systemMessage: 'p',
    hookSpecificOutput: { hookEventName: 'PreToolUse', additionalContext: 'a' },
  })
  assert.equal(JSON.parse(render(stop, { kind: 'inform', agent: 'a', person: 'p' })), { systemMessage: 'p' })
  assert.is(render(stop, { kind: 'inform', agent: 'a' }), '', 'there the client takes no context')
})

recorded.run()
