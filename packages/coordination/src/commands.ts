import type { DomainEvent, FileContent, LeaseRef, OriginalDecision, OthersEdit } from './events.js'
import type { Decision, FileEdit } from './state.js'
import type {
  categories,
  decisionStatuses,
  importedKinds,
  Liveness,
  Policy,
  Priority,
  ProcessIdentity,
  scopes,
  TakeoverCause,
} from './vocabulary.js'

/**
 * What can be asked of the domain. Time, ids, places and liveness come in as data; nothing here is read from the system.
 * Each command yields at most one event and always a reply (Replies, below).
 */

interface Asked {
  /** Now, by the asker's clock: ISO 8601, UTC, milliseconds. */
  at: string
  /** The acting instance. */
  by: string
  /** A person or script did it by hand: durable before it is acknowledged. */
  manual: boolean
}

export interface RegisterInstance extends Omit<Asked, 'by'> {
  type: 'instance.register'
  /** Host, session and subagent in one text. Known already: the same instance goes on. */
  session: string
  /** The id that it must have (given by a person or an environment); without one it is made of prefix, time and nonce. */
  id?: string
  idPrefix: string
  /** 32 hex digits, random or derived from the session. */
  nonce: string
  host: string
  role: string
  task: string
  worktree: string
  cwd: string
  parent?: string
  branch?: string
  user?: string
  os?: string
  process?: ProcessIdentity
  source?: string
}

export interface Heartbeat extends Asked {
  type: 'instance.heartbeat'
  /** No event when the last sign of life is younger than this. 0: always, unless it is of this very instant. */
  minIntervalMs: number
  /** The same request again is the same sign of life. */
  requestId?: string
}

export interface UpdateInstance extends Asked {
  type: 'instance.update'
  task?: string
  role?: string
  cwd?: string
  worktree?: string
  branch?: string
}

export interface EndInstance extends Asked {
  type: 'instance.end'
  instance: string
  reason: string
}

export interface StartTurn extends Asked {
  type: 'turn.start'
  task?: string
  turn?: string
}

export interface EndTurn extends Asked {
  type: 'turn.end'
  outcome: 'completed' | 'failed'
}

export interface AcquireLock extends Asked {
  type: 'lock.acquire'
  /** Lease keys, all or none. */
  paths: string[]
  worktree: string
  reason: string
  policy: Policy
  /** The same request asked twice records nothing new. */
  requestId: string
  /** The tool call for which it is taken; without one it is taken by hand and no failing call ends it. */
  call?: string
  turn?: string
  /** What the files hold now, so that it can be told later whether they have changed. */
  contents?: FileContent[]
  /** What is known of the instances that hold one of the paths. Absent: unknown. */
  liveness: Record<string, Liveness>
}

/** Tells the acting instance, which can be told now, who of higher rank asked for what it holds. */
export interface DeliverNotice extends Asked {
  type: 'notice.deliver'
  policy: Policy
}

export interface ReleaseLock extends Asked {
  type: 'lock.release'
  paths: string[]
  token?: number
  /** Ends anybody's lease; the reason is recorded. Who does it need not be registered. */
  force?: boolean
  reason?: string
}

/** A tool call that writes files came back well. */
export interface EditFiles extends Asked {
  type: 'file.edit'
  paths: string[]
  worktree: string
  tool: string
  call?: string
  /** Where calls have no id of their own, and `call` may be that of another one: the same for every try to record this edit. */
  requestId?: string
  policy: Policy
  /** What the files hold now. */
  contents?: FileContent[]
}

/** Files under a lease hold something else than their holder left in them. */
export interface ReportBypass extends Asked {
  type: 'bypass.report'
  /** Who is held to have done it; absent: nobody knows. */
  suspect?: string
  tool?: string
  changes: (FileContent & { holder: string })[]
}

/** The asker was told of what others did to the files that it holds. */
export interface AcknowledgeBypass extends Asked {
  type: 'bypass.tell'
  paths: string[]
}

/** Files were read as they are: what others made of them is known to the reader now. */
export interface ReadFiles extends Asked {
  type: 'file.read'
  worktree: string
  /** The edits of others that the files, as they were read, hold. */
  seen: OthersEdit[]
}

/** Tool calls are over without an edit (failed, denied, cancelled): what only they held ends. */
export interface EndCalls extends Asked {
  type: 'calls.end'
  /** Their ids; 'all': whatever the instance had in flight; of another turn: all that did not begin in this one. */
  calls: string[] | 'all' | { notOfTurn: string }
}

export interface Cleanup extends Asked {
  type: 'cleanup'
  liveness: Record<string, Liveness>
  /** An instance of unknown liveness has ended when it gave no sign of life for this long. */
  staleMs: number
}

export interface AddDecision extends Asked {
  type: 'decision.add'
  category: (typeof categories)[number]
  title: string
  description: string
  scope: (typeof scopes)[number]
  status: (typeof decisionStatuses)[number]
  problem?: string
  rationale?: string
  alternatives: string[]
  files: string[]
  dependencies?: string[]
  supersedes?: string
  requestId: string
  /** It comes from an earlier system. Its id stays its id where no other decision has it. */
  original?: OriginalDecision
}

