import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command } from '../src/commands.js'
import { decide } from '../src/decide.js'
import type { EventData, EventType, LeaseRef, RecordedEvent } from '../src/events.js'
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

type Again<T extends EventType> = (record: Frame, data: EventData<T>) => Command
type Frame = { at: string; by: string; manual: boolean }

const again: { [T in EventType]: Again<T> } = {
  'instance.registered': ({ at, by, manual }, data) => {
    const { resumed: _resumed, ...facts } = data
    return { type: 'instance.register', at, manual, id: by, idPrefix: '', nonce: '', ...facts }
  },
  'instance.heartbeat': (frame) => ({ type: 'instance.heartbeat', ...frame, minIntervalMs: 0 }),
  'instance.updated': (frame, data) => ({ type: 'instance.update', ...frame, ...data }),
  'instance.ended': (frame, { instance, reason }) => ({ type: 'instance.end', ...frame, instance, reason }),
  'turn.started': (frame, { released: _released, ...facts }) => ({ type: 'turn.start', ...frame, ...facts }),
  'turn.ended': (frame, { outcome }) => ({ type: 'turn.end', ...frame, outcome }),
  'lock.acquired': (frame, { paths, renewed = [], ...facts }) => asked(frame, [...paths, ...renewed], facts),
  'lock.renewed': (frame, { paths, ...facts }) => asked(frame, paths, facts),
  'lock.denied': (frame, { paths, heldBy: _heldBy, enforced: _enforced, ...facts }) => asked(frame, paths, facts),
  'lock.released': (frame, { released, cause, reason, calls }) => {
    if (cause === 'call-ended') return { type: 'calls.end', ...frame, calls: calls ?? [] }
    const paths = [...new Set(released.map(({ path }) => path))]
    const known = { force: cause === 'forced', ...tokenOf(released), ...(reason !== undefined && { reason }) }
    return { type: 'lock.release', ...frame, paths, ...known }
  },
  'file.edited': (frame, { paths, worktree, tool, policy, call }) => {
    return { type: 'file.edit', ...frame, paths, worktree, tool, policy, ...(call !== undefined && { call }) }
  },
  'cleanup.completed': (frame, { staleMs, liveness = {} }) => ({ type: 'cleanup', ...frame, staleMs, liveness }),
  'decision.recorded': (frame, { id: _id, ...facts }) => ({ type: 'decision.add', ...frame, ...facts }),
  'item.imported': (frame, { at: originalAt, ...facts }) => {
    return { type: 'item.import', ...frame, ...facts, ...(originalAt !== undefined && { originalAt }) }
  },
  'decision.status_changed': (frame, { id, to, reason }) => {
    return { type: 'decision.status', ...frame, id, status: to, ...(reason !== undefined && { reason }) }
  },
}

type Asked = Pick<
  EventData<'lock.acquired'>,
  'worktree' | 'reason' | 'policy' | 'requestId' | 'call' | 'turn' | 'contents' | 'liveness'
>

function asked(frame: Frame, paths: string[], facts: Asked): Command {
  const { worktree, reason, policy: used, requestId, call, turn, contents, liveness = {} } = facts
  const named = {
    ...(call !== undefined && { call }),
    ...(turn !== undefined && { turn }),
    ...(contents !== undefined && { contents }),
  }
  return { type: 'lock.acquire', ...frame, paths, worktree, reason, policy: used, requestId, liveness, ...named }
}

/** One token for all that was released: it may have been asked for by that. */
function tokenOf(released: readonly LeaseRef[]): { token?: number } {
  const [first, ...others] = new Set(released.map(({ token }) => token))
  return first === undefined || others.length > 0 ? {} : { token: first }
}

function commandOf({ type, ts, by, data }: RecordedEvent): Command {
  const rebuild = again[type as EventType] as Again<EventType>
  return rebuild({ at: ts, by, manual: false }, data as EventData<EventType>)
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
