import { join, sep } from 'node:path'
import { isAncestor } from '@coordlog/coordination/lookup'
import { resourceKey, resourceOf } from '@coordlog/coordination/resources'
import type { Lease, State } from '@coordlog/coordination/state'
import { gitFolderOf, workIn } from '@coordlog/runtime/gitFolder'
import { leaseKey } from '@coordlog/runtime/leasePath'
import { findRepository, type Place, realOrSame } from '@coordlog/runtime/place'
import type { ResourceUse, Target, Writes } from './writes.js'

/** What the writes of a command come to in leases. */
export interface Claim {
  /** Files that it writes for certain, and resources that it uses: lease key → worktree. */
  keys: Map<string, string>
  /** Leases of others in which it would interfere for certain, without a name of its own for the file: rm -r, git reset --hard. */
  reached: Lease[]
  /** Leases of others in which it may interfere. */
  maybe: Lease[]
}

/** More files at once are guarded like a folder: what others hold of them is refused, but the rest is not leased. */
const filesMax = 100

/** Who asks, and when. */
export interface Asker {
  place: Place
  cwd: string
  by: string
  at: string
}

export function claimOf(asker: Asker, { targets, resources }: Writes, state: State): Claim {
  const others = Object.values(state.leases)
    .flat()
    .filter(({ holder, path, ...lease }) => holder !== asker.by && lease.expiresAt > asker.at && !resourceOf(path))
  const keys = keysOf(asker, targets.filter(isOneFile))
  const elsewhere = targets.filter((target) => !isOneFile(target))
  const reached = new Set(
    leasesIn(
      elsewhere.filter(({ sure }) => sure),
      others,
      state,
      asker.by,
    ),
  )
  const maybe = leasesIn(
    elsewhere.filter(({ sure }) => !sure),
    others,
    state,
    asker.by,
  )
  if (keys.size > filesMax) {
    for (const lease of others) if (keys.has(lease.path)) reached.add(lease)
    keys.clear()
  }
  for (const use of resources) {
    const key = keyOf(asker.place, use)
    if (key !== undefined) keys.set(key, use.top)
  }
  return {
    keys,
    reached: [...reached].filter(({ path }) => !keys.has(path)),
    maybe: maybe.filter((lease) => !reached.has(lease) && !keys.has(lease.path)),
  }
}

/** It is written for certain, and leased like a file that is edited. */
function isOneFile({ reach, act, only, sure }: Target): boolean {
  return sure && reach === 'file' && act === 'write' && only === undefined
}

function keysOf({ place, cwd }: Asker, targets: readonly Target[]): Map<string, string> {
  const keys = new Map<string, string>()
  for (const target of targets) {
    const key = leaseKey(place, cwd, target.path)
    if (key.kind === 'key') keys.set(key.path, key.worktree)
  }
  return keys
}

/** The resource of a worktree of this repository. */
export function keyOf(place: Place, { name, top }: ResourceUse): string | undefined {
  if (place.kind === 'folder') return name === '@deps' ? resourceKey(name, undefined) : undefined
  if (findRepository(realOrSame(top))?.commonDir !== place.commonDir) return undefined
  return resourceKey(name, gitFolderOf(top).linked)
}

function leasesIn(targets: readonly Target[], others: readonly Lease[], state: State, by: string): Lease[] {
  if (others.length === 0) return []
  return [...new Set(targets.flatMap((target) => leasesOfTarget(target, others, state, by)))]
}

function leasesOfTarget(target: Target, others: readonly Lease[], state: State, by: string): Lease[] {
  const path = realOrSame(target.path)
  const folder = path.endsWith(sep) ? path : `${path}${sep}`
  return others.filter((lease) => {
    const file = join(lease.worktree, lease.path)
    const isIn = file === path || (target.reach === 'below' && file.startsWith(folder))
    return isIn && concerns(target, lease, state, by)
  })
}

/**
 * What git puts away or takes into the index is the work in a file: there must be some that is not committed yet. And it is the work
 * of one team, when a subagent does that to its parent's.
 */
function concerns({ act, only }: Target, lease: Lease, state: State, by: string): boolean {
  if (act === 'write' && only === undefined) return true
  if (!lease.established || isAncestor(state, lease.holder, by)) return false
  const work = workIn(gitFolderOf(lease.worktree), lease.path, join(lease.worktree, lease.path))
  if (work === undefined) return true
  return work === 'changed' ? only !== 'untracked' : work === 'untracked' && only !== 'tracked'
}
