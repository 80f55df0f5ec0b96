import type { AcquireLock, Refusal } from '../commands.js'
import { livenessIn } from '../lookup.js'
import type { Lease, State } from '../state.js'

export function refusal(state: State, lease: Lease, liveness: AcquireLock['liveness']): Refusal {
  const holder = state.instances[lease.holder]
  return {
    path: lease.path,
    worktree: lease.worktree,
    holder: lease.holder,
    holderRole: holder?.role ?? '',
    holderTask: holder?.task ?? '',
    holderHost: holder?.host ?? '',
    holderLiveness: livenessIn(liveness, lease.holder),
    holderLastSeenAt: holder?.lastSeenAt ?? lease.grantedAt,
    token: lease.token,
    since: lease.grantedAt,
    expiresAt: lease.expiresAt,
    reason: lease.reason,
  }
}

export function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}
