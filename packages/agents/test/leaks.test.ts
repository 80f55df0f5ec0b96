import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  denied,
  leases,
  records,
  removeScratch,
  repository,
  type Session,
  session,
  state,
  testClock,
  types,
} from './session.js'

/** What may follow a PreToolUse: after each row, the lease of a call that wrote nothing is gone, and that of a done edit is not. */

const leaks = suite('leases of calls that come to nothing')
leaks.after(removeScratch)

interface Stage {
  repo: string
  first: Session
  second: Session
}

async function stage(): Promise<Stage> {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const second = session(repo, 'second', clock)
  for (const each of [first, second]) await each.send({ hook_event_name: 'SessionStart', source: 'startup' })
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt: 'go', prompt_id: 'prompt-1' })
  return { repo, first, second }
}

async function isFree({ second }: Stage, path: string): Promise<boolean> {
  return !/ is locked by /.test(denied(await second.before(path)) ?? '')
}

const call = (path: string) => ({ tool_name: 'Write', tool_use_id: `toolu_${path}`, tool_input: { file_path: path } })

const rows: [string, (stage: Stage) => Promise<unknown>][] = [
  [
    'the tool threw: PostToolUseFailure',
    ({ first }) => first.after('a.ts', { hook_event_name: 'PostToolUseFailure', error: 'x' }),
  ],
  [
    'the classifier denied: PermissionDenied',
    ({ first }) => first.after('a.ts', { hook_event_name: 'PermissionDenied', reason: 'x' }),
  ],
  [
    'another hook, a rule or the user denied: PostToolBatch',
    ({ first }) => first.send({ hook_event_name: 'PostToolBatch', tool_calls: [call('a.ts')] }),
  ],
  [
    'a sibling cancelled: PostToolBatch without its call',
    ({ first }) => first.send({ hook_event_name: 'PostToolBatch', tool_calls: [] }),
  ],
  [
    'interrupt, then the next prompt',
    ({ first }) => first.send({ hook_event_name: 'UserPromptSubmit', prompt: 'again', prompt_id: 'prompt-2' }),
  ],
  [
    'interrupt, then an edit of another turn that nobody announced',
    ({ first }) => first.before('b.ts', { prompt_id: 'prompt-2' }),
  ],
  ['the turn ends', ({ first }) => first.send({ hook_event_name: 'Stop', stop_hook_active: false })],
  ['the turn fails', ({ first }) => first.send({ hook_event_name: 'StopFailure', error: 'rate_limit' })],
  ['the session ends', ({ first }) => first.send({ hook_event_name: 'SessionEnd', reason: 'other' })],
  [
    'the session goes over into another',
    ({ repo, first }) => session(repo, 'third', first.clock).send({ hook_event_name: 'SessionStart', source: 'clear' }),
  ],
  ['nothing at all, but time', async ({ first }) => first.clock.advance(300_000)],
]
for (const [name, happens] of rows) {
  leaks(name, async () => {
    const played = await stage()
    await played.first.before('a.ts')
    assert.not(await isFree(played, 'a.ts'), 'held before')
    await happens(played)
    assert.ok(await isFree(played, 'a.ts'), `still held: ${JSON.stringify(await leases(played.repo))}`)
  })
}

leaks('a crash: the process is gone and no event comes', async () => {
  const repo = repository()
  const clock = testClock()
  const { spawn } = await import('node:child_process')
  const client = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const crashing = session(repo, 'crashing', clock, { processId: client.pid ?? 0 })
  const other = session(repo, 'other', clock)
  await crashing.before('a.ts')
  assert.ok(denied(await other.before('a.ts')))
  const gone = new Promise((resolve) => client.once('exit', resolve))
  client.kill('SIGKILL')
  await gone
  const ran = await other.before('a.ts', { tool_use_id: 'toolu_again' })
  assert.is(denied(ran), undefined)
  assert.match(ran.stdout, /taken over from instance claude-.*the process of that session is gone/)
})

leaks('input that fails validation has no PreToolUse: nothing is recorded', async () => {
  const { repo, first } = await stage()
  const before = await types(repo)
  await first.send({ hook_event_name: 'PostToolBatch', tool_calls: [call('a.ts')] })
  assert.equal(await types(repo), before)
})

leaks('a notebook edit that answers an error wrote nothing', async () => {
  const { repo, first } = await stage()
  const notebook = { tool_name: 'NotebookEdit', tool_use_id: 'toolu_n', tool_input: { notebook_path: 'n.ipynb' } }
  await first.send({ ...notebook, hook_event_name: 'PreToolUse' })
  assert.equal(Object.keys(await leases(repo)), ['n.ipynb'])
  await first.send({ ...notebook, hook_event_name: 'PostToolUse', tool_response: { error: 'no such cell' } })
  assert.equal(await leases(repo), {})
  assert.not((await types(repo)).includes('file.edited'))
})

