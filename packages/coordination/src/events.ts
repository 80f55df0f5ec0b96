import * as z from 'zod/mini'
import { once } from './once.js'
import { object } from './schema.js'
import {
  categories,
  decisionStatuses,
  importedKinds,
  Liveness,
  Policy,
  ProcessIdentity,
  scopes,
  TakeoverCause,
} from './vocabulary.js'

/**
 * Every fact that coordlog records, one schema each; types are inferred. An event's author (`by`), time (`ts`) and
 * sequence stand in the record around it. Facts on which the event was decided (policy, liveness) are part of it.
 */

const path = z.string()
const time = z.string()
const optional = z.exactOptional

/** A lease named by what it covers, who held it and its fencing token. */
export const LeaseRef = object(() => ({ path, holder: z.string(), token: z.number() }))
export type LeaseRef = z.infer<ReturnType<typeof LeaseRef>>

/** What a decision was in the system that it came from. */
export const OriginalDecision = object(() => ({
  id: z.string(),
  /** As it was written there, in whatever form. */
  at: optional(z.string()),
  by: optional(z.string()),
  role: optional(z.string()),
  /** The JSON text of it, where something of it has no place here. */
  text: optional(z.string()),
}))
export type OriginalDecision = z.infer<ReturnType<typeof OriginalDecision>>

/** What a file held: a hash of it, or "absent". `stamp`: what the file system said of it then; while it says the same, so does the hash. */
export const FileContent = object(() => ({ path, content: z.string(), stamp: optional(z.string()) }))
export type FileContent = z.infer<ReturnType<typeof FileContent>>

/** An edit of a file by another instance than the author. */
export const OthersEdit = object(() => ({ path, by: z.string(), at: time, sequence: z.number() }))
export type OthersEdit = z.infer<ReturnType<typeof OthersEdit>>

const contents = once(() => optional(z.array(FileContent())))

const liveness = once(() => optional(z.record(z.string(), Liveness())))

