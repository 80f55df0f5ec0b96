import type { AcquireLock, Refusal } from '../commands.js'
import { livenessIn } from '../lookup.js'
import type { Claim, Lease, State } from '../state.js'

/** `by`: who was refused. */
export function refusal(state: State, lease: Lease, liveness: AcquireLock['liveness'], by = ''): Refusal {
  return {
    path: lease.path,
    worktree: lease.worktree,
    ...whoIs(state, lease.holder, liveness, lease.grantedAt),
    token: lease.token,
    since: lease.grantedAt,
    expiresAt: lease.expiresAt,
    reason: lease.reason,
    ...(lease.preempted?.includes(by) && { preempted: true }),
  }
}

/** Somebody who does not have the path yet, but comes first. */
export function refusalInLine(state: State, path: string, claim: Claim, liveness: AcquireLock['liveness']): Refusal {
  return {
    path,
    worktree: claim.worktree,
    ...whoIs(state, claim.by, liveness, claim.at),
    token: claim.sequence,
    since: claim.at,
    expiresAt: claim.until,
    reason: 'first in line by rank',
    isInLine: true,
  }
}

function whoIs(state: State, id: string, liveness: AcquireLock['liveness'], seenAt: string) {
  const holder = state.instances[id]
  return {
    holder: id,
    holderRole: holder?.role ?? '',
    holderTask: holder?.task ?? '',
    holderHost: holder?.host ?? '',
    holderLiveness: livenessIn(liveness, id),
    holderLastSeenAt: holder?.lastSeenAt ?? seenAt,
  }
}

export function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}
