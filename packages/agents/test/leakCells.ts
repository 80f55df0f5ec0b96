import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../src/guarantees.js'
import { guaranteesOfAll } from '../src/guaranteesOfAll.js'
import { rehearsalFor } from '../src/rehearsals.js'
import { leases, removeScratch, repository, run, type TestClock, testClock } from './session.js'

/** The leak table of one agent, cell by cell: an edit is announced, one thing becomes of it, and in the end its file is free. */

/** One session of the agent, whose payloads the test's own file knows. */
export interface Player {
  before(path: string): Promise<string | undefined>
  after(path: string): Promise<unknown>
  send(payload: object): Promise<unknown>
}

export interface LeakStage {
  repo: string
  clock: TestClock
  first: Player
  isHeld(path: string): Promise<boolean>
}

/** What comes of the client, and what ends the lease where that is something later. The row fails if the file is still held then. */
export type Cells = Record<Exclude<Outcome, 'killed' | 'refused'>, (stage: LeakStage) => Promise<unknown>>

export function playerOf(
  agent: string,
  {
    repo,
    clock,
    session,
    callerPid = process.pid,
  }: { repo: string; clock: TestClock; session: string; callerPid?: number },
): Player {
  const rehearsal = rehearsalFor(agent)
  if (rehearsal === undefined) throw new Error(`no rehearsal of ${agent}`)
  const scene = (path: string) => ({ session, cwd: repo, path: `${repo}/${path}` })
  const send = (payload: string) => run(payload, { cwd: repo, clock, callerPid }, agent)
  return {
    before: async (path) => rehearsal.refusalIn((await send(rehearsal.beforeEdit(scene(path)))).stdout),
    after: (path) => send(rehearsal.afterEdit(scene(path))),
    send: (payload) => send(JSON.stringify(payload)),
  }
}

export function leakSuite(agent: string, cells: Cells): void {
  const leaks = suite(`leases of ${agent}, whatever becomes of the call`)
  leaks.after(removeScratch)
  const stage = (): LeakStage => {
    const repo = repository()
    const clock = testClock()
    const first = playerOf(agent, { repo, clock, session: 'first' })
    const isHeld = async (path: string) => Object.keys(await leases(repo)).includes(path)
    return { repo, clock, first, isHeld }
  }
  for (const [outcome, happens] of Object.entries(cells)) {
    leaks(outcome, async () => {
      const played = stage()
      await happens(played)
      assert.equal(await leases(played.repo), {})
      const second = playerOf(agent, { ...played, session: 'second' })
      assert.is(await second.before('a.ts'), undefined, 'free for the next')
    })
  }
  leaks('refused: leases nothing, and the holder keeps its own', async () => {
    const played = stage()
    const second = playerOf(agent, { ...played, session: 'second' })
    await played.first.before('a.ts')
    const refusal = (await second.before('a.ts')) ?? ''
    assert.match(refusal, new RegExp(`^File a\\.ts is locked by instance ${agent.split('-')[0]}-20260108-120000-`))
    assert.equal(Object.keys(await leases(played.repo)), ['a.ts'])
  })
  leaks('killed: the end of the process is enough', async () => {
    const repo = repository()
    const clock = testClock()
    const client = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const crashing = playerOf(agent, { repo, clock, session: 'crashing', callerPid: client.pid ?? 0 })
    const other = playerOf(agent, { repo, clock, session: 'other' })
    await crashing.before('a.ts')
    await crashing.after('a.ts')
    assert.ok(await other.before('a.ts'), 'held while it runs')
    const gone = new Promise((resolve) => client.once('exit', resolve))
    client.kill('SIGKILL')
    await gone
    assert.is(await other.before('a.ts'), undefined)
  })
  leaks('what the table says has a cell here', () => {
    const told = guaranteesOfAll.find((each) => each.agent === agent)
    assert.equal(Object.keys(told?.leaseEnds ?? {}).sort(), [...Object.keys(cells), 'killed', 'refused'].sort())
  })
  leaks.run()
}
