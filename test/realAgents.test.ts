// timeout: 900s
// alone
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgentSeen, AgentStep, RealAgent } from './realAgents/realAgent.js'
import { realAgents } from './realAgents/realAgents.js'
import { type Holder, holder, type Repository, repository } from './realAgents/scratch.js'
import { skip } from './skip.js'

/**
 * Every pair of agents on one repository with two worktrees: A holds a file in the main checkout, by its configured hook; the real B
 * writes it in the linked worktree, is stopped and reads who holds it; when A's turn has ended, B's next try succeeds.
 */

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
    ...tries.map((act, index) => (seen: AgentSeen) => {
      if (index === 0) {
        told.push(seen)
        for (const each of holders) each.endTurn()
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
) {
  for (const agent of realAgents) {
    test(name(agent.agent), async ({ repository: scratch }) => {
      const installed = agent.install()
      if ('missing' in installed) return skip(`the real ${agent.agent}`, installed.missing)
      await play(agent, installed.client, scratch)
    })
  }
}

each((agent) => `${agent} meets what each of the others holds`, meetAll)
each((agent) => `${agent} is killed in mid-turn: the next one takes its file over`, takeFromKilled)

async function meetAll(second: RealAgent, client: string, scratch: Repository): Promise<void> {
  const holders = realAgents.map(({ agent }) => holder(scratch, agent))
  for (const each of holders) each.hold()
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
  const next = holder(scratch, 'claude-code')
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
        assert.throws(() => next.hold(), /is locked by instance/)
        const pid = scratch.history().find(({ type }) => type === 'instance.registered')?.data.process?.pid ?? 0
        assert.ok(pid > 1 && pid !== process.pid && pid !== process.ppid, String(pid))
        process.kill(pid, 'SIGKILL')
        return 'nobody hears this'
      },
    ],
  })
  assert.is.not(ran.code, 0)
  next.hold()
  const [granted] = scratch
    .history()
    .filter(({ type, data }) => type === 'lock.acquired' && data.takenFrom !== undefined)
  assert.equal(
    granted?.data.takenFrom?.map(({ path, cause }) => [path, cause]),
    [[next.path, 'dead']],
  )
  next.endTurn()
  assert.equal(scratch.status().locks, [])
}

test.run()
