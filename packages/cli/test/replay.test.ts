import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fold } from '@coordlog/coordination/fold'
import { openFileLog } from '@coordlog/log/fileLog'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord replay and what-if')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`
const now = { at: clock('13:00') }

async function story({ coord }: Scratch): Promise<void> {
  await coord(['lock', 'acquire', 'a', 'b', '--instance', 'alice'], { at: clock('12:00') })
  await coord(['lock', 'acquire', 'a', '--instance', 'bob'], { at: clock('12:02') })
  await coord(['lock', 'release', 'b', '--instance', 'alice'], { at: clock('12:03') })
  await coord(['lock', 'acquire', 'a', '--instance', 'bob'], { at: clock('12:06') })
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

test('the stream of states is what status --at says after each event', async (context) => {
  const { coord } = context
  await story(context)
  const states = lines((await coord(['replay', '--json'], now)).stdout).map((line) => JSON.parse(line))
  assert.equal(
    states.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6],
  )
  for (const { event, ...state } of states) {
    assert.is(event.sequence, state.sequence)
    const { stdout } = await coord(['status', '--json', '--at', String(state.sequence)], now)
    assert.equal(state, JSON.parse(stdout))
  }
  const part = lines((await coord(['replay', '--json', '--from', '3', '--to', '4'], now)).stdout)
  assert.equal(
    part.map((line) => JSON.parse(line).sequence),
    [3, 4],
  )
  assert.equal(JSON.parse(part[0] ?? ''), states[2], 'a part begins with the state before it')
})

test('as lines off a terminal, as a screen on one that stays when it ends', async (context) => {
  await story(context)
  assert.is((await context.coord(['replay'], now)).stdout, (await context.coord(['log'], now)).stdout)
  const env = { NO_COLOR: '1' }
  const { stdout } = await context.coord(['replay', '--speed', 'max'], { ...now, env, isTerminal: true })
  const [begin = '', end = ''] = ['\u001b[?1049h', '\u001b[?1049l']
  const [screens = '', after = ''] = stdout.slice(stdout.indexOf(begin)).split(end)
  assert.is(screens.split('\u001b[H').length - 1, 6)
  assert.match(after, /^Active Instances: 2\n[\s\S]*lock\.acquired/)
})

test('--speed divides the pauses, --pause-max bounds them', async (context) => {
  await story(context)
  const tookMs = async (...args: string[]) => {
    const start = performance.now()
    assert.is((await context.coord(['replay', ...args], now)).code, 0)
    return performance.now() - start
  }
  // 360 s in all: 600 times as fast they take 0.6 s. Only the lower bound says something on a busy machine.
  assert.ok((await tookMs('--speed', '600')) >= 590)
  assert.ok((await tookMs('--speed', '0.001', '--pause-max', '1s', '--from', '4', '--to', '5')) >= 990)
  for (const wrong of ['0', '-1', 'x', '1e9'])
    assert.is((await context.coord(['replay', `--speed=${wrong}`])).code, 2, wrong)
})

test('--step waits for Enter, q and the end of input end it', async ({ coord, run, ...rest }) => {
  await story({ coord, run, ...rest })
  assert.is(lines(run(['replay', '--step'], { input: '\n\n' }).stdout).length, 3)
  assert.is(lines(run(['replay', '--step'], { input: '\nq\n\n\n' }).stdout).length, 2)
  assert.is(lines(run(['replay', '--step'], { input: '' }).stdout).length, 1)
})

test('--verify: the same as every snapshot and the present; a snapshot that lies is named with the first difference', async (context) => {
  const { coord, repository } = context
  await story(context)
  const directory = join(repository, '.git/coordlog')
  const small = { snapshots: { recordsMin: 3, bytesMin: 1e9 } }
  const log = await openFileLog(directory, small)
  await log.writeSnapshotIfDue(fold)
  log.close()
  assert.is(readdirSync(join(directory, 'snapshots')).length, 1)
  const sound = JSON.parse((await coord(['replay', '--verify', '--json'], now)).stdout)
  assert.equal([sound.ok, sound.sequence, sound.snapshots, sound.isPresentCompared], [true, 6, [6], true])
  const lying = {
    ...fold,
    evolve: (state: ReturnType<typeof fold.initial>, event: Parameters<typeof fold.evolve>[1]) => {
      const next = fold.evolve(state, event)
      for (const lease of next.leases['a'] ?? []) lease.reason = 'never said'
      return next
    },
  }
  await coord(['lock', 'acquire', 'c', 'd', '--instance', 'carol'], { at: clock('12:07') })
  await coord(['lock', 'release', 'c', '--instance', 'carol'], { at: clock('12:08') })
  const liar = await openFileLog(directory, small)
  assert.is((await liar.writeSnapshotIfDue(lying)).kind, 'written')
  liar.close()
  await coord(['lock', 'release', 'd', '--instance', 'carol'], { at: clock('12:09') })
  const { code, stdout } = await coord(['replay', '--verify', '--json'], now)
  const { ok, divergence } = JSON.parse(stdout)
  assert.equal([code, ok], [1, false])
  assert.equal(
    [divergence.sequence, divergence.against, divergence.place, divergence.found],
    [9, 'snapshot', 'leases.a.0.reason', '"never said"'],
  )
})

test('what-if: without a change nothing changes; with a shorter ttl the refused one is let in', async (context) => {
  const { coord } = context
  await story(context)
  const same = JSON.parse((await coord(['what-if', '--json'], now)).stdout)
  assert.equal([same.changed, same.differences, same.editsPrevented, same.from, same.to], [0, [], 0, 1, 6])
  assert.equal(same.happened, same.wouldHave)
  const args = ['what-if', '--set', 'lock.ttl=60s', '--set=lock.hold=operation']
  const other = JSON.parse((await coord([...args, '--json'], now)).stdout)
  assert.equal(other.change, { ttlMs: 60_000, hold: 'operation' })
  assert.equal(
    other.differences.map(({ sequence, by, was, wouldBe }: Record<string, unknown>) => [sequence, by, was, wouldBe]),
    [[4, 'bob', 'refused', 'granted']],
  )
  assert.equal([other.happened.totals.refusals, other.wouldHave.totals.refusals], [1, 0])
  assert.equal([other.happened.waitedMs, other.wouldHave.waitedMs], [240_000, 0])
  const text = (await coord(args, now)).stdout
  assert.match(text, /\n {2}Refusals +1 +0\n/)
  assert.match(text, /\n {2}event 4 {2}\S+ {2}bob {2}a: refused → granted\n/)
  for (const wrong of ['lock.ttl=0', 'lock.ttl', 'lock.tll=5m', 'enforce=maybe', '__proto__=1', 'log.durability=all']) {
    assert.is((await coord(['what-if', '--set', wrong], now)).code, 2, wrong)
  }
  assert.is((await coord(['log', '--json'], now)).stdout.split('\n').length, 7, 'nothing was written')
})

test.run()
