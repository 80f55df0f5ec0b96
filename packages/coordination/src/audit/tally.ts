import type { RecordedEvent } from '../events.js'
import { type Dictionary, dictionary, type State } from '../state.js'
import type { AuditReport, AuditTotals, PathRow, SessionRow, Span, Wait } from './report.js'
import { spansMax } from './report.js'

/** Everything that an audit counts while events go by. Memory grows with sessions and paths, not with events. */
export interface Tally {
  readonly isPath: (path: string) => boolean
  from: AuditReport['from']
  to: AuditReport['to']
  totals: AuditTotals
  readonly types: Dictionary<number>
  readonly sessions: Map<string, SessionRow & { paths: Set<string> }>
  readonly paths: Map<string, PathRow & { who: Set<string> }>
  readonly hours: Map<string, AuditReport['hours'][number]>
  readonly heat: Map<string, Dictionary<number>>
  readonly pairs: Map<string, AuditReport['pairs'][number]>
  /** Path → leases that stand. */
  readonly standing: Map<string, Span[]>
  readonly spans: Span[]
  spansLeftOut: number
  longest: Span[]
  /** Open ones by instance and path. */
  readonly waiting: Map<string, Wait>
  readonly waits: Wait[]
  readonly takeovers: AuditReport['takeovers']
  readonly forced: AuditReport['forced']
  readonly decisions: AuditReport['decisions']
  readonly repairs: AuditReport['repairs']
  readonly bypasses: AuditReport['bypasses']
}

export interface TallyOptions {
  /** Only events about such a path; absent: all events. */
  isPath?: (path: string) => boolean
  /** The state before the first event: who is there, and who holds what. */
  before?: State
}

/** `isPath` of a tally of everything. */
const everyPath = () => true

export function createTally({ isPath = everyPath, before }: TallyOptions = {}): Tally {
  const tally: Tally = {
    isPath,
    from: null,
    to: null,
    totals: noTotals(),
    types: dictionary(),
    sessions: new Map(),
    paths: new Map(),
    hours: new Map(),
    heat: new Map(),
    pairs: new Map(),
    standing: new Map(),
    spans: [],
    spansLeftOut: 0,
    longest: [],
    waiting: new Map(),
    waits: [],
    takeovers: [],
    forced: [],
    decisions: [],
    repairs: [],
    bypasses: [],
  }
  if (before !== undefined) seed(tally, before)
  return tally
}

export function isEverything(tally: Tally): boolean {
  return tally.isPath === everyPath
}

function noTotals(): AuditTotals {
  const takeovers = { expired: 0, dead: 0, parent: 0 }
  const locks = { grants: 0, leases: 0, refusals: 0, enforced: 0, expired: 0, forced: 0 }
  return { events: 0, sessions: 0, ...locks, edits: 0, takeovers, died: 0, decisions: 0, repairs: 0, bypasses: 0 }
}

function seed(tally: Tally, { instances, leases }: State): void {
  for (const { id, role, task, host, parent, registeredAt, lastSeenAt, phase } of Object.values(instances)) {
    if (phase === 'ended') continue
    Object.assign(sessionOf(tally, id, lastSeenAt), { role, task, host, registeredAt, ...(parent && { parent }) })
  }
  for (const lease of Object.values(leases).flat()) {
    const { path, holder, token, grantedAt } = lease
    if (tally.isPath(path)) open(tally, { path, holder, token, from: grantedAt, to: null, ms: 0, how: 'held' })
  }
}

export function sessionOf(
  tally: Tally,
  instance: string,
  at: string,
): Tally['sessions'] extends Map<string, infer S> ? S : never {
  const known = tally.sessions.get(instance)
  if (known !== undefined) return known
  const counts = { events: 0, grants: 0, refusals: 0, edits: 0, files: 0 }
  const row = { instance, role: '', task: '', host: '', registeredAt: null, lastSeenAt: at, ended: null, ...counts }
  const session = { ...row, paths: new Set<string>() }
  tally.sessions.set(instance, session)
  return session
}

export function pathOf(tally: Tally, path: string): PathRow & { who: Set<string> } {
  const known = tally.paths.get(path)
  if (known !== undefined) return known
  const row = { path, grants: 0, refusals: 0, takeovers: 0, edits: 0, editors: 0, heldMs: 0, who: new Set<string>() }
  tally.paths.set(path, row)
  return row
}

export function hourOf(tally: Tally, { ts }: RecordedEvent): AuditReport['hours'][number] {
  const hour = ts.slice(0, 13)
  const known = tally.hours.get(hour)
  if (known !== undefined) return known
  const row = { hour, grants: 0, refusals: 0, edits: 0 }
  tally.hours.set(hour, row)
  return row
}

export function pairOf(tally: Tally, by: string, holder: string): AuditReport['pairs'][number] {
  const key = `${by}\0${holder}`
  const known = tally.pairs.get(key)
  if (known !== undefined) return known
  const row = { by, holder, refusals: 0, takeovers: 0 }
  tally.pairs.set(key, row)
  return row
}

export function open(tally: Tally, span: Span): void {
  const standing = tally.standing.get(span.path)
  if (standing === undefined) tally.standing.set(span.path, [span])
  else standing.push(span)
}

/** The end of a lease, if it stands. */
export function close(
  tally: Tally,
  lease: { path: string; holder: string; token: number },
  at: string,
  how: string,
): void {
  const standing = tally.standing.get(lease.path)
  const index = standing?.findIndex((span) => span.token === lease.token && span.holder === lease.holder) ?? -1
  const [span] = index < 0 ? [] : (standing?.splice(index, 1) ?? [])
  if (standing?.length === 0) tally.standing.delete(lease.path)
  if (span !== undefined) keep(tally, { ...span, to: at, how })
}

const longestKept = 20

/** Into the time line, and among the longest. */
export function keep(tally: Tally, ended: Span): void {
  const span = {
    ...ended,
    ms: Math.max(0, Date.parse(ended.to ?? tally.to?.at ?? ended.from) - Date.parse(ended.from)),
  }
  pathOf(tally, span.path).heldMs += span.ms
  tally.spans.push(span)
  if (tally.spans.length > 2 * spansMax) tally.spansLeftOut += tally.spans.splice(0, spansMax).length
  const last = tally.longest.at(-1)
  if (tally.longest.length === longestKept && last !== undefined && span.ms <= last.ms) return
  tally.longest = [...tally.longest, span].sort((a, b) => b.ms - a.ms).slice(0, longestKept)
}