/** Keeps something of an earlier system for which there is no counterpart here. Who brings it in need not be registered. */
export interface ImportItem extends Asked {
  type: 'item.import'
  kind: (typeof importedKinds)[number]
  source: string
  id?: string
  originalAt?: string
  text: string
  requestId: string
}

export interface SetDecisionStatus extends Asked {
  type: 'decision.status'
  id: string
  status: (typeof decisionStatuses)[number]
  reason?: string
}

export type Command =
  | RegisterInstance
  | Heartbeat
  | UpdateInstance
  | EndInstance
  | StartTurn
  | EndTurn
  | AcquireLock
  | DeliverNotice
  | ReleaseLock
  | EditFiles
  | ReadFiles
  | ReportBypass
  | AcknowledgeBypass
  | EndCalls
  | Cleanup
  | AddDecision
  | ImportItem
  | SetDecisionStatus

export type CommandType = Command['type']
export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>

/** The acting instance is not (or no longer) registered: register it, then ask again. */
export type UnknownInstance = { kind: 'unknown-instance'; instance: string }

/** One path that could not be had, and everything a person or an agent wants to know about it. */
export interface Refusal {
  path: string
  worktree: string
  holder: string
  holderRole: string
  holderTask: string
  holderHost: string
  holderLiveness: Liveness
  holderLastSeenAt: string
  token: number
  since: string
  expiresAt: string
  reason: string
  /** Nobody holds it, but this one is first in line: `token` is the event that put it there, `expiresAt` when its place lapses. */
  isInLine?: true
  /** Who asks ranks above the holder. */
  priority?: Prospect
  /** The holder ranks above who asks, and took the file from it. */
  preempted?: true
}

/** What a higher rank may expect. */
export interface Prospect {
  mode: Priority['mode']
  /** When the holder was told; absent: it has not been reached yet. */
  toldAt?: string
  /** From when on the file may be taken; absent: not by rank, as things stand. */
  takeableAt?: string
  /** The holder has a tool call in flight on it, or took it by hand: it is not taken meanwhile. */
  isBusy: boolean
}

/** What a holder is told about who asked for its file. */
export interface ToldClaim {
  path: string
  by: string
  role: string
  task: string
  takeableAt?: string
}

/** Something worth knowing although the lease was granted. */
export type Notice =
  /** Another instance was the last to write the file, after this one registered. */
  | { kind: 'changed'; path: string; edit: FileEdit; role: string; task: string; otherWorktree: boolean }
  /** Somebody holds the path in another worktree: a merge will have to bring both together. */
  | { kind: 'other-worktree'; refusal: Refusal }

/** An edit of which the asker did not know, and who made it. */
export type UnseenEdit = OthersEdit & { role: string; task: string }

export interface Granted {
  kind: 'granted'
  /** Every path asked for, with the lease that stands now. */
  leases: { path: string; token: number; expiresAt: string }[]
  takenFrom: (LeaseRef & { cause: TakeoverCause; role: string; task: string })[]
  notices: Notice[]
}

export interface Replies {
  'instance.register': { kind: 'registered'; instance: string; resumed: boolean }
  'instance.heartbeat': { kind: 'done' } | UnknownInstance
  'instance.update': { kind: 'done' } | UnknownInstance
  'instance.end': { kind: 'ended'; ended: string[]; released: LeaseRef[] } | UnknownInstance
  'turn.start': { kind: 'released'; released: LeaseRef[] } | UnknownInstance
  'turn.end': { kind: 'released'; released: LeaseRef[] } | UnknownInstance
  'lock.acquire':
    | Granted
    /** enforced false: nothing was granted, but the policy lets the edit through with a warning. */
    | { kind: 'denied'; refusals: Refusal[]; enforced: boolean }
    /** Nothing was granted: the asker does not know what these files hold. Asked again, it is granted. */
    | { kind: 'stale'; edits: UnseenEdit[] }
    | UnknownInstance
  'notice.deliver': { kind: 'told'; claims: ToldClaim[] } | UnknownInstance
  'lock.release':
    | { kind: 'released'; released: LeaseRef[] }
    | { kind: 'not-holder'; refusals: Refusal[] }
    | { kind: 'stale-token'; path: string; token: number; current: number | undefined }
    | UnknownInstance
  'file.edit': { kind: 'released'; released: LeaseRef[] } | UnknownInstance
  'file.read': { kind: 'done' } | UnknownInstance
  'bypass.report': { kind: 'done' } | UnknownInstance
  'bypass.tell': { kind: 'done' } | UnknownInstance
  'calls.end': { kind: 'released'; released: LeaseRef[] } | UnknownInstance
  cleanup: {
    kind: 'cleaned'
    expired: LeaseRef[]
    ended: { instance: string; cause: 'dead' | 'stale' }[]
    released: LeaseRef[]
  }
  'decision.add': { kind: 'decided'; id: string } | { kind: 'unknown-decision'; id: string } | UnknownInstance
  'item.import': { kind: 'kept' }
  'decision.status': { kind: 'done'; decision: Decision } | { kind: 'unknown-decision'; id: string } | UnknownInstance
}

export interface Decided<T extends CommandType> {
  /** Absent: there is nothing new to record. */
  event?: DomainEvent
  reply: Replies[T]
}
