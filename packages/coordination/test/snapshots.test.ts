import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedEvent } from '../src/events.js'
import { evolve } from '../src/evolve.js'
import { fold } from '../src/fold.js'
import { filesMax, initial, type State } from '../src/state.js'
import { decided, edited, registered } from './facts.js'
import { runs } from './runs.js'
import { copyOf } from './scenario.js'
import { histories, play, refold } from './world.js'

const test = suite('snapshots: revived state and tail')

test('a state through JSON is the same state, prototypes and all', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { state } = play(steps)
      assert.equal(copyOf(state), state)
      assertBare(copyOf(state))
    }),
    runs(50),
  )
})

function assertBare(state: State): void {
  const { instances, sessions, leases, files, decisionNumbers, unknownTypes } = state
  const dictionaries = [instances, sessions, leases, files, decisionNumbers, unknownTypes]
  for (const { holds } of Object.values(instances)) dictionaries.push(holds as never)
  for (const one of dictionaries) assert.is(Object.getPrototypeOf(one), null)
}

test('I6: at every split: snapshot + tail = full fold, byte for byte', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records, state } = play(steps)
      const whole = JSON.stringify(state)
      let running = initial()
      for (const [split, record] of records.entries()) {
        assert.is(JSON.stringify(refold(running, records.slice(split))), whole, `snapshot at ${split}`)
        running = evolve(running, record)
      }
    }),
    runs(30),
  )
})

test('the order of keys in a snapshot is not part of it', () => {
  fc.assert(
    fc.property(histories(), fc.nat(), (steps, where) => {
      const { records, state } = play(steps)
      const split = where % (records.length + 1)
      const snapshot = canonical(records.slice(0, split).reduce(evolve, initial()))
      const tail = records.slice(split).reduce(evolve, fold.revive(JSON.parse(snapshot)))
      assert.is(canonical(tail), canonical(state))
    }),
    runs(50),
  )
})

/** The world's clock, gone: whoever asks it fails. */
function withoutClock<T>(use: () => T): T {
  const { Date: clock, performance: meter } = globalThis
  const gone = (name: string) => () => {
    throw new Error(`${name} was asked`)
  }
  Object.assign(globalThis, {
    Date: Object.assign(gone('Date'), { now: gone('Date.now'), parse: clock.parse, UTC: clock.UTC }),
  })
  Object.defineProperty(globalThis, 'performance', { value: { now: gone('performance.now') }, configurable: true })
  try {
    return use()
  } finally {
    Object.assign(globalThis, { Date: clock })
    Object.defineProperty(globalThis, 'performance', { value: meter, configurable: true })
  }
}

test('I10: the fold asks no clock, and an expired lease stays until an event takes it', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records, state } = play(steps)
      assert.is(canonical(withoutClock(() => refold(initial(), records))), canonical(state))
      const late: RecordedEvent = {
        seq: records.length + 1,
        ts: '2099-01-01T00:00:00.000Z',
        type: 'x.y',
        by: 'z',
        data: {},
      }
      const before = canonical(state.leases)
      assert.is(canonical(evolve(copyOf(state), late).leases), before, 'time alone took a lease')
    }),
    runs(50),
  )
})

/** As from a snapshot that keeps the decisions apart; says how often they were asked for. */
function revivedLater(state: State): { state: State; asked: () => number } {
  const { decisions, ...others } = JSON.parse(JSON.stringify(state))
  let asked = 0
  const later = () => {
    asked += 1
    return decisions
  }
  return { state: fold.revive(others, later), asked: () => asked }
}

test('decisions kept apart are asked for once, when somebody looks, and nothing else changes, wherever that is', () => {
  fc.assert(
    fc.property(histories(), fc.nat(), fc.nat(), (steps, where, whenLooked) => {
      const { records, state } = play(steps)
      const split = where % (records.length + 1)
      const revived = revivedLater(records.slice(0, split).reduce(evolve, initial()))
      const lookedAt = split + (whenLooked % (records.length - split + 1))
      records.slice(split, lookedAt).reduce(evolve, revived.state)
      assert.is(revived.asked(), 0, 'an event asked for the decisions')
      assert.ok(Array.isArray(revived.state.decisions))
      const after = records.slice(lookedAt).reduce(evolve, revived.state)
      assert.is(canonical(after), canonical(state))
      assert.is(revived.asked(), 1)
    }),
    runs(60),
  )
})

test('a decision in the tail replaces one in the snapshot, without a look and with one', () => {
  const [first, second] = ['DEC-20260108-0001', 'DEC-20260108-0002'] as const
  const records = [registered('alice'), decided('alice', first), decided('alice', second, { supersedes: first })]
  const all = records.map((fact, n) => ({ seq: n + 1, ...fact }))
  const whole = all.reduce(evolve, initial())
  const { state, asked } = revivedLater(all.slice(0, 2).reduce(evolve, initial()))
  const after = all.slice(2).reduce(evolve, state)
  assert.is(asked(), 0)
  assert.equal(
    after.decisions.map(({ id, status, supersededBy }) => [id, status, supersededBy]),
    [
      [first, 'superseded', second],
      [second, 'accepted', undefined],
    ],
  )
  assert.is(canonical(after), canonical(whole))
})

/** Every object's keys in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}

function edits(count: number, each: number): RecordedEvent[] {
  const facts = Array.from({ length: count }, (_, n) =>
    edited(
      'alice',
      Array.from({ length: each }, (__, k) => `${n}/${k}.ts`),
    ),
  )
  return [registered('alice'), ...facts].map((fact, n) => ({ seq: n + 1, ...fact }))
}

test('beyond the limit the oldest half of the edits is forgotten, and a snapshot in between changes nothing', () => {
  const records = edits(filesMax / 100 + 1, 100)
  const state = refold(initial(), records)
  const known = Object.keys(state.files)
  assert.is(state.filesCount, known.length)
  assert.ok(known.length <= filesMax && known.length >= filesMax / 2)
  assert.is(state.files['0/0.ts'], undefined)
  assert.is(state.files[`${filesMax / 100}/99.ts`]?.sequence, records.length)
  for (const split of [10, 150, records.length - 1]) {
    // With its keys in another order: which of one event's paths are the oldest must not hang on it.
    const half = fold.revive(JSON.parse(canonical(refold(initial(), records.slice(0, split)))))
    assert.is(canonical(refold(half, records.slice(split))), canonical(state), `snapshot at ${split}`)
  }
})

test('a file edited again is one file', () => {
  const again = [...edits(3, 2), ...edits(3, 2).slice(1)].map((record, n) => ({ ...record, seq: n + 1 }))
  assert.is(refold(initial(), again).filesCount, 6)
})

test.run()
