import { leaseFileId } from './fileNames.js'
import { isExpired, isLive, livenessIn } from './lookup.js'
import type { Bypass, Decision, Instance, Lease, State } from './state.js'
import type { Liveness } from './vocabulary.js'

/**
 * Rows for a reader: pure functions of (state, now, filter), shared by text, JSON and whatever comes later. Texts stand in
 * them as they were recorded; whoever prints them escapes them.
 */

/** What a view needs to know of the present. */
export interface Present {
  /** ISO 8601, UTC, milliseconds. */
  at: string
  /** Of the live instances; absent: unknown. */
  liveness: Record<string, Liveness>
  /** An instance of unknown liveness is called stale after this long without a sign of life. */
  staleMs: number
}

export type InstanceStatus = 'active' | 'idle' | 'stale' | 'crashed' | 'ended'

export interface InstanceRow {
  id: string
  role: string
  task: string
  status: InstanceStatus
  host: string
  worktree: string
  cwd: string
  parent?: string
  branch?: string
  pid?: number
  liveness: Liveness
  registeredAt: string
  lastSeenAt: string
  endedAt?: string
  endReason?: string
  /** Paths, in alphabetical order; expired leases are not among them. */
  filesLocked: string[]
}

export interface LeaseRow {
  /** The name of its file among the compatibility files. */
  id: string
  path: string
  holder: string
  holderRole: string
  holderTask: string
  holderStatus: InstanceStatus
  token: number
  since: string
  expiresAt: string
  /** It may be taken by whoever asks next. */
  expired: boolean
  reason: string
  hold: Lease['hold']
  worktree: string
}

export type BypassRow = Omit<Bypass, 'content'>

export interface StatusView {
  instances: InstanceRow[]
  locks: LeaseRow[]
  /** Files of locks that stand, which somebody else than the holder changed. */
  bypasses: BypassRow[]
  /** How many were recorded, whatever became of them. */
  decisions: number
  /** The position in the log of which all this is true. */
  sequence: number
}

export function statusView(state: State, present: Present): StatusView {
  return {
    instances: instanceRows(state, present),
    locks: leaseRows(state, present),
    bypasses: bypassRows(state),
    decisions: state.decisions.length,
    sequence: state.sequence,
  }
}

/** In log order. */
function bypassRows({ bypasses, leases }: State): BypassRow[] {
  return bypasses
    .filter(({ path, holder, token }) => leases[path]?.some((each) => each.holder === holder && each.token === token))
    .map(({ content: _content, ...row }) => row)
}

/** In order of registration. Those that ended only when asked for. */
export function instanceRows(state: State, present: Present, filter: { ended?: boolean } = {}): InstanceRow[] {
  return Object.values(state.instances)
    .filter((instance) => filter.ended || isLive(instance))
    .sort((a, b) => a.registeredSequence - b.registeredSequence)
    .map((instance) => instanceRow(state, instance, present))
}

export function instanceRow(state: State, instance: Instance, present: Present): InstanceRow {
  const held = Object.keys(instance.holds).filter((path) =>
    (state.leases[path] ?? []).some((lease) => lease.holder === instance.id && !isExpired(lease, present.at)),
  )
  const { id, role, task, host, worktree, cwd, parent, branch, registeredAt, lastSeenAt, endedAt, endReason } = instance
  return {
    id,
    role,
    task,
    status: instanceStatus(instance, present),
    host,
    worktree,
    cwd,
    ...(parent !== undefined && { parent }),
    ...(branch !== undefined && { branch }),
    ...(instance.process !== undefined && { pid: instance.process.pid }),
    liveness: livenessIn(present.liveness, id),
    registeredAt,
    lastSeenAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(endReason !== undefined && { endReason }),
    filesLocked: held.sort(),
  }
}

export function instanceStatus(instance: Instance, present: Present): InstanceStatus {
  if (!isLive(instance)) return 'ended'
  const liveness = livenessIn(present.liveness, instance.id)
  if (liveness === 'dead') return 'crashed'
  const silentMs = Date.parse(present.at) - Date.parse(instance.lastSeenAt)
  if (liveness === 'unknown' && silentMs >= present.staleMs) return 'stale'
  return instance.phase === 'working' ? 'active' : 'idle'
}

/** In alphabetical order of path; `path` asks for one. */
export function leaseRows(state: State, present: Present, filter: { path?: string } = {}): LeaseRow[] {
  const paths = filter.path === undefined ? Object.keys(state.leases).sort() : [filter.path]
  return paths
    .flatMap((path) => state.leases[path] ?? [])
    .map((lease) => {
      const holder = state.instances[lease.holder]
      return {
        id: leaseFileId(lease),
        path: lease.path,
        holder: lease.holder,
        holderRole: holder?.role ?? '',
        holderTask: holder?.task ?? '',
        holderStatus: holder === undefined ? 'ended' : instanceStatus(holder, present),
        token: lease.token,
        since: lease.grantedAt,
        expiresAt: lease.expiresAt,
        expired: isExpired(lease, present.at),
        reason: lease.reason,
        hold: lease.hold,
        worktree: lease.worktree,
      }
    })
}

export interface DecisionFilter {
  category?: string
  status?: string
  scope?: string
  /** In title, description, rationale or files; case does not matter. */
  search?: string
  /** The newest so many. */
  limit?: number
}

/** In log order. */
export function decisionRows(state: State, filter: DecisionFilter = {}): Decision[] {
  const needle = filter.search?.toLowerCase()
  const found = state.decisions.filter(
    (decision) =>
      (filter.category === undefined || decision.category === filter.category) &&
      (filter.status === undefined || decision.status === filter.status) &&
      (filter.scope === undefined || decision.scope === filter.scope) &&
      (needle === undefined || searchable(decision).includes(needle)),
  )
  return filter.limit === undefined ? found : found.slice(Math.max(0, found.length - filter.limit))
}

function searchable(decision: Decision): string {
  const { id, title, description, rationale = '', problem = '', alternatives, files } = decision
  return [id, title, description, rationale, problem, ...alternatives, ...files].join('\n').toLowerCase()
}
