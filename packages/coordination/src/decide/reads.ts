import type { AcquireLock, Decided, ReadFiles } from '../commands.js'
import type { OthersEdit } from '../events.js'
import { acting, type Live, unknownInstance, unseenEdit, unseenEdits } from '../lookup.js'
import type { State } from '../state.js'
import { later } from './refusal.js'

/** Who knows what a file holds. An edit on the grounds of what it held before is refused, once. */

/** Where a client does not say when a step's calls are over, they are after so long. */
const stepMsMax = 20_000

/**
 * For which edits of others this one is refused. What the model sends along in the same step rests on the same knowledge and is
 * refused too; its next step has read the refusal, and goes through.
 */
export function staleFor(state: State, command: AcquireLock, instance: Live): OthersEdit[] {
  const { enforce, reads } = command.policy
  if (enforce !== 'deny' || reads !== 'refuse') return []
  const before = refusedBefore(command, instance)
  if (before !== undefined) return before
  const told = (instance.unread ?? []).filter(({ at }) => later(at, stepMsMax) <= command.at)
  const isTold = ({ path, sequence }: OthersEdit) =>
    told.some(({ edits }) => edits.some((edit) => edit.path === path && edit.sequence === sequence))
  return unseenEdits(state, instance, command).filter((edit) => !isTold(edit))
}

/** The same request is answered as it was. */
function refusedBefore({ requestId }: AcquireLock, { unread }: Live): OthersEdit[] | undefined {
  return unread?.find((refusal) => refusal.requestId === requestId)?.edits
}

export function refuseStale(
  state: State,
  command: AcquireLock,
  instance: Live,
  stale: OthersEdit[],
): Decided<'lock.acquire'> {
  const edits = stale.map((edit) => {
    const editor = state.instances[edit.by]
    return { ...edit, role: editor?.role ?? '', task: editor?.task ?? '' }
  })
  const reply = { kind: 'stale', edits } as const
  if (refusedBefore(command, instance) !== undefined) return { reply }
  const { paths, worktree, reason, policy, requestId, call, turn, liveness } = command
  const data = {
    paths,
    worktree,
    reason,
    stale,
    policy,
    requestId,
    ...(call !== undefined && { call }),
    ...(turn !== undefined && { turn }),
    liveness,
  }
  return { event: { type: 'edit.refused', ts: command.at, by: command.by, data, durable: command.manual }, reply }
}

/** A read is worth an event only where the reader did not know: the log would fill with reading otherwise. */
export function readFiles(state: State, command: ReadFiles): Decided<'file.read'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const reply = { kind: 'done' } as const
  const seen = command.seen.filter(({ path, sequence }, position, all) => {
    const isFirst = all.findIndex((other) => other.path === path) === position
    return isFirst && unseenEdit(state, instance, path, command.worktree)?.sequence === sequence
  })
  if (seen.length === 0) return { reply }
  const data = { paths: seen.map(({ path }) => path), worktree: command.worktree, seen }
  return { event: { type: 'file.read', ts: command.at, by: command.by, data, durable: command.manual }, reply }
}
