import * as assert from 'uvu/assert'
import type { Command, CommandType, Decided, Replies } from '../src/commands.js'
import { decide } from '../src/decide.js'
import { type EventData, type EventType, eventSchemas, isEventType, type RecordedEvent } from '../src/events.js'
import { evolve } from '../src/evolve.js'
import { initial, revive, type State } from '../src/state.js'

/**
 * given(events).when(command).expect(event, reply). Every step checks besides what the test says: decide changes no state,
 * events have their declared shape and are not changed by the fold, holds and leases agree.
 */

/** A fact as a test writes it down; given() numbers them 1, 2, 3, …, and a lease's token is its fact's number. */
export type Fact = { [T in EventType]: { type: T; ts: string; by: string; data: EventData<T> } }[EventType]

export interface Scenario {
  readonly state: State
  readonly records: readonly RecordedEvent[]
  when<C extends Command>(command: C): Outcome<C['type']>
}

export interface Outcome<T extends CommandType> {
  readonly fact: Fact | undefined
  readonly durable: boolean | undefined
  readonly reply: Replies[T]
  /** The world after it. */
  readonly after: Scenario
  /** Both exactly; the world after it. */
  expect(fact: Fact | undefined, reply: Replies[T]): Scenario
  /** Nothing new to record. */
  expectNothing(reply: Replies[T]): Scenario
}

/** "12:05", "12:05:30" or "12:05:30.001" on the day on which the scenarios play; with a date as it stands. */
export function time(text: string): string {
  const [day, clock] = text.includes('T') ? text.split('T') : ['2026-01-08', text]
  const [whole = '', milliseconds = '000'] = (clock ?? '').split('.')
  const seconds = whole.length === 5 ? ':00' : ''
  return `${day}T${whole}${seconds}.${milliseconds}Z`
}

export function given(...facts: Fact[]): Scenario {
  return facts.reduce(folded, scenario(initial(), []))
}

function scenario(state: State, records: readonly RecordedEvent[]): Scenario {
  return {
    state,
    records,
    when<C extends Command>(command: C): Outcome<C['type']> {
      const before = JSON.stringify(state)
      const { event, reply } = decide<CommandType>(state, command) as Decided<C['type']>
      assert.is(JSON.stringify(state), before, `deciding ${command.type} changed the state`)
      const fact = event === undefined ? undefined : factOf(event)
      const after = fact === undefined ? scenario(state, records) : folded(scenario(copyOf(state), records), fact)
      const expect = (expected: Fact | undefined, expectedReply: Replies[C['type']]): Scenario => {
        assert.equal(fact, expected)
        assert.equal(reply, expectedReply)
        return after
      }
      return {
        fact,
        durable: event?.durable,
        reply,
        after,
        expect,
        expectNothing: (expectedReply) => expect(undefined, expectedReply),
      }
    },
  }
}

function factOf({ type, ts, by, data }: Fact): Fact {
  return { type, ts, by, data } as Fact
}

function folded(before: Scenario, fact: Fact): Scenario {
  assertDeclared(fact)
  const record = { seq: before.state.sequence + 1, ...fact }
  const bytes = JSON.stringify(record)
  const state = evolve(before.state, record)
  assert.is(JSON.stringify(record), bytes, `folding ${fact.type} changed the event`)
  assertConsistent(state)
  return scenario(state, [...before.records, record])
}

/** By way of JSON, as a snapshot does it. */
export function copyOf(state: State): State {
  return revive(JSON.parse(JSON.stringify(state)))
}

/** The data has its type's shape, and no key that the schema does not declare: parsing takes those out. */
export function assertDeclared({ type, data }: { type: string; data: unknown }): void {
  assert.ok(isEventType(type), `${type} is no event type`)
  if (!isEventType(type)) return
  const stored = JSON.parse(JSON.stringify(data))
  assert.equal(eventSchemas[type]().parse(stored), stored, `${type} has keys that its schema does not declare`)
}

/** `holds` of the instances and `leases` say the same; who has ended holds nothing; nobody holds one place twice. */
export function assertConsistent(state: State): void {
  const fromLeases = Object.keys(state.leases).flatMap((path) => {
    const leases = state.leases[path] ?? []
    assert.ok(leases.length > 0, `${path} has an empty list of leases`)
    const places = leases.map((lease) => `${lease.holder} in ${lease.worktree}`)
    assert.is(new Set(places).size, places.length, `${path} is held twice: ${places.join(', ')}`)
    for (const lease of leases) {
      assert.is(lease.path, path)
      assert.ok(lease.established || lease.calls.length > 0, `nothing will ever end ${path} of ${lease.holder}`)
      const holder = state.instances[lease.holder]
      if (holder !== undefined) assert.is.not(holder.phase, 'ended', `${lease.holder} has ended and holds ${path}`)
    }
    return [...new Set(leases.map((lease) => `${lease.holder}: ${path}`))]
  })
  const fromHolds = Object.values(state.instances).flatMap(({ id, holds }) =>
    Object.keys(holds).map((path) => `${id}: ${path}`),
  )
  assert.equal(fromLeases.sort(), fromHolds.sort(), 'leases and holds differ')
}

/** Who holds what, by token: { 'a.ts': ['alice#2'] }. */
export function held(state: State): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(state.leases).map(([path, leases]) => [
      path,
      leases.map(({ holder, token }) => `${holder}#${token}`),
    ]),
  )
}
