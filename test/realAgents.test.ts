// timeout: 900s
// alone
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgentSeen, AgentStep, RealAgent } from './realAgents/realAgent.js'
import { realAgents } from './realAgents/realAgents.js'
import { runningHolder } from './realAgents/runningHolder.js'
import { type Holder, playedHolder, type Repository, repository } from './realAgents/scratch.js'
import { skip } from './skip.js'

/**
 * Every pair of agents on one repository with two worktrees: A holds a file in the main checkout; the real B writes it in the linked
 * worktree, is stopped and reads who holds it; when A's turn has ended, B's next try succeeds. A is played by its configured hook, and
 * then the real client, in the middle of a turn: all six at once for one B, in the long form for each.
 */

const isLong = process.env['COORDLOG_CAMPAIGN'] === 'long'

const test = suite<{ repository: Repository }>('real agents, each with each')
test.before.each((context) => {
  context.repository = repository(realAgents.map(({ agent }) => agent))
})
test.after.each((context) => context.repository.remove())

/** One run of B meets all the holders, one after the other. */
function steps(holders: readonly Holder[], cwd: string, told: AgentSeen[]): AgentStep[] {
  const tries = holders.map(({ path }) => ({ path: join(cwd, path), content: 'by the second\n' }))
  return [
    ...tries.map((act, index) => (seen: AgentSeen) => {
      if (index > 0) told.push(seen)
      return act
    }),
    ...tries.map((act, index) => async (seen: AgentSeen) => {
      if (index === 0) {
        told.push(seen)
        await Promise.all(holders.map((each) => each.endTurn()))
      }
      return act
    }),
    () => 'done',
  ]
}

function assertHistory({ history, status }: Repository, agent: string, holders: readonly Holder[]): void {
  const events = history()
  const hostOf = new Map(
    events.filter(({ type }) => type === 'instance.registered').map(({ by, data }) => [by, data.host]),
  )
  const writers = events.filter(({ by }) => hostOf.get(by) === agent)
  for (const { agent: held, path } of holders) {
    const denied = writers.filter(({ type, data }) => type === 'lock.denied' && data.paths?.includes(path))
    assert.is(denied.length, 1, `${agent} was refused ${path} once`)
    const granted = events.filter(({ type, data }) => type === 'lock.acquired' && data.paths?.includes(path))
    assert.equal(
      granted.map(({ by }) => hostOf.get(by)),
      [held, agent],
      path,
    )
  }
  assert.equal(status().locks, [])
}

function each(
  name: (agent: string) => string,
  play: (agent: RealAgent, client: string, scratch: Repository) => Promise<void>,
  agents = realAgents,
) {
  for (const agent of agents) {
    test(name(agent.agent), async ({ repository: scratch }) => {
      const installed = agent.install()
      if ('missing' in installed) return skip(`the real ${agent.agent}`, installed.missing)
      await play(agent, installed.client, scratch)
    })
  }
}

each((agent) => `${agent} meets what each of them holds`, meetPlayed)
each(
  (agent) => `${agent} meets what each of them holds while it runs`,
  meetRunning,
  realAgents.slice(0, isLong ? 6 : 1),
)
each((agent) => `${agent} is killed in mid-turn: the next one takes its file over`, takeFromKilled)

function meetPlayed(second: RealAgent, client: string, scratch: Repository): Promise<void> {
  const holders = realAgents.map(({ agent }) => playedHolder(scratch, agent))
  return meetAll(second, client, scratch, holders)
}

function meetRunning(second: RealAgent, client: string, scratch: Repository): Promise<void> {
  const holders = realAgents.flatMap((first) => {
    const installed = first.install()
    if ('client' in installed) return [runningHolder(scratch, first, installed.client)]
    skip(`the real ${first.agent}, which was to hold a file`, installed.missing)
    return []
  })
  // Whatever went wrong, none of them is left running.
  return meetAll(second, client, scratch, holders).finally(() =>
    Promise.allSettled(holders.map((each) => each.endTurn())),
  )
}

async function meetAll(
  second: RealAgent,
  client: string,
  scratch: Repository,
  holders: readonly Holder[],
): Promise<void> {
  await Promise.all(holders.map((each) => each.hold()))
  assert.equal(
    scratch
      .status()
      .locks.map(({ path }) => path)
      .sort(),
    holders.map(({ path }) => path).sort(),
  )
  const told: AgentSeen[] = []
  const before: boolean[] = []
  const script = steps(holders, scratch.linked, told)
  const ran = await second.run({
    client,
    cwd: scratch.linked,
    steps: script.map((step, index) => (seen) => {
      if (index === holders.length) before.push(...holders.map(({ path }) => existsSync(join(scratch.linked, path))))
      return step(seen)
    }),
  })
  assert.is(ran.code, 0, `${ran.stdout}\n${ran.stderr}`)
  assert.equal(
    before,
    holders.map(() => false),
    'nothing was written while it was held',
  )
  const { last } = told.at(-1) ?? { last: '' }
  for (const { agent, path } of holders) {
    const prefix = agent === 'claude-code' ? 'claude' : agent
    assert.match(last, new RegExp(`File ${path.replace('.', '\\.')} is locked by instance ${prefix}-\\d{8}-`))
  }
  for (const { path } of holders) assert.is(readFileSync(join(scratch.linked, path), 'utf8'), 'by the second\n')
  assertHistory(scratch, second.agent, holders)
}

/** The process is the one that the log names: found above the hook, without the client's help. */
async function takeFromKilled(agent: RealAgent, client: string, scratch: Repository): Promise<void> {
  const next = playedHolder(scratch, 'claude-code')
  const ran = await agent.run({
    client,
    cwd: scratch.top,
    steps: [
      () => ({ path: join(scratch.top, next.path), content: 'unfinished\n' }),
      async () => {
        assert.equal(
          scratch.status().locks.map(({ path }) => path),
          [next.path],
        )
        await assertRefused(next)
        const pid = scratch.history().find(({ type }) => type === 'instance.registered')?.data.process?.pid ?? 0
        assert.ok(pid > 1 && pid !== process.pid && pid !== process.ppid, String(pid))
        process.kill(pid, 'SIGKILL')
        return 'nobody hears this'
      },
    ],
  })
  assert.is.not(ran.code, 0)
  await next.hold()
  const [granted] = scratch
    .history()
    .filter(({ type, data }) => type === 'lock.acquired' && data.takenFrom !== undefined)
  assert.equal(
    granted?.data.takenFrom?.map(({ path, cause }) => [path, cause]),
    [[next.path, 'dead']],
  )
  await next.endTurn()
  assert.equal(scratch.status().locks, [])
}

async function assertRefused(held: Holder): Promise<void> {
  const why = await held.hold().then(
    () => 'it was granted',
    (error: unknown) => String(error),
  )
  assert.match(why, /is locked by instance/)
}

test.run()
