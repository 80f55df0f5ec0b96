import type { RecordedEvent } from '@coordlog/coordination/events'
import type { State } from '@coordlog/coordination/state'
import type { LogRecord } from '@coordlog/log/contract'
import { searchLog } from '@coordlog/log/search'
import { leaseRefsOf, pathsOf } from './subjects.js'

/**
 * The records that tell why a path can be edited or not, in log order: enough for `explain` to answer as a reading of
 * everything would. The state says from which sequence on the standing leases concern it; for a path that nobody holds the
 * way back ends at the grant of the last lease. `isRanked`: roles go before one another.
 */
export async function recordsConcerning(
  directory: string,
  state: State,
  path: string,
  { by: asker, isRanked }: { by: string | undefined; isRanked: boolean },
): Promise<RecordedEvent[]> {
  const found = new Map<number, LogRecord>()
  const keep = (record: LogRecord) => found.set(record.seq, record)
  for await (const record of aboutPath(directory, state, path)) keep(record)
  if (isRanked) for await (const record of aboutCalls(directory, state, path)) keep(record)
  const people = new Set(ancestry(state, asker))
  for (const { holder } of state.leases[path] ?? []) people.add(holder)
  for (const { by } of state.claims[path] ?? []) people.add(by)
  for (const id of people) for await (const record of aboutInstance(directory, state, id)) keep(record)
  return [...found.values()].sort((a, b) => a.seq - b.seq)
}

async function* aboutPath(directory: string, state: State, path: string): AsyncGenerator<LogRecord> {
  const leases = state.leases[path] ?? []
  const text = JSON.stringify(path)
  const claims = (state.claims[path] ?? []).map(({ sequence }) => sequence)
  if (leases.length > 0) {
    const from = Math.min(...claims, ...leases.map(({ token }) => token))
    yield* matching(directory, text, { from, to: state.sequence }, (record) => pathsOf(record).includes(path))
    return
  }
  let from = 0
  let isEdited = state.files[path] === undefined
  for await (const record of matching(directory, text, { to: state.sequence }, (each) =>
    pathsOf(each).includes(path),
  )) {
    if (from > 0 && record.seq < Math.min(from, ...claims) && isEdited) return
    yield record
    isEdited ||= record.type === 'file.edited'
    const tokens = leaseRefsOf(record).flatMap((ref) =>
      ref.path === path && typeof ref.token === 'number' ? [ref.token] : [],
    )
    if (from === 0 && tokens.length > 0 && record.type !== 'lock.denied') from = Math.min(...tokens)
  }
}

/** Calls that came to nothing name no path: whether one is in flight under a lease hangs on them. */
async function* aboutCalls(directory: string, state: State, path: string): AsyncGenerator<LogRecord> {
  for (const { holder, token } of state.leases[path] ?? []) {
    const ended = `"type":"lock.released","by":${JSON.stringify(holder)}`
    yield* matching(directory, ended, { from: token, to: state.sequence }, ({ data }) => data['calls'] !== undefined)
  }
}

/** Its last registration, what gave it role and task since, and its last event. */
async function* aboutInstance(directory: string, state: State, id: string): AsyncGenerator<LogRecord> {
  const instance = state.instances[id]
  if (instance === undefined) return
  const { registeredSequence, lastSeenSequence } = instance
  const by = `"by":${JSON.stringify(id)}`
  yield* matching(directory, `"seq":${lastSeenSequence},`, { from: lastSeenSequence, to: lastSeenSequence })
  yield* matching(directory, `"seq":${registeredSequence},`, { from: registeredSequence, to: registeredSequence })
  const range = { from: registeredSequence, to: state.sequence }
  const texts = ['instance.registered', 'instance.updated', 'turn.started'].map((type) => `"type":"${type}",${by}`)
  let isTaskKnown = false
  for await (const record of searchLog(directory, texts, range)) {
    if (record.by !== id) continue
    const isRegistration = record.type === 'instance.registered'
    const { task } = record.data
    const givesTask = task !== undefined && !isTaskKnown
    if (isRegistration || record.type === 'instance.updated' || givesTask) yield record
    isTaskKnown ||= task !== undefined
    if (isRegistration) return
  }
}

async function* matching(
  directory: string,
  text: string,
  range: { from?: number; to: number },
  isWanted: (record: LogRecord) => boolean = () => true,
): AsyncGenerator<LogRecord> {
  for await (const record of searchLog(directory, [text], range)) if (isWanted(record)) yield record
}

/** The asker and those above it, as far as they are known. */
function ancestry(state: State, asker: string | undefined): string[] {
  const found: string[] = []
  for (let id = asker; id !== undefined && !found.includes(id); id = state.instances[id]?.parent) found.push(id)
  return found
}
