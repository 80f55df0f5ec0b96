import type { RecordedEvent } from '../events.js'
import type { Dictionary, State } from '../state.js'
import type { AuditReport, AuditTotals, PathRow, SessionRow, Span, Wait } from './report.js'
import { rowsMax, spansMax } from './report.js'
import { millisecondsOf } from './time.js'

/** Everything that an audit counts while events go by. Memory grows with sessions and files, not with events. */
export interface Tally {
  readonly isPath: (path: string) => boolean
  from: AuditReport['from']
  to: AuditReport['to']
  totals: AuditTotals
  readonly types: Map<string, { count: number }>
  readonly sessions: Map<string, SessionEntry>
  /** Whose event was counted in last: within one event it is asked for several times. */
  session: SessionEntry | undefined
  readonly paths: Map<string, PathEntry>
  readonly hours: Map<string, AuditReport['hours'][number]>
  /** The one that was counted in last: mostly it is the next one too. */
  hour: AuditReport['hours'][number] | undefined
  readonly heat: Map<string, Dictionary<number>>
  readonly pairs: Map<string, AuditReport['pairs'][number]>
  readonly spans: TimedSpan[]
  spansLeftOut: number
  longest: TimedSpan[]
  /** Open ones: path → instance. */
  readonly waiting: Map<string, Map<string, Wait>>
  readonly outcomes: AuditReport['outcomes']
  /** Of those who got the file later, all together. */
  waitedMs: number
  waits: Wait[]
  readonly takeovers: AuditReport['takeovers']
  readonly forced: AuditReport['forced']
  readonly decisions: AuditReport['decisions']
  readonly repairs: AuditReport['repairs']
  readonly bypasses: AuditReport['bypasses']
}

export interface SessionEntry extends SessionRow {
  /** Files it edited. */
  paths: Set<string>
  /** The one that it locked or edited last: mostly it is the next one too. */
  path: PathEntry | undefined
}

/** Everything about a file in one place: most events look it up, in a map of thousands. */
export interface PathEntry extends PathRow {
  /** Leases that stand. */
  standing: TimedSpan[]
}

/** A span as long as it is counted: of hundreds of thousands some are shown, and only these need their times as text. */
export interface TimedSpan {
  readonly path: string
  readonly holder: string
  readonly token: number
  readonly fromMs: number
  /** undefined: still held. */
  toMs: number | undefined
  ms: number
  how: string
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
    types: new Map(),
    sessions: new Map(),
    session: undefined,
    paths: new Map(),
    hours: new Map(),
    hour: undefined,
    heat: new Map(),
    pairs: new Map(),
    spans: [],
    spansLeftOut: 0,
    longest: [],
    waiting: new Map(),
    outcomes: { granted: 0, ended: 0, open: 0, 'let-through': 0 },
    waitedMs: 0,
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
  const takeovers = { expired: 0, dead: 0, parent: 0, priority: 0 }
  const locks = { grants: 0, leases: 0, refusals: 0, enforced: 0, expired: 0, forced: 0 }
  return {
    events: 0,
    sessions: 0,
    ...locks,
    edits: 0,
    unseen: 0,
    takeovers,
    died: 0,
    decisions: 0,
    repairs: 0,
    bypasses: 0,
  }
}

function seed(tally: Tally, { instances, leases }: State): void {
  for (const { id, role, task, host, parent, registeredAt, lastSeenAt, phase } of Object.values(instances)) {
    if (phase === 'ended') continue
    Object.assign(sessionOf(tally, id, lastSeenAt), { role, task, host, registeredAt, ...(parent && { parent }) })
  }
  for (const lease of Object.values(leases).flat()) {
    const { path, holder, token, grantedAt } = lease
    if (tally.isPath(path)) begin(pathOf(tally, path), holder, token, grantedAt)
  }
}

export function sessionOf(tally: Tally, instance: string, at: string): SessionEntry {
  if (tally.session?.instance === instance) return tally.session
  const session = tally.sessions.get(instance) ?? newSession(tally, instance, at)
  tally.session = session
  return session
}

