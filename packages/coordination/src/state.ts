import type { OriginalDecision, OthersEdit } from './events.js'
import type { categories, decisionStatuses, Policy, ProcessIdentity, scopes } from './vocabulary.js'

/** Folded state. Plain JSON; every dictionary has no prototype, so that a path named "__proto__" is only a path. */
export interface State {
  /** The last sequence folded. The next event's sequence, and so a new lease's fencing token, is one more. */
  sequence: number
  /** Live ones, and the last `endedInstancesMax` that ended. */
  instances: Dictionary<Instance>
  /** Session text → instance id, for the same instances. */
  sessions: Dictionary<string>
  /** Ids of ended instances, oldest first. */
  ended: string[]
  /** Path → its leases. More than one only where worktrees do not share leases. */
  leases: Dictionary<Lease[]>
  /** Path → who is in line for it before others of lower rank. */
  claims: Dictionary<Claim[]>
  /** Path → the last edit that we know of. */
  files: Dictionary<FileEdit>
  filesCount: number
  /** In log order. */
  decisions: Decision[]
  /** UTC day "20260108" → the highest number in an id of that day. */
  decisionNumbers: Dictionary<number>
  /** Changes of files under a lease by somebody else than its holder, oldest first: the last `bypassesMax`. */
  bypasses: Bypass[]
  /** Request id → sequence of what was brought in from an earlier system and is neither decision nor instance of ours. */
  imported: Dictionary<number>
  /** Event types that this version does not know → how many were seen. */
  unknownTypes: Dictionary<number>
}

export interface Dictionary<T> {
  [key: string]: T
}

export interface Instance {
  id: string
  session: string
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
  registeredAt: string
  registeredSequence: number
  /** Time of the last event by it or by one below it: any event is a sign of life. */
  lastSeenAt: string
  /** How many events it wrote, its registration among them. */
  events: number
  /** Of the last event by it. */
  lastSeenSequence: number
  phase: 'working' | 'idle' | 'ended'
  turn?: string
  endedAt?: string
  endReason?: string
  /** Paths it holds a lease on. */
  holds: Dictionary<true>
  /** The tool call of its last edit: told twice, it is recorded once. */
  lastEditCall?: string
  /** The request for its last heartbeat by hand: asked again elsewhere, it is recorded once. */
  lastHeartbeatRequest?: string
  lastRefusal?: { requestId: string; sequence: number; paths: string[] }
  /** Edits of others for which it was refused in this step: it knows of them when the step's calls are over. */
  unread?: UnreadRefusal[]
}

export interface UnreadRefusal {
  requestId: string
  /** The call that was refused; without one the request stands for it. */
  call?: string
  turn?: string
  at: string
  edits: OthersEdit[]
}

export interface Lease {
  path: string
  worktree: string
  holder: string
  /** Fencing token: the sequence of the event that granted it. */
  token: number
  grantedAt: string
  expiresAt: string
  /** The sequence that last moved expiresAt. */
  renewedSequence: number
  reason: string
  hold: Policy['hold']
  /** Tool calls in flight under it: id and the turn in which they began. */
  calls: { id: string; turn?: string }[]
  /** An edit came back, or it was taken by hand: it no longer ends with the failure of a call. */
  established: boolean
  /** Taken without a tool call: nothing tells whether what it was taken for still runs. */
  byHand?: true
  /** Those it was taken from because its holder ranks above them. */
  preempted?: string[]
  /** What the file held when the lease was granted or asked for again by hand, or after the holder's last edit: a hash, or "absent". */
  content?: string
  /** What the file system said of the file then. Not noted by hand: people edit without telling. */
  stamp?: string
}

/** A file under a lease was changed by somebody else. */
export interface Bypass {
  path: string
  worktree: string
  holder: string
  token: number
  /** Whose tool call had just run; absent: nobody knows. */
  suspect?: string
  tool?: string
  /** When it was noticed, by which event. */
  at: string
  sequence: number
  /** What the file held from then on. */
  content: string
  /** Whether the holder has heard of it. */
  told: boolean
}

/** A place in line: somebody was refused a file that it outranks the holder of. */
export interface Claim {
  path: string
  by: string
  worktree: string
  /** Of the first refusal, and of the one that last prolonged it. */
  at: string
  sequence: number
  renewedSequence: number
  until: string
  /** Holders that have been told, each for one lease of theirs. */
  told: { holder: string; token: number; at: string; sequence: number }[]
}

export interface FileEdit {
  by: string
  at: string
  sequence: number
  worktree: string
  /** Other instances that know of it: they read the file since, or were told. */
  seenBy?: string[]
}

export interface Decision {
  id: string
  sequence: number
  at: string
  by: string
  role: string
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
  supersededBy?: string
  requestId: string
  /** It came from an earlier system: what it was there. */
  original?: OriginalDecision
}

/** How many ended instances are remembered, for "who was that?" after the fact. The log remembers all. */
export const endedInstancesMax = 200
/** Of how many files the last edit is remembered. Beyond, the oldest half is forgotten. */
export const filesMax = 20_000

/** How many bypasses are remembered. The log remembers all. */
export const bypassesMax = 100

export function dictionary<T>(): Dictionary<T> {
  return Object.create(null)
}

export function initial(): State {
  return {
    sequence: 0,
    instances: dictionary(),
    sessions: dictionary(),
    ended: [],
    leases: dictionary(),
    claims: dictionary(),
    files: dictionary(),
    filesCount: 0,
    decisions: [],
    decisionNumbers: dictionary(),
    bypasses: [],
    imported: dictionary(),
    unknownTypes: dictionary(),
  }
}

const rootDictionaries = [
  'instances',
  'sessions',
  'leases',
  'claims',
  'files',
  'decisionNumbers',
  'imported',
  'unknownTypes',
] as const

/** The member of the state that grows with history, and that no lock needs. */
export const deferred = 'decisions'

/** Changes to decisions that nobody has looked at since they were in a snapshot. */
const waiting = new WeakMap<State, ((decisions: Decision[]) => void)[]>()

/** Makes the change now, or when somebody looks at the decisions: parsing those of years for it would hold up every hook. */
export function changeDecisions(state: State, change: (decisions: Decision[]) => void): void {
  const changes = waiting.get(state)
  if (changes === undefined) change(state.decisions)
  else changes.push(change)
}

function deferDecisions(state: State, later: () => Decision[]): void {
  const attributes = { enumerable: true, configurable: true }
  const changes: ((decisions: Decision[]) => void)[] = []
  waiting.set(state, changes)
  const get = () => {
    const decisions = later()
    waiting.delete(state)
    for (const change of changes) change(decisions)
    Object.defineProperty(state, deferred, { value: decisions, writable: true, ...attributes })
    return decisions
  }
  Object.defineProperty(state, deferred, { get, ...attributes })
}

/**
 * State from a snapshot's JSON, which this module wrote: the dictionaries lose their prototypes again. With `later` the decisions
 * are not in it, and are had from there when they are first looked at.
 */
export function revive(json: unknown, later?: () => Decision[]): State {
  const state = json as State
  if (later !== undefined) deferDecisions(state, later)
  for (const key of rootDictionaries) Object.setPrototypeOf(state[key], null)
  for (const id in state.instances) {
    const instance = state.instances[id]
    if (instance === undefined) continue
    Object.setPrototypeOf(instance.holds, null)
  }
  return state
}
