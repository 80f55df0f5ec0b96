/**
 * What a log is, for everyone who uses one and for everyone who writes a backend. Types and comments only.
 *
 * A log is a sequence of records 1, 2, 3, … of one directory, stream or array. It knows nothing of what the events
 * mean: the caller brings the fold. There is no lock() here: "append after sequence N or tell me that I am late" is
 * the whole concurrency contract. The file backend keeps it with flock, another may keep it with the stream's own
 * expected-last-sequence.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/** What a writer hands in. */
export interface NewEvent {
  /** When it was decided: ISO 8601, UTC, milliseconds ("2026-01-08T12:45:32.000Z"). It never decides order. */
  readonly ts: string
  /** Past tense, dotted: "lock.acquired". Types that begin with "log." are the engine's own. */
  readonly type: string
  /** The acting instance. */
  readonly by: string
  readonly data: JsonObject
  /** true: on stable storage before append returns. false: the completed write is enough (survives SIGKILL). */
  readonly durable: boolean
}

/** One stored line. `h` is 16 lower-case hex digits, chained over all lines before it (docs/format.md). */
export interface LogRecord {
  readonly v: 1
  readonly seq: number
  readonly ts: string
  readonly type: string
  readonly by: string
  readonly data: JsonObject
  readonly h: string
}

/**
 * How records become state. `evolve` owns the state it is given and may change it in place (docs/adr): use only what it
 * returns. It reads no clock and throws for no record, known or not.
 */
export interface Fold<State> {
  /** Changes whenever the same records would give another state; snapshots of another version are ignored. */
  readonly version: string
  initial(): State
  evolve(state: State, record: LogRecord): State
  /**
   * Name of a member of the state that grows with the history and that few events need. Snapshots keep it last, and it is
   * parsed only when it is asked for, so that opening a log costs the same however much of it there is.
   */
  readonly deferred?: string
  /**
   * State from the JSON of a snapshot (JSON.parse has been done, its hash has been checked). With `later`, the deferred
   * member is not in `json`; `later` gives it, once.
   */
  revive(json: Json, later?: () => Json): State
}

/**
 * corrupt: bytes that are not as they were written. rewound: the log ends before, or differs from, what was noted
 * beside the lock. missing: a segment that must be there is not. newer: written by a later format.
 */
export type DamageKind = 'corrupt' | 'rewound' | 'missing' | 'newer'

/** Damage before the end of the log: nothing after `lastGoodSequence` is served, and nothing may be appended. */
export interface Damage {
  readonly kind: DamageKind
  /** The file in which it lies, and the first byte that is not as it must be. */
  readonly file: string
  readonly offset: number
  readonly lastGoodSequence: number
  /** One plain sentence with the two values that disagree. */
  readonly reason: string
}

/** The folded log. `state` belongs to the log: read it, do not change it; it is valid until the next load. */
export interface Loaded<State> {
  readonly state: State
  /** The last sequence folded; 0 for an empty log. */
  readonly sequence: number
  readonly damage: Damage | undefined
}

export type AppendResult =
  | { readonly kind: 'appended'; readonly sequence: number; readonly record: LogRecord }
  /** Somebody appended first; nothing was written. `sequence` is the one that is last now. */
  | { readonly kind: 'conflict'; readonly sequence: number }

/** Several events that go into the log together. */
export interface Group {
  /** Nothing is written unless this is the last sequence. */
  readonly expected: number
  /** When it is put together, as an event says it; for the record of a repair that has to come before. */
  readonly ts: string
  /** How long to try for the lock. Default: the log's own. */
  readonly deadlineMs?: number
  /**
   * Called once if nobody was faster, and never a second time. `add` answers with the record that its event will be, and throws 'invalid' for one
   * that cannot be; the others are written all the same. Nothing is awaited in it.
   */
  fill(add: (event: NewEvent) => LogRecord): void
  /** A fold whose state `fill` has led on by these records itself: the next load does not read them for it. */
  readonly folded?: object
}

export type AppendAllResult =
  | { readonly kind: 'appended'; readonly sequence: number; readonly records: readonly LogRecord[] }
  | { readonly kind: 'conflict'; readonly sequence: number }

export interface Log {
  /** Folds everything up to now: newest usable snapshot, then the records after it. Takes no lock, repairs nothing. */
  load<State>(fold: Fold<State>): Promise<Loaded<State>>
  /**
   * Writes one event if the last sequence is still `expected` ('any': wherever the end is).
   * On return with 'appended' the event is wholly in the log, and on stable storage if it is durable.
   * Throws LogError; after 'io' nothing of the event is acknowledged and readers see it wholly or not at all.
   */
  append(event: NewEvent, expected: number | 'any'): Promise<AppendResult>
  /**
   * Several events for the price of one: what `fill` adds goes into the log by one write and, if any of it is durable, one
   * sync. All of it is acknowledged on return, or nothing. A disk that is full may have taken the first ones: these are
   * then in the log like any event of unknown outcome, because a reader may have seen them, and the error says how many.
   */
  appendAll(group: Group): Promise<AppendAllResult>
  /**
   * Records from sequence `from` on (default 1), in order, as far as they stood at the call or a little further.
   * Archived records are read too; where a compaction dropped the first ones, reading begins with the first one kept
   * (its `seq` says so). Throws 'damaged' at damage, after the records before it.
   */
  read(from?: number): AsyncIterable<LogRecord>
  /** The same, and then each record as it comes, until the signal fires. */
  follow(from: number, signal: AbortSignal): AsyncIterable<LogRecord>
  close(): void
}

/**
 * busy: the flock was not had before the deadline. damaged: corrupt, writes refuse. io: the system said no.
 * denied: permission. unsafe: the directory is not ours, or writable by others, or a link, or of a newer format.
 * invalid: the event cannot be a record (too long, a number that is not finite, a time of another form).
 */
export type LogErrorCode = 'busy' | 'damaged' | 'io' | 'denied' | 'unsafe' | 'invalid'
