import type { AcquireLock, Decided, Granted, Notice } from '../commands.js'
import type { EventData, LeaseRef } from '../events.js'
import {
  acting,
  covers,
  isAncestor,
  isExpired,
  type Live,
  latest,
  livenessIn,
  refTo,
  unknownInstance,
  unseenEdit,
} from '../lookup.js'
import { aheadOf, claimOf, mayClaim, mayPreempt, policyFor, prospectOf, type RankedRequest } from '../priority.js'
import type { Claim, FileEdit, Lease, State } from '../state.js'
import type { TakeoverCause } from '../vocabulary.js'
import { refuseStale, staleFor } from './reads.js'
import { later, refusal, refusalInLine } from './refusal.js'

type Takeover = LeaseRef & { cause: TakeoverCause }

export function acquire(state: State, asked: AcquireLock): Decided<'lock.acquire'> {
  const paths = [...new Set(asked.paths)]
  const command = { ...asked, paths, policy: policyFor(asked.policy, paths) }
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const blocking: Lease[] = []
  const takenFrom: Takeover[] = []
  const elsewhere: Lease[] = []
  for (const lease of command.paths.flatMap((path) => state.leases[path] ?? [])) {
    if (lease.holder === command.by) continue
    const cause = takeoverCause(state, lease, command)
    if (!covers(lease, command)) {
      if (cause === undefined && command.policy.worktrees === 'warn') elsewhere.push(lease)
    } else if (cause === undefined) blocking.push(lease)
    else takenFrom.push({ ...refTo(lease), cause })
  }
  const inLine = inLineBefore(state, command, blocking, takenFrom)
  if (blocking.length + inLine.length > 0) return deny(state, command, instance, blocking, inLine)
  const stale = staleFor(state, command, instance)
  if (stale.length > 0) return refuseStale(state, command, instance, stale)
  return grant(state, command, instance, takenFrom, elsewhere)
}

/** Why the asker may take a lease that another one holds; undefined if it may not. */
export function takeoverCause(state: State, lease: Lease, command: RankedRequest): TakeoverCause | undefined {
  if (isExpired(lease, command.at)) return 'expired'
  if (livenessIn(command.liveness, lease.holder) === 'dead') return 'dead'
  if (isAncestor(state, lease.holder, command.by)) return 'parent'
  return mayPreempt(state, command, lease) ? 'priority' : undefined
}

interface InLine {
  path: string
  claim: Claim
}

/** Paths that are free, or could be taken over, but for somebody of higher rank. What one has, or one's parent has, one keeps. */
function inLineBefore(state: State, command: AcquireLock, blocking: Lease[], takenFrom: Takeover[]): InLine[] {
  if (command.policy.priority === undefined) return []
  return command.paths.flatMap((path) => {
    const isOwn = state.leases[path]?.some((lease) => lease.holder === command.by && covers(lease, command))
    const isParents = takenFrom.some((taken) => taken.path === path && taken.cause === 'parent')
    if (isOwn || isParents || blocking.some((lease) => lease.path === path)) return []
    const claim = aheadOf(state, command, path)
    return claim === undefined ? [] : [{ path, claim }]
  })
}

function deny(
  state: State,
  command: AcquireLock,
  instance: Live,
  blocking: Lease[],
  inLine: InLine[],
): Decided<'lock.acquire'> {
  const { policy, liveness, at } = command
  const enforced = policy.enforce === 'deny'
  const refusals = [
    ...blocking.map((lease) => {
      const priority = prospectOf(state, command, lease)
      return { ...refusal(state, lease, liveness, command.by), ...(priority !== undefined && { priority }) }
    }),
    ...inLine.map(({ path, claim }) => refusalInLine(state, path, claim, liveness)),
  ]
  const reply = { kind: 'denied', refusals, enforced } as const
  const refused = new Set(refusals.map(({ path }) => path))
  const claimed = claims(state, command, [...refused], blocking)
  const isInLine = claimed.every(({ since }) => since !== undefined)
  if (instance.lastRefusal?.requestId === command.requestId && isInLine) return { reply }
  const data: EventData<'lock.denied'> = {
    paths: command.paths,
    worktree: command.worktree,
    reason: command.reason,
    heldBy: blocking.map((lease) => ({ ...refTo(lease), expiresAt: lease.expiresAt })),
    ...(inLine.length > 0 && { inLine: inLine.map(lineRef) }),
    ...(claimed.length > 0 && { claimed, claimedUntil: later(at, policy.ttlMs) }),
    enforced,
    policy,
    requestId: command.requestId,
    ...(command.call !== undefined && { call: command.call }),
    ...(command.turn !== undefined && { turn: command.turn }),
    liveness,
  }
  return { event: { type: 'lock.denied', ts: at, by: command.by, data, durable: command.manual }, reply }
}

/** The refused paths for which the asker is in line from now on, or still. */
function claims(state: State, command: AcquireLock, refused: string[], blocking: Lease[]) {
  return refused.flatMap((path) => {
    const inTheWay = blocking.filter((lease) => lease.path === path)
    if (!mayClaim(state, command, path, inTheWay)) return []
    const since = claimOf(state, command, path)?.sequence
    return [{ path, ...(since !== undefined && { since }) }]
  })
}

