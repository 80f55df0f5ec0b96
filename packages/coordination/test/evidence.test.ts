import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decide } from '../src/decide.js'
import type { LeaseRef, RecordedEvent } from '../src/events.js'
import { isKnown } from '../src/recorded.js'
import { commandOf as rebuilt } from '../src/recordedCommand.js'
import { acquire } from './asks.js'
import { acquired, policy, registered } from './facts.js'
import { runs } from './runs.js'
import { given } from './scenario.js'
import { histories, play } from './world.js'

/**
 * Every event carries the facts on which it was decided. Shown by taking nothing but the event and the state before it,
 * asking the command again that must have been asked, and getting the same event.
 */
const test = suite('events are their own evidence')

function commandOf(record: RecordedEvent) {
  if (!isKnown(record)) throw new Error(`${record.type} is no event of the domain`)
  return rebuilt(record)
}

/** The order in which paths were asked for is the one thing that an event does not tell. */
function inOneOrder(fact: object): unknown {
  return JSON.parse(JSON.stringify(fact), (key, value) =>
    key === 'takenFrom'
      ? value.toSorted((a: LeaseRef, b: LeaseRef) => a.token - b.token || (a.path < b.path ? -1 : 1))
      : value,
  )
}

test('each event of any history is decided again from itself alone', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      play(steps, ({ before, record }) => {
        if (record === undefined) return
        const { seq: _seq, ...fact } = record
        const { event } = decide(before, commandOf(record))
        const { durable: _durable, ...decidedAgain } = event ?? { durable: false }
        assert.equal(inOneOrder(decidedAgain), inOneOrder(fact))
      })
    }),
    runs(100),
  )
})

test('a refusal is decided again under another policy: who would have been let in', () => {
  const scene = given(registered('alice'), registered('bob', { worktree: 'side' }), acquired('alice', ['a.ts']))
  const ask = acquire('bob', ['a.ts'], { at: '12:01', worktree: 'side', call: 'c1', turn: 't1', reason: 'Edit a.ts' })
  const { records } = scene.when(ask).after
  const refused = records.at(-1)
  assert.is(refused?.type, 'lock.denied')
  if (refused === undefined) return
  const otherwise = { ...commandOf(refused), policy: { ...policy, worktrees: 'separate' as const } }
  const { event } = decide(scene.state, otherwise)
  const data = { paths: ['a.ts'], at: '12:01', worktree: 'side', call: 'c1', turn: 't1', reason: 'Edit a.ts' }
  const { paths, ...rest } = data
  const expected = acquired('bob', paths, { ...rest, policy: { ...policy, worktrees: 'separate' } })
  assert.equal(event, { ...expected, durable: false })
})

test('by hand is durable, and so is every decision; the rest need not be', () => {
  for (const manual of [true, false]) {
    play(fc.sample(histories(), { numRuns: 30, seed: 7 }).flat(), ({ before, command }) => {
      const { event } = decide(before, { ...command, manual })
      if (event !== undefined) assert.is(event.durable, manual || /^(decision|item)\./.test(event.type), event.type)
    })
  }
})

test.run()
