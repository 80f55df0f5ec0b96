import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommandOf } from '../src/commands.js'
import { decide } from '../src/decide.js'
import type { RecordedEvent } from '../src/events.js'
import { isOf } from '../src/recorded.js'
import { initial, type Lease, type State } from '../src/state.js'
import { assertEffect } from './effects.js'
import { runs } from './runs.js'
import { assertConsistent } from './scenario.js'
import { histories, type Moment, play, policies, refold } from './world.js'

/** What holds after every command of any history (design.md §6). fast-check puts the seed into the failure. */
const test = suite('properties of any history')

function always(name: string, look: () => (moment: Moment) => void, history = histories()): void {
  test(name, () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, look())
      }),
      runs(50),
    )
  })
}

always('a command decided twice records once', () => ({ command, record, after }) => {
  // Without a name for the call or the turn nothing tells the second from a new one.
  if (command.type === 'file.edit' && command.call === undefined) return
  if (command.type === 'turn.start' && command.turn === undefined) return
  assert.is(decide(after, command).event, undefined, `${command.type} after ${record?.type}`)
})

function leasesOf(state: State): Lease[] {
  return Object.values(state.leases).flat()
}

function assertSingle(places: string[]): void {
  assert.is(new Set(places).size, places.length, `held twice: ${places.join(', ')}`)
}

always(
  'I8, shared: at most one holder for a path',
  () =>
    ({ after }) =>
      assertSingle(leasesOf(after).map(({ path }) => path)),
  histories(policies(['shared'])),
)

always(
  'I8, separate and warn: at most one holder for a path in a worktree',
  () =>
    ({ after }) =>
      assertSingle(leasesOf(after).map(({ path, worktree }) => `${path} in ${worktree}`)),
  histories(policies(['separate', 'warn'])),
)

always('whatever the policies, and though they change: one holder for a path in a worktree', () => ({ after }) => {
  assertSingle(leasesOf(after).map(({ path, worktree }) => `${path} in ${worktree}`))
})

always(
  'an unexpired lease passes to another only from the dead, from a parent, by force or by rank after a notice',
  () => {
    const told = new Map<string, string>()
    return (moment) => {
      assertPassing(moment, told)
      const { record } = moment
      if (record === undefined || !isOf(record, 'notice.delivered')) return
      for (const { path, token, by } of record.data.asked) told.set(`${path} ${token} ${by}`, record.ts)
    }
  },
)

/** `told`: path, token and who asked → when the holder was told. */
function assertPassing(moment: Moment, told: ReadonlyMap<string, string>): void {
  const { before, command, record, after } = moment
  for (const lease of leasesOf(before)) {
    if (record?.by === lease.holder || lease.expiresAt <= command.at) continue
    const now = after.leases[lease.path] ?? []
    if (!now.some(({ token, holder }) => token === lease.token && holder === lease.holder))
      assertMayEnd(lease, moment, told)
  }
}

function assertMayEnd(lease: Lease, { command, record }: Moment, told: ReadonlyMap<string, string>): void {
  if (command.type === 'lock.release') assert.is(command.force, true)
  else if (command.type === 'lock.acquire') {
    const cause = takenFrom(record).find(({ token, path }) => token === lease.token && path === lease.path)?.cause
    if (cause === 'dead') assert.is(command.liveness[lease.holder], 'dead')
    else if (cause === 'priority') {
      const graceMs = Date.parse(command.at) - Date.parse(told.get(`${lease.path} ${lease.token} ${command.by}`) ?? '')
      assert.ok(graceMs >= (command.policy.priority?.graceMs ?? Number.NaN), `${graceMs} ms after the notice`)
      assert.equal(lease.calls, [])
    } else assert.is(cause, 'parent')
  } else assert.ok(['instance.end', 'cleanup'].includes(command.type), `${command.type} ended a lease of another`)
}

function takenFrom(record: RecordedEvent | undefined): { path: string; token: number; cause: string }[] {
  return record?.type === 'lock.acquired' ? ((record.data as { takenFrom?: [] }).takenFrom ?? []) : []
}

always('a reply says no more than what was recorded', () => ({ command, reply, record }) => {
  if (record !== undefined) return
  const { takenFrom, released, ended } = reply as { takenFrom?: []; released?: []; ended?: [] }
  assert.equal([takenFrom ?? [], released ?? [], ended ?? []], [[], [], []], command.type)
})

always('I9: tokens of a path only grow, and are the sequences of their grants', () => {
  const last = new Map<string, number>()
  return ({ record, after }) => {
    for (const { path, token } of leasesOf(after)) {
      assert.ok(token <= after.sequence)
      if (record?.seq === token) {
        assert.ok(token > (last.get(path) ?? 0), `${path}: ${token} after ${last.get(path)}`)
        last.set(path, token)
      }
    }
  }
})

always('I9: a token releases its own lease or nothing', () => ({ before, command, reply, record }) => {
  if (command.type !== 'lock.release' || command.token === undefined) return
  assert.is(record === undefined, reply.kind !== 'released' || (reply as { released?: [] }).released?.length === 0)
  const released = (record?.data as { released: { path: string; holder: string; token: number }[] } | undefined)
    ?.released
  for (const ref of released ?? []) {
    assert.is(ref.token, command.token)
    assert.ok(before.leases[ref.path]?.some(({ token, holder }) => token === ref.token && holder === ref.holder))
  }
})

always(
  'holds and leases agree; who has ended holds nothing',
  () =>
    ({ after }) =>
      assertConsistent(after),
)

always('every event has its effect', () => ({ before, record, after }) => {
  if (record === undefined) assert.is(JSON.stringify(after), JSON.stringify(before))
  else assertEffect(before, record, after)
})

always(
  'what no edit earned is gone after the turn, the instance or all of its calls',
  () =>
    ({ before, command, after }) => {
      const swept = sweptBy(command, before)
      for (const lease of leasesOf(after)) {
        assert.ok(
          lease.established || lease.holder !== swept,
          `${lease.path} of ${lease.holder} survived ${command.type}`,
        )
      }
    },
)

function sweptBy(command: Moment['command'], before: State): string | undefined {
  if (command.type === 'instance.end') return command.instance
  if (command.type === 'turn.end') return command.by
  if (command.type === 'turn.start') return isRepeated(before, command) ? undefined : command.by
  return command.type === 'calls.end' && command.calls === 'all' ? command.by : undefined
}

function isRepeated(before: State, { by, turn }: CommandOf<'turn.start'>): boolean {
  const instance = before.instances[by]
  return turn !== undefined && instance?.turn === turn && instance.phase === 'working'
}

always('a call that has ended is in flight nowhere', () => ({ command, after }) => {
  if (command.type !== 'calls.end' || !Array.isArray(command.calls)) return
  const ended = command.calls
  const flying = leasesOf(after).filter(
    ({ holder, calls }) => holder === command.by && calls.some(({ id }) => ended.includes(id)),
  )
  assert.equal(flying, [])
})

always('ids of decisions are unique and without gaps within a day', () => ({ after }) => {
  const numbers = new Map<string, number>()
  for (const { id, at } of after.decisions) {
    const day = at.slice(0, 10).replaceAll('-', '')
    const number = (numbers.get(day) ?? 0) + 1
    numbers.set(day, number)
    assert.is(id, `DEC-${day}-${String(number).padStart(4, '0')}`)
  }
})

test('the whole history folded again gives the same state', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records, state } = play(steps)
      assert.is(JSON.stringify(refold(initial(), records)), JSON.stringify(state))
    }),
    runs(50),
  )
})

test.run()
