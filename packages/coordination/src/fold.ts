import type { RecordedEvent } from './events.js'
import { evolve } from './evolve.js'
import { deferred, initial, revive, type State } from './state.js'

/** What an engine needs to fold this domain's events, with and without snapshots. */
export const fold = {
  /** Change it with any change of evolve or State that gives another state for the same events. */
  version: 'coordination-3',
  initial,
  evolve: evolve as (state: State, event: RecordedEvent) => State,
  deferred,
  revive: revive as (json: unknown, later?: () => unknown) => State,
}
