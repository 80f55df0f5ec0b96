import { instanceFileId } from './fileNames.js'
import { isExpired, isLive } from './lookup.js'
import type { Decision, Instance, Lease, State } from './state.js'
import { instanceStatus, type Present } from './views.js'

/**
 * What scripts written for the predecessor of coordlog read: its documents, with its field names. Views like the others:
 * pure functions of (state, now). What it had and coordlog does not know is null; keys that it did not have are few and named in
 * docs/guide.md.
 */

const schemaVersion = '1.0.0'

export interface CompatInstance {
  instance_id: string
  worktree_path: string
  pid: number | null
  current_task: { description: string; agent_role: string; started_at: string }
  files_locked: string[]
  heartbeat: { last_ping: string; heartbeat_file: string }
  status: string
  metadata: { os: string | null; branch: string | null; user: string | null }
}

/** Those that have not ended, in order of registration. */
export function compatInstances(state: State, present: Present): CompatInstance[] {
  return liveInstances(state).map((instance) => compatInstance(state, instance, present))
}

function liveInstances(state: State): Instance[] {
  return Object.values(state.instances)
    .filter(isLive)
    .sort((a, b) => a.registeredSequence - b.registeredSequence)
}

export function compatInstance(state: State, instance: Instance, present: Present): CompatInstance {
  const { id, worktree, role, task, registeredAt, lastSeenAt, os, branch, user } = instance
  const held = Object.keys(instance.holds).filter((path) =>
    (state.leases[path] ?? []).some((lease) => lease.holder === id && !isExpired(lease, present.at)),
  )
  return {
    instance_id: id,
    worktree_path: worktree,
    pid: instance.process?.pid ?? null,
    current_task: { description: task, agent_role: role, started_at: registeredAt },
    files_locked: held.sort(),
    heartbeat: { last_ping: lastSeenAt, heartbeat_file: `.claude/coordination/heartbeats/${instanceFileId(id)}.json` },
    status: instanceStatus(instance, present),
    metadata: { os: os ?? null, branch: branch ?? null, user: user ?? null },
  }
}

export function compatRegistry(state: State, present: Present): object {
  return {
    schema_version: schemaVersion,
    registry_updated_at: present.at,
    sequence: state.sequence,
    instances: compatInstances(state, present),
  }
}

export function compatDecision(decision: Decision): object {
  const { id, at, by, role, category, title, description, scope, status, supersededBy, original } = decision
  const { problem, rationale, alternatives, files, dependencies = [] } = decision
  const author = original?.role ?? role
  const hasContext = problem !== undefined || rationale !== undefined || alternatives.length > 0
  return {
    decision_id: id,
    timestamp: original?.at ?? at,
    made_by: { instance_id: original?.by ?? by, ...(author !== '' && { agent_role: author }) },
    category,
    title,
    description,
    ...(hasContext && {
      context: { problem: problem ?? '', alternatives_considered: alternatives, rationale: rationale ?? '' },
    }),
    impact: {
      scope,
      ...(files.length > 0 && { files_affected: files }),
      ...(dependencies.length > 0 && { dependencies }),
    },
    status,
    ...(supersededBy !== undefined && { superseded_by: supersededBy }),
  }
}

/** Oldest first. `decisionsMax`: only the newest so many; the log keeps them all. */
export function compatDecisionLog({ decisions }: State, decisionsMax: number | undefined): object {
  const shown = decisionsMax === undefined ? decisions : decisions.slice(-decisionsMax)
  const [first] = decisions
  return {
    schema_version: schemaVersion,
    log_created_at: first?.original?.at ?? first?.at ?? null,
    decisions: shown.map(compatDecision),
  }
}

/** `token` is ours: it tells this lease from an earlier and a later one of the same file. */
export function compatLock(state: State, lease: Lease): object {
  const holder = state.instances[lease.holder]
  return {
    schema_version: schemaVersion,
    file_path: lease.path,
    lock_type: 'exclusive',
    locked_by: {
      instance_id: lease.holder,
      pid: holder?.process?.pid ?? null,
      ...(holder !== undefined && holder.role !== '' && { agent_role: holder.role }),
    },
    locked_at: lease.grantedAt,
    expires_at: lease.expiresAt,
    file_hash: lease.content ?? null,
    intent: lease.reason,
    token: lease.token,
  }
}

export function compatHeartbeat(instance: Instance): object {
  return {
    instance_id: instance.id,
    pid: instance.process?.pid ?? null,
    last_ping: instance.lastSeenAt,
    ping_count: instance.events,
    status: instance.events <= 1 ? 'starting' : 'active',
  }
}

/** Live instances by the name of their file. */
export function heartbeatFiles(state: State): Map<string, Instance> {
  return new Map(liveInstances(state).map((instance) => [instanceFileId(instance.id), instance]))
}