leaks('a session that goes over into another leaves those of other processes alone', async () => {
  const { repo, first } = await stage()
  const { ppid } = process
  await session(repo, 'elsewhere', first.clock, { processId: ppid }).before('a.ts')
  await session(repo, 'third', first.clock).send({ hook_event_name: 'SessionStart', source: 'clear' })
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
})

leaks('success: the lease stays until the turn ends, also through a later failing call', async () => {
  const played = await stage()
  await played.first.before('a.ts')
  await played.first.after('a.ts')
  await played.first.before('a.ts', { tool_use_id: 'toolu_2' })
  await played.first.after('a.ts', { tool_use_id: 'toolu_2', hook_event_name: 'PostToolUseFailure', error: 'x' })
  await played.first.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.not(await isFree(played, 'a.ts'))
  await played.first.send({ hook_event_name: 'Stop' })
  assert.ok(await isFree(played, 'a.ts'))
})

leaks('a batch of one subagent ends nothing of its sibling or of the session', async () => {
  const { repo, first } = await stage()
  const one = { agent_id: 'one', agent_type: 'writer' }
  const two = { agent_id: 'two', agent_type: 'writer' }
  await first.before('one.ts', one)
  await first.before('two.ts', two)
  await first.before('main.ts')
  await first.send({ hook_event_name: 'PostToolBatch', tool_calls: [], ...one })
  assert.equal(Object.keys(await leases(repo)).sort(), ['main.ts', 'two.ts'])
  await first.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.equal(Object.keys(await leases(repo)), ['two.ts'])
})

leaks('a background subagent outlives the turn of its session; its end releases, twice is once', async () => {
  const { repo, first, second } = await stage()
  const agent = { agent_id: 'background', agent_type: 'writer' }
  await first.send({ hook_event_name: 'SubagentStart', ...agent })
  await first.before('a.ts', agent)
  await first.after('a.ts', agent)
  await first.send({ hook_event_name: 'PostToolUse', tool_name: 'Agent', tool_input: {}, tool_use_id: 'toolu_agent' })
  await first.send({ hook_event_name: 'Stop' })
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt: 'more', prompt_id: 'prompt-2' })
  assert.ok(denied(await second.before('a.ts')), 'held through the end of the turn')
  await first.before('b.ts', { ...agent, prompt_id: 'prompt-2' })
  assert.equal(Object.keys(await leases(repo)).sort(), ['a.ts', 'b.ts'])
  await first.send({ hook_event_name: 'SubagentStop', ...agent })
  assert.equal(await leases(repo), {})
  const count = (await records(repo)).length
  await first.send({ hook_event_name: 'SubagentStop', ...agent })
  await first.send({ hook_event_name: 'SubagentStop', agent_id: 'never seen', agent_type: '' })
  assert.is((await records(repo)).length, count)
})

leaks('a turn that begins takes nothing from a call that a subagent has in flight', async () => {
  const { repo, first } = await stage()
  const agent = { agent_id: 'background', agent_type: 'writer' }
  await first.before('a.ts', agent)
  await first.before('b.ts', { ...agent, prompt_id: 'prompt-2' })
  assert.equal(Object.keys(await leases(repo)).sort(), ['a.ts', 'b.ts'])
})

leaks('a subagent that goes on after an untimely SubagentStop is itself again', async () => {
  const { repo, first } = await stage()
  const agent = { agent_id: 'running', agent_type: 'writer' }
  await first.before('a.ts', agent)
  await first.send({ hook_event_name: 'SubagentStop', ...agent })
  await first.before('b.ts', agent)
  const instances = Object.values((await state(repo)).instances).filter(({ parent }) => parent !== undefined)
  assert.is(instances.length, 1)
  assert.is(instances[0]?.phase, 'working')
  assert.equal(Object.keys(await leases(repo)), ['b.ts'])
})

leaks('the end of the session ends its subagents', async () => {
  const { repo, first } = await stage()
  await first.before('a.ts', { agent_id: 'x', agent_type: 'writer' })
  await first.send({ hook_event_name: 'SessionEnd', reason: 'other' })
  assert.equal(await leases(repo), {})
  assert.is(Object.values((await state(repo)).instances).filter(({ phase }) => phase !== 'ended').length, 1)
})

leaks.run()
