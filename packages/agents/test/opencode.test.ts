import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recognise } from '../src/opencode/recognise.js'
import { render } from '../src/opencode/render.js'
import { hooksOf } from './opencodeHooks.js'
import { leases, records, removeScratch, repository, run, state, testClock } from './session.js'

/** What the hooks of the real client 1.18.33 were given, as our plugin passes it on: with the folder, and the parent of a session. */

const recorded = suite('recorded hooks of opencode')
recorded.after(removeScratch)

const isShell = (input: object = {}) => 'tool' in input && input.tool === 'bash'
const textsIn = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])

async function play(name: string, repo: string, clock = testClock()): Promise<Record<string, string>[]> {
  const parents = new Map<string, string>()
  const held: Record<string, string>[] = []
  for (const hook of hooksOf(name, repo)) {
    const { event, sessionID = event?.properties.sessionID } = hook.input ?? {}
    const parent = event?.properties.info?.parentID
    if (parent !== undefined) parents.set(sessionID ?? '', parent)
    const payload = JSON.stringify({ ...hook, directory: repo, parentID: parents.get(sessionID ?? '') })
    const ran = await run(payload, { cwd: repo, clock, callerPid: process.pid }, 'opencode')
    assert.is(ran.code, 0, payload)
    assert.is(ran.stderr, '', payload)
    held.push(await leases(repo))
    clock.advance(100)
  }
  return held
}

recorded('a session with a subagent: who held what, and that nothing is held at the end', async () => {
  const repo = repository()
  const held = await play('tools', repo)
  const found = Object.values((await state(repo)).instances)
  const [main, child] = found
  assert.is(found.length, 2)
  assert.is(child?.parent, main?.id)
  assert.is(child?.role, 'general')
  assert.is(child?.phase, 'ended', 'with the idling of its session')
  assert.is(main?.phase, 'idle')
  const ofChild = held.flatMap((each) => (each['src/sub.txt'] === undefined ? [] : [each['src/sub.txt']]))
  assert.equal([...new Set(ofChild)], [child?.id])
  assert.equal(held.at(-1), {})
  const edited = (await records(repo)).filter(({ type }) => type === 'file.edited')
  assert.ok(edited.some(({ data }) => textsIn(data['paths']).includes('src/a.txt')))
})

recorded('patches: every file of one is leased, a failed one leaves nothing, a move counts at both ends', async () => {
  const repo = repository()
  await play('apply-patch', repo)
  const asked = (await records(repo)).filter(({ type }) => type === 'lock.acquired' || type === 'lock.renewed')
  const paths = asked.map(({ data }) => [...textsIn(data['paths']), ...textsIn(data['renewed'])].sort())
  assert.equal(paths[0], ['src/new.txt', 'src/two.txt'])
  assert.ok(paths.flat().includes('src/moved.txt'))
  assert.ok(paths.flat().includes('src/none.txt'))
  assert.equal(await leases(repo), {})
})

for (const [name, last] of [
  ['permission-rejected', 'turn.ended'],
  ['model-error', 'turn.ended'],
] as const) {
  recorded(`nothing stays held: ${name}`, async () => {
    const repo = repository()
    await play(name, repo)
    assert.equal(await leases(repo), {})
    assert.is((await records(repo)).at(-1)?.type, last)
  })
}

recorded('after SIGINT nothing comes: what was written is held until the process has ended', async () => {
  const repo = repository()
  const held = await play('sigint', repo)
  assert.is(Object.keys(held.at(-1) ?? {}).length, 1)
})

recorded('a session that is deleted ends; so does one whose opencode is left', async () => {
  const repo = repository()
  const send = (payload: object) => run(JSON.stringify({ ...payload, directory: repo }), { cwd: repo }, 'opencode')
  const deleted = hooksOf('session-deleted', repo)[0]
  const sessionID = deleted?.input?.event?.properties.sessionID
  for (const end of [deleted ?? {}, { hook: 'dispose', input: { sessionID } }]) {
    await send({ hook: 'session.continued', input: { sessionID } })
    assert.is(Object.values((await state(repo)).instances)[0]?.phase, 'working')
    await send(end)
    assert.is(Object.values((await state(repo)).instances)[0]?.phase, 'ended')
  }
})

recorded('how a shell ended is told with its result', () => {
  const after = hooksOf('tools', '/r').filter(({ hook, input }) => hook === 'tool.execute.after' && isShell(input))
  const found = after.map((hook) => recognise({ ...hook, directory: '/r' }, {}))
  const failed = found.map((each) => each.kind === 'event' && each.event.event === 'after-shell' && each.event.failed)
  assert.equal(failed, [false, true], 'exit codes 0 and 3')
})

recorded('arguments that fit no tool ask for nothing', () => {
  const input = { tool: 'write', sessionID: 's', callID: 'c' }
  const found = recognise({ hook: 'tool.execute.before', input, output: { args: { path: 'x' } }, directory: '/r' }, {})
  assert.is(found.kind === 'event' ? found.event.event : found.kind, 'other')
})

const unrecognised: [string, object, RegExp][] = [
  ['an unknown hook', { hook: 'daydream', directory: '/r' }, /unknown hook daydream/],
  ['no folder', { hook: 'chat.message' }, /directory/],
  ['no session', { hook: 'chat.message', input: {}, output: { parts: [] }, directory: '/r' }, /sessionID/],
]
for (const [name, value, reason] of unrecognised) {
  recorded(`not recognised: ${name}`, () => {
    const found = recognise(value, {})
    assert.is(found.kind, 'unrecognised')
    assert.match(found.kind === 'unrecognised' ? found.reason : '', reason)
  })
}

recorded('what goes back to the plugin', () => {
  const sender = { host: 'opencode', idPrefix: 'opencode', session: 's', cwd: '/r', name: 'chat.message' }
  const event = { ...sender, event: 'prompt' as const, prompt: 'go' }
  assert.is(render(event, { kind: 'silent' }), '')
  assert.equal(JSON.parse(render(event, { kind: 'deny', reason: 'held' })), { deny: 'held' })
  const answer = JSON.parse(render(event, { kind: 'inform', agent: 'a', person: 'p', instance: 'i' }))
  assert.equal(answer, { context: 'a', person: 'p', instance: 'i' })
  assert.equal(JSON.parse(render(event, { kind: 'silent', instance: 'i' })), { instance: 'i' })
})

recorded.run()