export const eventSchemas = {
  /** `by` is the new instance. The same id again means that a session that had ended goes on. */
  'instance.registered': object(() => ({
    /** Host, session and subagent in one text: two sessions never share it. */
    session: z.string(),
    host: z.string(),
    role: z.string(),
    task: z.string(),
    worktree: z.string(),
    cwd: z.string(),
    parent: optional(z.string()),
    branch: optional(z.string()),
    user: optional(z.string()),
    os: optional(z.string()),
    process: optional(ProcessIdentity()),
    source: optional(z.string()),
    resumed: optional(z.boolean()),
  })),
  'instance.heartbeat': object(() => ({ requestId: optional(z.string()) })),
  /** Task, role or place changed. Only what changed stands here. */
  'instance.updated': object(() => ({
    task: optional(z.string()),
    role: optional(z.string()),
    cwd: optional(z.string()),
    worktree: optional(z.string()),
    branch: optional(z.string()),
  })),
  /** `ended` are the instance and those below it; their leases, listed in `released`, end with them. */
  'instance.ended': object(() => ({
    instance: z.string(),
    reason: z.string(),
    ended: z.array(z.string()),
    released: z.array(LeaseRef()),
  })),
  /** A new user turn. Leases that an interrupted turn left behind end here. */
  'turn.started': object(() => ({
    task: optional(z.string()),
    turn: optional(z.string()),
    released: z.array(LeaseRef()),
  })),
  'turn.ended': object(() => ({ outcome: z.enum(['completed', 'failed']), released: z.array(LeaseRef()) })),
  /**
   * The token of each lease in `paths` is this event's sequence. `renewed` were held already and keep theirs; `paths` is
   * empty where a lease of another worktree, left over from another policy, was taken beside one's own.
   */
  'lock.acquired': object(() => ({
    paths: z.array(path),
    renewed: optional(z.array(path)),
    worktree: z.string(),
    reason: z.string(),
    expiresAt: time,
    policy: Policy(),
    requestId: z.string(),
    call: optional(z.string()),
    turn: optional(z.string()),
    takenFrom: optional(z.array(z.extend(LeaseRef(), { cause: TakeoverCause() }))),
    contents: contents(),
    liveness: liveness(),
  })),
  'lock.renewed': object(() => ({
    paths: z.array(path),
    worktree: z.string(),
    reason: z.string(),
    expiresAt: time,
    policy: Policy(),
    requestId: z.string(),
    call: optional(z.string()),
    turn: optional(z.string()),
    contents: contents(),
    liveness: liveness(),
  })),
  /** Refused, or (enforced false) let through with a warning. `paths` are all that were asked for. */
  'lock.denied': object(() => ({
    paths: z.array(path),
    worktree: z.string(),
    reason: z.string(),
    heldBy: z.array(z.extend(LeaseRef(), { expiresAt: time })),
    /** Nobody holds these, or might be succeeded, but somebody of higher rank is first in line. */
    inLine: optional(z.array(z.object({ path, by: z.string(), sequence: z.number(), until: time }))),
    /** Where the author ranks above whoever is in its way: it is in line until then. since: it has been, since that event. */
    claimed: optional(z.array(z.object({ path, since: optional(z.number()) }))),
    claimedUntil: optional(time),
    enforced: z.boolean(),
    policy: Policy(),
    requestId: z.string(),
    call: optional(z.string()),
    turn: optional(z.string()),
    liveness: liveness(),
  })),
  /** The author, who holds these, is told that somebody of higher rank asked for them; takeableAt: and when it may take them. */
  'notice.delivered': object(() => ({
    asked: z.array(
      z.object({ path, token: z.number(), by: z.string(), sequence: z.number(), takeableAt: optional(time) }),
    ),
    policy: Policy(),
  })),
  /**
   * Stopped, once: others had edited files (`stale`) of which the author had not read what they hold now. `paths` are all that it was
   * about to write. With this it knows of those edits.
   */
  'edit.refused': object(() => ({
    paths: z.array(path),
    worktree: z.string(),
    reason: z.string(),
    stale: z.array(OthersEdit()),
    policy: Policy(),
    requestId: z.string(),
    call: optional(z.string()),
    turn: optional(z.string()),
    liveness: liveness(),
  })),
  /** The author has seen what others made of these files. Recorded only of edits of which it did not know. */
  'file.read': object(() => ({ paths: z.array(path), worktree: z.string(), seen: z.array(OthersEdit()) })),
  'lock.released': object(() => ({
    released: z.array(LeaseRef()),
    cause: z.enum(['released', 'call-ended', 'forced']),
    reason: optional(z.string()),
    calls: optional(z.array(z.string())),
  })),
  /** A tool call that wrote these files came back. Renews the author's leases on them, or ends them (hold: operation). */
  'file.edited': object(() => ({
    paths: z.array(path),
    worktree: z.string(),
    tool: z.string(),
    call: optional(z.string()),
    requestId: optional(z.string()),
    expiresAt: time,
    released: z.array(LeaseRef()),
    /** Written without a lease: the guard was off, was overruled, or the lease had been taken away. */
    unleased: optional(z.array(path)),
    /** What they hold now: what differs from it later was written by somebody else. */
    contents: contents(),
    policy: Policy(),
  })),
  /** Files under a lease are not what their holder left: somebody else wrote them. The author is who noticed. */
  'bypass.detected': object(() => ({
    changes: z.array(z.extend(LeaseRef(), { was: z.string(), content: z.string(), stamp: optional(z.string()) })),
    /** The instance whose tool call had just run; absent: nobody knows. */
    suspect: optional(z.string()),
    tool: optional(z.string()),
  })),
  /** The author, who holds these files, was told that somebody else changed them. */
  'bypass.told': object(() => ({ paths: z.array(path) })),
  'cleanup.completed': object(() => ({
    expired: z.array(LeaseRef()),
    ended: z.array(z.object({ instance: z.string(), cause: z.enum(['dead', 'stale']) })),
    released: z.array(LeaseRef()),
    staleMs: z.number(),
    liveness: liveness(),
  })),
  'decision.recorded': object(() => ({
    id: z.string(),
    category: z.enum(categories),
    title: z.string(),
    description: z.string(),
    scope: z.enum(scopes),
    status: z.enum(decisionStatuses),
    problem: optional(z.string()),
    rationale: optional(z.string()),
    alternatives: z.array(z.string()),
    files: z.array(path),
    dependencies: optional(z.array(z.string())),
    supersedes: optional(z.string()),
    requestId: z.string(),
    original: optional(OriginalDecision()),
  })),
  'decision.status_changed': object(() => ({
    id: z.string(),
    from: z.enum(decisionStatuses),
    to: z.enum(decisionStatuses),
    reason: optional(z.string()),
  })),
  /** Something of an earlier system that has no counterpart here (its instances, its locks, what cannot be read), kept as it was. */
  'item.imported': object(() => ({
    kind: z.enum(importedKinds),
    /** The file it came from, as it was named on import. */
    source: z.string(),
    /** Its own id there, when it had one. */
    id: optional(z.string()),
    at: optional(z.string()),
    /** JSON, or the bytes of what is none, as text. */
    text: z.string(),
    requestId: z.string(),
  })),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<ReturnType<(typeof eventSchemas)[T]>>

/** What decide yields: an event that is not yet in a log. `durable`: it must survive power loss before it is acknowledged. */
export type DomainEvent = {
  [T in EventType]: { type: T; ts: string; by: string; data: EventData<T>; durable: boolean }
}[EventType]

/** What evolve is given: a record of a log. Types it does not know are counted, never refused. */
export interface RecordedEvent {
  readonly seq: number
  readonly ts: string
  readonly type: string
  readonly by: string
  readonly data: object
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type)
}
