import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LeaseRef, RecordedEvent } from '../src/events.js'
import { initial } from '../src/state.js'
import { type Change, createTrial, decideAgain, type Step } from '../src/whatIf.js'
import { acquire, edit, endTurn, release } from './asks.js'
import { decided, registered } from './facts.js'
import { runs } from './runs.js'
import { given } from './scenario.js'
import { histories, play, refold } from './world.js'

const test = suite('what if')

function tried(records: readonly RecordedEvent[], change: Change, from = 0): Step[] {
  const trial = createTrial(change, refold(initial(), records.slice(0, from)))
  return records.slice(from).map((record) => decideAgain(trial, record))
}

/** The order in which paths were asked for is the one thing that an event does not tell. */
function inOneOrder(events: readonly (RecordedEvent | undefined)[]): unknown {
  return JSON.parse(JSON.stringify(events), (key, value) =>
    key === 'takenFrom'
      ? value.toSorted((a: LeaseRef, b: LeaseRef) => a.token - b.token || (a.path < b.path ? -1 : 1))
      : value,
  )
}

test('with the policy that was recorded history comes out as it was, from its beginning and from any event', () => {
  fc.assert(
    fc.property(histories(), fc.double({ min: 0, max: 1, noNaN: true }), (steps, share) => {
      const { records } = play(steps)
      for (const from of [0, Math.floor(share * records.length)]) {
        const again = tried(records, {}, from)
        assert.equal(inOneOrder(again.map(({ event }) => event)), inOneOrder(records.slice(from)))
        assert.ok(again.every(({ was, wouldBe, prevented }) => was === wouldBe && prevented.length === 0))
      }
    }),
    runs(100),
  )
})

const start = given(registered('alice'), registered('bob'))

function story(): RecordedEvent[] {
  let scene = start
  for (const command of [
    acquire('alice', ['a.ts'], { at: '12:00', requestId: '1', call: 'c1' }),
    acquire('bob', ['a.ts'], { at: '12:02', requestId: '2', call: 'c2' }),
    edit('alice', ['a.ts'], { at: '12:03', call: 'c1' }),
    endTurn('alice', { at: '12:04' }),
    acquire('bob', ['a.ts'], { at: '12:05', requestId: '3', call: 'c3' }),
    release('bob', ['a.ts'], { at: '12:06', token: 7 }),
  ]) {
    scene = scene.when(command).after
  }
  return [...scene.records]
}

function outcomes(change: Change): (string | undefined)[] {
  return tried(story(), change)
    .filter(({ was }) => was !== undefined)
    .map(({ was, wouldBe }) => `${was} → ${wouldBe}`)
}

test('a shorter ttl lets the second one in, and then the first edit would have been stopped', () => {
  assert.equal(outcomes({}), ['granted → granted', 'refused → refused', 'granted → granted'])
  assert.equal(outcomes({ ttlMs: 60_000 }), ['granted → granted', 'refused → granted', 'granted → granted'])
  const steps = tried(story(), { ttlMs: 150_000 })
  assert.equal(
    steps.flatMap(({ prevented }) => prevented),
    [],
  )
  const short = tried(story(), { ttlMs: 100_000 })
  assert.equal(
    short.flatMap(({ prevented }) => prevented),
    ['a.ts'],
  )
  assert.is(short[4]?.event, undefined)
})

test('another worktree policy, a warning instead of a refusal', () => {
  assert.equal(outcomes({ enforce: 'warn' }), ['granted → granted', 'refused → warned', 'granted → granted'])
  const last = tried(story(), { enforce: 'warn' }).at(-1)?.event
  assert.is(last?.type, 'lock.released')
})

test('a release goes for the token that the lease has in the other history', () => {
  const steps = tried(story(), { hold: 'session' })
  const released = steps.at(-1)
  assert.is(released?.event, undefined, 'bob never got it, so there is nothing to release')
  assert.equal(outcomes({ hold: 'session' }), ['granted → granted', 'refused → refused', 'granted → refused'])
})

test('any history under any policy is decided to its end', () => {
  const changes: Change[] = [
    { ttlMs: 1_000 },
    { hold: 'operation' },
    { worktrees: 'separate' },
    { enforce: 'warn' },
    { staleMs: 1 },
  ]
  fc.assert(
    fc.property(histories(), fc.constantFrom(...changes), (steps, change) => {
      const { records } = play(steps)
      const trial = createTrial(change, initial())
      let last = 0
      for (const record of records) {
        const { event } = decideAgain(trial, record)
        if (event !== undefined) last += 1
        assert.is(event?.seq ?? last, last)
      }
    }),
    runs(40),
  )
})

/** How often an element of the list of decisions is read while a history of so many is decided again. */
function readsFor(count: number): number {
  const id = (n: number) => `DEC-20260108-${String(n).padStart(4, '0')}`
  const facts = Array.from({ length: count }, (_, n) =>
    decided('alice', id(n + 1), n % 3 === 2 ? { supersedes: id(n) } : {}),
  )
  const { records } = given(registered('alice'), ...facts)
  let reads = 0
  const before = initial()
  before.decisions = new Proxy(before.decisions, {
    get(list, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
      return Reflect.get(list, key, receiver)
    },
  })
  const trial = createTrial({}, before)
  for (const record of records) decideAgain(trial, record)
  assert.is(trial.state.decisions.length, count)
  return reads
}

test('twice as many decisions cost twice the work, not four times', () => {
  for (const count of [100, 200]) {
    const reads = readsFor(count)
    assert.ok(reads <= 2 * count, `${reads} reads of the list for ${count} decisions`)
  }
})

test.run()
