import type { EventType, LeaseRef, RecordedEvent } from '../events.js'
import { isKnown, isOf, type Recorded } from '../recorded.js'
import { type Edited, type Granted, glanceAtEdit, glanceAtGrant } from './glance.js'
import type { Wait } from './report.js'
import {
  begin,
  close,
  hourOf,
  isEverything,
  keepWait,
  ownPathOf,
  pairOf,
  pathOf,
  pushLast,
  sessionOf,
  type Tally,
} from './tally.js'

type Count<T extends EventType> = (tally: Tally, event: Recorded<T>) => void

/** As it is stored, or as it is read from a log: there the JSON of its data may be known too. */
export type Observed = RecordedEvent & { readonly dataText?: string }

/** Counts one event in. With a path asked for, an event counts if it is about such a path, and only those paths of it. */
export function observe(tally: Tally, event: Observed): void {
  trackTask(tally, event)
  if (!isEverything(tally) && !isAbout(tally, event)) return
  tally.from ??= { sequence: event.seq, at: event.ts }
  tally.to ??= { sequence: 0, at: '' }
  tally.to.sequence = event.seq
  tally.to.at = event.ts
  tally.totals.events += 1
  countType(tally, event.type)
  const session = sessionOf(tally, event.by, event.ts)
  session.events += 1
  session.lastSeenAt = event.ts
  if (event.type.startsWith('log.')) noteRepair(tally, event)
  if (countAtAGlance(tally, event)) return
  if (isKnown(event)) countIn(tally, event)
}

function countIn<T extends EventType>(tally: Tally, event: Recorded<T> & { readonly type: T }): void {
  const count: Count<T> | undefined = counts[event.type]
  count?.(tally, event)
}

function countType({ types }: Tally, type: string): void {
  const entry = types.get(type)
  if (entry === undefined) types.set(type, { count: 1 })
  else entry.count += 1
}

function countAtAGlance(tally: Tally, event: Observed): boolean {
  const { seq, ts, type, by, dataText } = event
  if (dataText === undefined || !isEverything(tally)) return false
  if (type === 'lock.acquired') {
    const data = glanceAtGrant(dataText)
    if (data !== undefined) acquired(tally, { seq, ts, by, data })
    return data !== undefined
  }
  const data = type === 'file.edited' ? glanceAtEdit(dataText) : undefined
  if (data !== undefined) edited(tally, { seq, ts, by, data })
  return data !== undefined
}

const taskTypes: ReadonlySet<string> = new Set<EventType>(['instance.registered', 'instance.updated', 'turn.started'])

/** Who somebody is must be known also where its registration is not about the path asked for. */
function trackTask(tally: Tally, event: RecordedEvent): void {
  if (!taskTypes.has(event.type)) return
  if (isOf(event, 'instance.registered')) {
    const { role, task, host, parent } = event.data
    const session = sessionOf(tally, event.by, event.ts)
    Object.assign(session, { role, task, host, ended: null, ...(parent !== undefined && { parent }) })
    session.registeredAt ??= event.ts
  } else if (isOf(event, 'instance.updated', 'turn.started')) {
    const { task } = event.data
    if (task !== undefined) sessionOf(tally, event.by, event.ts).task = task
    if (isOf(event, 'instance.updated') && event.data.role !== undefined) {
      sessionOf(tally, event.by, event.ts).role = event.data.role
    }
  }
}

const pathKeys = new Set(['paths', 'renewed', 'unleased', 'files'])
const leaseKeys = new Set(['released', 'expired', 'takenFrom', 'heldBy', 'changes'])

function isAbout({ isPath }: Tally, { data }: RecordedEvent): boolean {
  return Object.entries(data).some(([key, value]) => {
    if (!Array.isArray(value)) return false
    if (pathKeys.has(key)) return value.some(isPath)
    return leaseKeys.has(key) && value.some(({ path }) => isPath(path))
  })
}

const counts: { [T in EventType]?: Count<T> } = {
  'instance.registered': (tally) => {
    tally.totals.sessions += 1
  },
  'instance.ended': (tally, event) => {
    release(tally, event, event.data.released, 'session ended')
    for (const id of event.data.ended) endSession(tally, id, event, event.data.reason)
  },
  'turn.started': (tally, event) => release(tally, event, event.data.released, 'turn over'),
  'turn.ended': (tally, event) => release(tally, event, event.data.released, 'turn over'),
  'lock.acquired': acquired,
  'lock.denied': denied,
  'edit.refused': (tally) => {
    tally.totals.unseen += 1
  },
  'lock.released': released,
  'file.edited': edited,
  'bypass.detected': bypassed,
  'cleanup.completed': (tally, event) => {
    const { expired, ended } = event.data
    release(tally, event, expired, 'expired')
    tally.totals.expired += expired.filter(({ path }) => tally.isPath(path)).length
    release(tally, event, event.data.released, 'holder gone')
    tally.totals.died += ended.length
    for (const { instance, cause } of ended) endSession(tally, instance, event, cause)
  },
  'decision.recorded': (tally, event) => {
    const { id, title, category } = event.data
    tally.totals.decisions += 1
    pushLast(tally.decisions, { id, title, category, by: event.by, at: event.ts, sequence: event.seq })
  },
}

type Glanced<Data> = Pick<RecordedEvent, 'seq' | 'ts' | 'by'> & { readonly data: Data }