function newSession(tally: Tally, instance: string, at: string): SessionEntry {
  const counts = { events: 0, grants: 0, refusals: 0, edits: 0, files: 0 }
  const row = { instance, role: '', task: '', host: '', registeredAt: null, lastSeenAt: at, ended: null, ...counts }
  const session = { ...row, paths: new Set<string>(), path: undefined }
  tally.sessions.set(instance, session)
  return session
}

export function pathOf(tally: Tally, path: string): PathEntry {
  const known = tally.paths.get(path)
  if (known !== undefined) return known
  const row = { path, grants: 0, refusals: 0, takeovers: 0, edits: 0, editors: 0, heldMs: 0, standing: [] }
  tally.paths.set(path, row)
  return row
}

/** The same, of a file that somebody locks or edits. */
export function ownPathOf(tally: Tally, session: SessionEntry, path: string): PathEntry {
  if (session.path?.path !== path) session.path = pathOf(tally, path)
  return session.path
}

export function hourOf(tally: Tally, { ts }: Pick<RecordedEvent, 'ts'>): AuditReport['hours'][number] {
  if (tally.hour !== undefined && ts.startsWith(tally.hour.hour)) return tally.hour
  const hour = ts.slice(0, 13)
  const row = tally.hours.get(hour) ?? { hour, grants: 0, refusals: 0, edits: 0 }
  tally.hours.set(hour, row)
  tally.hour = row
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

/** A lease begins to stand. */
export function begin({ path, standing }: PathEntry, holder: string, token: number, at: string): void {
  standing.push({ path, holder, token, fromMs: millisecondsOf(at), toMs: undefined, ms: 0, how: 'held' })
}

/** The end of a lease, if it stands. */
export function close(
  tally: Tally,
  lease: { path: string; holder: string; token: number },
  at: string,
  how: string,
): void {
  const entry = tally.paths.get(lease.path)
  if (entry === undefined) return
  const { standing } = entry
  let index = 0
  while (standing[index]?.token !== lease.token || standing[index]?.holder !== lease.holder) {
    index += 1
    if (index >= standing.length) return
  }
  const span = standing[index]
  if (span === undefined) return
  if (standing.length === 1) standing.pop()
  else standing.splice(index, 1)
  span.toMs = millisecondsOf(at)
  span.how = how
  keep(tally, entry, span)
}

/** As a report shows it. */
export function spanOf({ path, holder, token, fromMs, toMs, ms, how }: TimedSpan): Span {
  return { path, holder, token, from: textOf(fromMs), to: toMs === undefined ? null : textOf(toMs), ms, how }
}

function textOf(ms: number): string {
  return new Date(ms).toISOString()
}

const longestKept = 20

/** Into the time line, and among the longest. */
export function keep(tally: Tally, entry: PathEntry, span: TimedSpan): void {
  const end = span.toMs ?? (tally.to === null ? span.fromMs : millisecondsOf(tally.to.at))
  span.ms = Math.max(0, end - span.fromMs)
  entry.heldMs += span.ms
  tally.spans.push(span)
  if (tally.spans.length > 2 * spansMax) tally.spansLeftOut += tally.spans.splice(0, spansMax).length
  const last = tally.longest.at(-1)
  if (tally.longest.length === longestKept && last !== undefined && span.ms <= last.ms) return
  tally.longest = [...tally.longest, span].sort((a, b) => b.ms - a.ms).slice(0, longestKept)
}

/** Of the rows in time only the last ones are shown. */
export function pushLast<T>(rows: T[], row: T): void {
  if (rows.push(row) > 2 * rowsMax) rows.splice(0, rowsMax)
}

/** What became of a refusal; of the rows the longest ones are shown. */
export function keepWait(tally: Tally, wait: Wait): void {
  tally.outcomes[wait.outcome] += 1
  if (wait.outcome === 'granted') tally.waitedMs += wait.waitedMs
  if (tally.waits.push(wait) > 10 * rowsMax) tally.waits = longestWaits(tally.waits)
}

export function longestWaits(waits: readonly Wait[]): Wait[] {
  return waits.toSorted((a, b) => b.waitedMs - a.waitedMs || a.sequence - b.sequence).slice(0, rowsMax)
}