function lineRef({ path, claim: { by, sequence, until } }: InLine) {
  return { path, by, sequence, until }
}

function grant(
  state: State,
  command: AcquireLock,
  instance: Live,
  takenFrom: Takeover[],
  elsewhere: Lease[],
): Decided<'lock.acquire'> {
  const own = new Map<string, Lease>()
  for (const path of command.paths) {
    const lease = (state.leases[path] ?? []).find((l) => l.holder === command.by && covers(l, command))
    if (lease !== undefined) own.set(path, lease)
  }
  const granted = command.paths.filter((path) => !own.has(path))
  const renewed = [...own.values()]
    .filter((lease) => needsRenewal(lease, command) || takenFrom.some(({ path }) => path === lease.path))
    .map((lease) => lease.path)
  const expiresAt = later(command.at, command.policy.ttlMs)
  const reply: Granted = {
    kind: 'granted',
    leases: command.paths.map((path) => {
      const lease = own.get(path)
      if (lease === undefined) return { path, token: state.sequence + 1, expiresAt }
      return {
        path,
        token: lease.token,
        expiresAt: renewed.includes(path) ? latest(lease.expiresAt, expiresAt) : lease.expiresAt,
      }
    }),
    takenFrom: takenFrom.map((taken) => {
      const holder = state.instances[taken.holder]
      return { ...taken, role: holder?.role ?? '', task: holder?.task ?? '' }
    }),
    notices: [
      ...changes(state, command, instance),
      ...elsewhere.map(
        (lease) => ({ kind: 'other-worktree', refusal: refusal(state, lease, command.liveness, command.by) }) as const,
      ),
    ],
  }
  if (granted.length === 0 && renewed.length === 0) return { reply }
  return { event: grantEvent(command, granted, renewed, expiresAt, takenFrom), reply }
}

function grantEvent(
  command: AcquireLock,
  granted: string[],
  renewed: string[],
  expiresAt: string,
  takenFrom: Takeover[],
): NonNullable<Decided<'lock.acquire'>['event']> {
  const { worktree, reason, policy, requestId, call, turn, contents, liveness } = command
  const request = {
    worktree,
    reason,
    expiresAt,
    policy: policyFor(policy, [...granted, ...renewed]),
    requestId,
    ...(call !== undefined && { call }),
    ...(turn !== undefined && { turn }),
    ...(contents !== undefined && { contents }),
    ...(Object.keys(liveness).length > 0 && { liveness }),
  }
  const frame = { ts: command.at, by: command.by, durable: command.manual }
  if (granted.length + takenFrom.length === 0)
    return { ...frame, type: 'lock.renewed', data: { paths: renewed, ...request } }
  const data: EventData<'lock.acquired'> = {
    paths: granted,
    ...(renewed.length > 0 && { renewed }),
    ...request,
    ...(takenFrom.length > 0 && { takenFrom }),
  }
  return { ...frame, type: 'lock.acquired', data }
}

/**
 * An unexpired lease of one's own needs an event only when that changes something: half its time is over, the file holds
 * something else than when it was granted by hand, it is now held by hand, or this call must be known so that another call's end does not take the lease from under it.
 */
function needsRenewal(lease: Lease, command: AcquireLock): boolean {
  const isThisCall = ({ id, turn }: Lease['calls'][number]) => id === command.call && turn === command.turn
  if (command.contents?.some(({ path, content }) => path === lease.path && content !== lease.content)) return true
  if (lease.expiresAt < later(command.at, command.policy.ttlMs / 2)) return true
  // What the file holds is watched meanwhile: that this call may change it must be known.
  if (command.contents !== undefined && command.call !== undefined) return !lease.calls.some(isThisCall)
  if (command.call === undefined) return !lease.established || lease.hold === 'operation'
  if (lease.calls.some(isThisCall)) return false
  return !lease.established || lease.hold === 'operation'
}

function changes(state: State, command: AcquireLock, instance: Live): Notice[] {
  const notices: Notice[] = []
  for (const path of command.paths) {
    const edit = changeOf(state, command, instance, path)
    if (edit === undefined) continue
    const editor = state.instances[edit.by]
    const otherWorktree = edit.worktree !== command.worktree
    notices.push({ kind: 'changed', path, edit, role: editor?.role ?? '', task: editor?.task ?? '', otherWorktree })
  }
  return notices
}

/** In another worktree it is told until the asker itself writes the file: reading here does not show it. */
function changeOf(state: State, command: AcquireLock, instance: Live, path: string): FileEdit | undefined {
  const edit = state.files[path]
  if (edit === undefined || edit.by === command.by || edit.sequence <= instance.registeredSequence) return undefined
  if (edit.worktree !== command.worktree) return edit
  return command.policy.reads === 'off' ? undefined : unseenEdit(state, instance, path, command.worktree)
}
