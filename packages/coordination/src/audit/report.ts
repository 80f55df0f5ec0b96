import type { Decision } from '../state.js'
import type { TakeoverCause } from '../vocabulary.js'

/** What a stretch of history comes to. Every total is the number of events (or of leases in them) that a count over the log gives. */
export interface AuditReport {
  /** The events that were looked at; null: there were none. */
  from: { sequence: number; at: string } | null
  to: { sequence: number; at: string } | null
  totals: AuditTotals
  /** How many events of each type. */
  types: Record<string, number>
  /** In order of registration. */
  sessions: SessionRow[]
  /** The most contested first. */
  paths: PathRow[]
  /** By hour, UTC: "2026-01-08T12". */
  hours: { hour: string; grants: number; refusals: number; edits: number }[]
  /** Contested paths by hour. */
  heat: { path: string; hours: Record<string, number> }[]
  /** Who stood in whose way, most often first. */
  pairs: { by: string; holder: string; refusals: number; takeovers: number }[]
  longestHeld: Span[]
  /** How often each instance and path that was refused came to which end. */
  outcomes: Record<Wait['outcome'], number>
  /** The longest of them. */
  waits: Wait[]
  takeovers: { sequence: number; at: string; by: string; holder: string; path: string; cause: TakeoverCause }[]
  forced: { sequence: number; at: string; by: string; holder: string; path: string; reason: string }[]
  decisions: Pick<Decision, 'id' | 'title' | 'by' | 'at' | 'sequence' | 'category'>[]
  /** What the log itself recorded: repairs, records lost. */
  repairs: { sequence: number; at: string; type: string; what: string }[]
  /** Edits of files without a lease. by: null when nobody knows. holder: of the file that was changed under a lease of somebody else. */
  bypasses: { sequence: number; at: string; by: string | null; path: string; tool: string; holder: string | null }[]
  /** Leases in time, oldest first; the last `spansMax` of them. */
  spans: Span[]
  spansLeftOut: number
}

export interface AuditTotals {
  events: number
  sessions: number
  /** Events lock.acquired, and leases granted in them. */
  grants: number
  leases: number
  /** Events lock.denied, and those of them that stopped the edit. */
  refusals: number
  enforced: number
  edits: number
  /** Edits stopped because another's had not been seen. */
  unseen: number
  /** Leases taken over, by cause. */
  takeovers: Record<TakeoverCause, number>
  /** Leases that a cleanup found expired. */
  expired: number
  /** Leases ended by force. */
  forced: number
  /** Instances that ended because their process was gone, or because nothing was heard of them. */
  died: number
  decisions: number
  repairs: number
  /** Files edited without a lease, or under a lease of somebody else. */
  bypasses: number
}

export interface SessionRow {
  instance: string
  role: string
  task: string
  host: string
  parent?: string
  /** null: before what was looked at. */
  registeredAt: string | null
  lastSeenAt: string
  ended: { at: string; reason: string; sequence: number } | null
  events: number
  grants: number
  refusals: number
  edits: number
  files: number
}

export interface PathRow {
  path: string
  grants: number
  refusals: number
  takeovers: number
  edits: number
  editors: number
  heldMs: number
}

export interface Span {
  path: string
  holder: string
  token: number
  from: string
  /** null: still held at the end. */
  to: string | null
  ms: number
  /** Whether a cleanup or a taker found it expired, it was forced, … */
  how: string
}

export interface Wait {
  by: string
  path: string
  sequence: number
  at: string
  /** How often it was refused meanwhile. */
  refusals: number
  outcome: 'granted' | 'ended' | 'open' | 'let-through'
  /** Until it was granted or the session ended; up to the end of what was looked at where it is open. */
  waitedMs: number
}

export const spansMax = 5_000
/** Of each list the first so many, of lists in time the last: the totals count all. */
export const rowsMax = 200
