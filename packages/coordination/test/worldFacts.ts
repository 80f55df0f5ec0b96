import type { OthersEdit } from '../src/events.js'
import type { State } from '../src/state.js'

/** What an intent of a made-up world means in the state as it is. */

/** The last edit of a path, or one that is older by so many records. */
export function editSeen(state: State, path: string, late: number, now: string): OthersEdit {
  const { by, at, sequence } = state.files[path] ?? { by: 'nobody', at: now, sequence: 1 }
  return { path, by, at, sequence: Math.max(0, sequence - late) }
}

/** The token of a lease on the first path, or one that is older by so many. */
export function tokenOf(
  state: State,
  { paths: [path = ''], back }: { paths: string[]; back: number | null },
): number | undefined {
  const token = state.leases[path]?.[0]?.token
  return back === null || token === undefined ? undefined : Math.max(0, token - back)
}

/** Without the keys that are undefined: absent is what they mean. */
export function optional<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never
}
