import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomes } from '../src/guarantees.js'
import { guaranteesOfAll } from '../src/guaranteesOfAll.js'
import { otherSession, type Play, type Stage } from './leaks/play.js'
import { plays } from './leaks/plays.js'
import { denied, leases, removeScratch, repository, state, testClock } from './session.js'

/** The table of docs/agents.md, cell by cell: whatever a program sends or leaves out, its lease ends as the table says. */

const table = suite('the leak table')
table.after(removeScratch)

table('every agent of the table is played', () => {
  assert.equal(
    plays.map(({ agent }) => agent),
    guaranteesOfAll.map(({ agent }) => agent),
  )
})

/** A client's process: one that lives until it is killed. The hook was started by a shell that it started, as most do it. */
async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const repo = repository()
  const clock = testClock()
  const client = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => client.once('exit', () => resolve()))
  const kill = async () => {
    client.kill('SIGKILL')
    await gone
  }
  try {
    await use({ repo, clock, other: otherSession(repo, clock), clientPid: client.pid ?? 0, kill })
  } finally {
    await kill()
  }
}

async function isFree({ other }: Stage, { path }: Play, call: string): Promise<boolean> {
  return !/ is locked by /.test(denied(await other.before(path, { tool_use_id: `toolu_${call}` })) ?? '')
}

async function announced(stage: Stage, play: Play): Promise<void> {
  await play.begin(stage)
  const ran = await play.announce(stage)
  assert.equal([ran.code, play.refusal(ran), ran.stderr], [0, undefined, ''])
  assert.equal(Object.keys(await leases(stage.repo)), [play.path])
  const { instances } = await state(stage.repo)
  const [holder] = Object.values(await leases(stage.repo))
  assert.is(instances[holder ?? '']?.host, play.agent)
  assert.is(instances[holder ?? '']?.process?.pid, stage.clientPid)
  assert.not(await isFree(stage, play, 'held'), 'held by it')
}

for (const play of plays) {
  const name = (outcome: keyof typeof outcomes) => `${play.agent}: ${outcomes[outcome]}`
  table(name('succeeded'), () =>
    withStage(async (stage) => {
      await announced(stage, play)
      await play.outcome.succeeded(stage)
      assert.not(await isFree(stage, play, 'written'), 'held to the end of the turn')
      await play.endTurn(stage)
      assert.ok(await isFree(stage, play, 'after'))
    }),
  )
  for (const outcome of ['failed', 'forbidden', 'interrupted', 'killed'] as const) {
    table(name(outcome), () =>
      withStage(async (stage) => {
        await announced(stage, play)
        await play.outcome[outcome](stage)
        assert.ok(await isFree(stage, play, 'after'), JSON.stringify(await leases(stage.repo)))
      }),
    )
  }
  table(name('refused'), () =>
    withStage(async (stage) => {
      await play.begin(stage)
      await stage.other.before(play.path)
      const ran = await play.announce(stage)
      assert.match(play.refusal(ran) ?? '', /^File \S+ is locked by instance claude-/)
      assert.equal([ran.code, ran.stderr], [0, ''])
      const [holder] = Object.values(await leases(stage.repo))
      assert.match(holder ?? '', /^claude-/)
      await play.endTurn(stage)
    }),
  )
  table(`${play.agent}: nothing at all comes, but time goes by`, () =>
    withStage(async (stage) => {
      await announced(stage, play)
      stage.clock.advance(300_000)
      assert.ok(await isFree(stage, play, 'late'))
    }),
  )
}

table.run()
