import type { UnknownInstance } from './commands.js'
import type { LeaseRef, OthersEdit } from './events.js'
import { resourceOf } from './resources.js'
import type { FileEdit, Instance, Lease, State } from './state.js'
import type { Liveness, Policy } from './vocabulary.js'

/** Questions about a state that rules and views share. Pure, and as cheap as the answer is long. */

export type Live = Instance & { phase: 'working' | 'idle' }

export function isLive(instance: Instance | undefined): instance is Live {
  return instance !== undefined && instance.phase !== 'ended'
}

export function acting(state: State, id: string): Live | undefined {
  const instance = state.instances[id]
  return isLive(instance) ? instance : undefined
}

export function unknownInstance(instance: string): { reply: UnknownInstance } {
  return { reply: { kind: 'unknown-instance', instance } }
}

/** At its very instant of expiry a lease may be taken. The times are of one form, so their texts compare. */
export function isExpired(lease: Lease, at: string): boolean {
  return lease.expiresAt <= at
}

/** An edit or a renewal never makes a lease shorter than it was granted. */
export function latest(a: string, b: string): string {
  return a > b ? a : b
}

/**
 * Whether a lease, or a place in line for one, counts at a place at all: one of another worktree does only where worktrees share
 * leases. A resource says in its own name whose it is.
 */
export function covers(
  lease: { path: string; worktree: string },
  place: { worktree: string; policy: Policy },
): boolean {
  if (resourceOf(lease.path) !== undefined) return true
  return place.policy.worktrees === 'shared' || lease.worktree === place.worktree
}

/** Ids are anybody's choice: one that is called "constructor" must not be found where nobody was asked about it. */
export function livenessIn(seen: Record<string, Liveness>, id: string): Liveness {
  return Object.hasOwn(seen, id) ? (seen[id] ?? 'unknown') : 'unknown'
}

export function ownLeases(state: State, holder: string): Lease[] {
  const found: Lease[] = []
  for (const path in state.instances[holder]?.holds) {
    for (const lease of state.leases[path] ?? []) if (lease.holder === holder) found.push(lease)
  }
  return found
}

export function leasesOf(state: State, holder: string, wanted: (lease: Lease) => boolean = () => true): LeaseRef[] {
  return ownLeases(state, holder).filter(wanted).map(refTo)
}

export function refTo(lease: Lease): LeaseRef {
  return { path: lease.path, holder: lease.holder, token: lease.token }
}

/** The instance and every live one below it, also below one that ended. */
export function withDescendants(state: State, id: string): string[] {
  const found = [id]
  // One level a round; found grows while it is walked, and takes nobody twice, so this ends.
  for (const parent of found) {
    for (const instance of Object.values(state.instances)) {
      if (instance.parent === parent && !found.includes(instance.id)) found.push(instance.id)
    }
  }
  return found.filter((below) => isLive(state.instances[below]))
}

export function isAncestor(state: State, ancestor: string, of: string): boolean {
  const seen = new Set<string>()
  for (let id = state.instances[of]?.parent; id !== undefined && !seen.has(id); id = state.instances[id]?.parent) {
    if (id === ancestor) return true
    seen.add(id)
  }
  return false
}

/** One works for the other, or they are the same. */
export function isFamily(state: State, one: string, other: string): boolean {
  return one === other || isAncestor(state, one, other) || isAncestor(state, other, one)
}

/**
 * The last edit of a file, if another instance made it in this worktree since this one registered, and this one neither read the
 * file since nor was told.
 */
export function unseenEdit(
  state: State,
  { id, registeredSequence }: Instance,
  path: string,
  worktree: string,
): FileEdit | undefined {
  const edit = state.files[path]
  if (edit === undefined || edit.by === id || edit.worktree !== worktree) return undefined
  if (edit.sequence <= registeredSequence || edit.seenBy?.includes(id)) return undefined
  return edit
}

export function unseenEdits(
  state: State,
  instance: Instance,
  { paths, worktree }: { paths: readonly string[]; worktree: string },
): OthersEdit[] {
  return [...new Set(paths)].flatMap((path): OthersEdit[] => {
    const edit = unseenEdit(state, instance, path, worktree)
    return edit === undefined ? [] : [{ path, by: edit.by, at: edit.at, sequence: edit.sequence }]
  })
}

/** Holders of any of these paths and those in line for them, other than `by`: those whose liveness a decision may hang on. */
export function otherHolders(state: State, paths: readonly string[], by: string): Instance[] {
  const holders = new Map<string, Instance>()
  for (const path of paths) {
    for (const lease of state.leases[path] ?? []) {
      const holder = state.instances[lease.holder]
      if (holder !== undefined && holder.id !== by) holders.set(holder.id, holder)
    }
    for (const claim of state.claims[path] ?? []) {
      const inLine = acting(state, claim.by)
      if (inLine !== undefined && inLine.id !== by) holders.set(inLine.id, inLine)
    }
  }
  return [...holders.values()]
}