function release(tally: Tally, event: Pick<RecordedEvent, 'ts'>, leases: readonly LeaseRef[], how: string): void {
  for (const lease of leases) if (tally.isPath(lease.path)) close(tally, lease, event.ts, how)
}

function endSession(tally: Tally, id: string, event: RecordedEvent, reason: string): void {
  sessionOf(tally, id, event.ts).ended = { at: event.ts, reason, sequence: event.seq }
  for (const path of tally.waiting.keys()) settle(tally, path, id, 'ended', event.ts)
}

function acquired(tally: Tally, event: Glanced<Granted>): void {
  const { seq: token, ts: at, by, data } = event
  const session = sessionOf(tally, by, at)
  tally.totals.grants += 1
  session.grants += 1
  hourOf(tally, event).grants += 1
  for (const { path, holder, token: old, cause } of data.takenFrom ?? []) {
    if (!tally.isPath(path)) continue
    close(tally, { path, holder, token: old }, at, `taken over: ${cause}`)
    tally.totals.takeovers[cause] += 1
    pushLast(tally.takeovers, { sequence: token, at, by, holder, path, cause })
    pathOf(tally, path).takeovers += 1
    pairOf(tally, by, holder).takeovers += 1
  }
  for (const path of data.paths) {
    if (!tally.isPath(path)) continue
    tally.totals.leases += 1
    const entry = ownPathOf(tally, session, path)
    entry.grants += 1
    begin(entry, session.instance, token, at)
    settle(tally, entry.path, session.instance, 'granted', at)
  }
}

function denied(tally: Tally, event: Recorded<'lock.denied'>): void {
  const { seq: sequence, ts: at, by, data } = event
  const hour = hourOf(tally, event)
  tally.totals.refusals += 1
  if (data.enforced) tally.totals.enforced += 1
  sessionOf(tally, by, at).refusals += 1
  hour.refusals += 1
  const held = data.heldBy.filter(({ path }) => tally.isPath(path))
  for (const holder of new Set(held.map((lease) => lease.holder))) pairOf(tally, by, holder).refusals += 1
  for (const path of new Set(held.map((lease) => lease.path))) {
    pathOf(tally, path).refusals += 1
    const heat = tally.heat.get(path) ?? Object.create(null)
    heat[hour.hour] = (heat[hour.hour] ?? 0) + 1
    tally.heat.set(path, heat)
    if (!data.enforced) keepWait(tally, { by, path, sequence, at, refusals: 1, outcome: 'let-through', waitedMs: 0 })
    else refuse(tally, { by, path, sequence, at, refusals: 1, outcome: 'open', waitedMs: 0 })
  }
}

function refuse(tally: Tally, wait: Wait): void {
  const waiting = tally.waiting.get(wait.path)
  const known = waiting?.get(wait.by)
  if (known !== undefined) known.refusals += 1
  else if (waiting !== undefined) waiting.set(wait.by, wait)
  else tally.waiting.set(wait.path, new Map([[wait.by, wait]]))
}

/** What became of a refusal, if that instance waits for that file. */
export function settle(tally: Tally, path: string, by: string, outcome: Wait['outcome'], at: string): void {
  const waiting = tally.waiting.get(path)
  const wait = waiting?.get(by)
  if (waiting === undefined || wait === undefined) return
  waiting.delete(by)
  if (waiting.size === 0) tally.waiting.delete(path)
  keepWait(tally, { ...wait, outcome, waitedMs: Math.max(0, Date.parse(at) - Date.parse(wait.at)) })
}

function released(tally: Tally, event: Recorded<'lock.released'>): void {
  const { seq: sequence, ts: at, by, data } = event
  const { cause, reason = '' } = data
  release(tally, event, data.released, cause)
  if (cause !== 'forced') return
  for (const { path, holder } of data.released.filter((lease) => tally.isPath(lease.path) && lease.holder !== by)) {
    tally.totals.forced += 1
    pushLast(tally.forced, { sequence, at, by, holder, path, reason })
  }
}

function edited(tally: Tally, event: Glanced<Edited>): void {
  const { seq: sequence, ts: at, by, data } = event
  const session = sessionOf(tally, by, at)
  tally.totals.edits += 1
  session.edits += 1
  hourOf(tally, event).edits += 1
  for (const path of data.paths) {
    if (!tally.isPath(path)) continue
    const row = ownPathOf(tally, session, path)
    row.edits += 1
    if (session.paths.has(row.path)) continue
    session.paths.add(row.path)
    row.editors += 1
  }
  for (const path of (data.unleased ?? []).filter(tally.isPath)) {
    tally.totals.bypasses += 1
    pushLast(tally.bypasses, { sequence, at, by, path, tool: data.tool, holder: null })
  }
  release(tally, event, data.released, 'edit done')
}

function bypassed(tally: Tally, { seq: sequence, ts: at, data }: Recorded<'bypass.detected'>): void {
  for (const { path, holder } of data.changes.filter((change) => tally.isPath(change.path))) {
    tally.totals.bypasses += 1
    pushLast(tally.bypasses, { sequence, at, by: data.suspect ?? null, path, tool: data.tool ?? '', holder })
  }
}

function noteRepair(tally: Tally, { seq: sequence, ts: at, type, data }: RecordedEvent): void {
  tally.totals.repairs += 1
  const reason: unknown = new Map(Object.entries(data)).get('reason')
  pushLast(tally.repairs, { sequence, at, type, what: typeof reason === 'string' ? reason : JSON.stringify(data) })
}
