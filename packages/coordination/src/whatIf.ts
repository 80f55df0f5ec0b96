import type { Command, CommandType, ReleaseLock, Replies } from './commands.js'
import { decide } from './decide.js'
import type { LeaseRef, RecordedEvent } from './events.js'
import { evolve } from './evolve.js'
import { covers } from './lookup.js'
import { isKnown, isOf } from './recorded.js'
import { commandOf } from './recordedCommand.js'
import type { State } from './state.js'
import type { Policy } from './vocabulary.js'

/**
 * History decided again under another policy: the recorded commands, one by one, on a state of their own. With the policy that
 * was recorded the same events come out (test/whatIf). What nobody recorded cannot be asked again: a request that changed nothing,
 * and whatever an agent would have done had it not been refused.
 */

/** What is to be other than recorded. */
export interface Change extends Partial<Policy> {
  /** After how long a cleanup takes an instance of unknown liveness for gone. */
  staleMs?: number
}

export interface Trial {
  readonly change: Change
  state: State
  /** A token as it was recorded, and the one that stands for it here. */
  readonly tokens: Map<string, number>
}

/** nothing: it could not have been asked, because the instance is not known there. */
export type Outcome = 'granted' | 'refused' | 'warned' | 'nothing'

export interface Step {
  /** What would have been recorded instead; absent: nothing. */
  event: RecordedEvent | undefined
  /** For requests of a lock: what came of it, and what would have. */
  was: Outcome | undefined
  wouldBe: Outcome | undefined
  /** Files whose edit would have been refused before. */
  prevented: string[]
}

/** `before` is the state before the first event that is decided again; the trial owns it. */
export function createTrial(change: Change, before: State): Trial {
  const tokens = new Map<string, number>()
  for (const lease of Object.values(before.leases).flat()) tokens.set(tokenKey(lease), lease.token)
  return { change, state: before, tokens }
}

function tokenKey({ path, holder, token }: LeaseRef): string {
  return `${token}\0${holder}\0${path}`
}

export function decideAgain(trial: Trial, record: RecordedEvent): Step {
  if (!isKnown(record)) return taken(trial, record, record)
  const { command, prevented } = asked(trial, record, commandOf(record))
  const was = outcomeOf(record)
  if (command === undefined) return { event: undefined, was, wouldBe: was && 'nothing', prevented }
  const { event, reply } = decide<CommandType>(trial.state, command)
  if (event === undefined) return { event: undefined, was, wouldBe: was && answered(reply), prevented }
  const { durable: _durable, ...fact } = event
  return { ...taken(trial, record, { ...fact, seq: 0 }), prevented }
}

/** Nothing new to record: it holds the lock already, or was told so before. */
function answered(reply: Replies[CommandType]): Outcome {
  if (reply.kind === 'denied') return reply.enforced ? 'refused' : 'warned'
  if (reply.kind === 'stale') return 'refused'
  return reply.kind === 'granted' ? 'granted' : 'nothing'
}

/** The event into the trial's own history, under its own number. */
function taken(trial: Trial, record: RecordedEvent, fact: RecordedEvent): Step {
  const event = { ...fact, seq: trial.state.sequence + 1 }
  if (isOf(record, 'lock.acquired')) {
    const ref = { holder: record.by, token: record.seq }
    for (const path of record.data.paths) trial.tokens.set(tokenKey({ ...ref, path }), event.seq)
  }
  trial.state = evolve(trial.state, event)
  return { event, was: outcomeOf(record), wouldBe: outcomeOf(event), prevented: [] }
}

function outcomeOf(record: RecordedEvent): Outcome | undefined {
  if (isOf(record, 'lock.denied')) return record.data.enforced ? 'refused' : 'warned'
  if (isOf(record, 'edit.refused')) return 'refused'
  return isOf(record, 'lock.acquired', 'lock.renewed') ? 'granted' : undefined
}

/** The command as it would have been asked; undefined: it would not have been. */
function asked(
  trial: Trial,
  record: RecordedEvent,
  command: Command,
): { command: Command | undefined; prevented: string[] } {
  const { staleMs, ...policy } = trial.change
  switch (command.type) {
    case 'lock.acquire':
      return { command: { ...command, policy: { ...command.policy, ...policy } }, prevented: [] }
    case 'lock.release':
      return { command: releaseAsked(trial, record, command), prevented: [] }
    case 'file.edit': {
      const prevented = preventedIn(trial, record)
      const paths = command.paths.filter((path) => !prevented.includes(path))
      const edit = { ...command, paths, policy: { ...command.policy, ...policy } }
      return { command: paths.length === 0 ? undefined : edit, prevented }
    }
    case 'cleanup':
      return { command: { ...command, staleMs: staleMs ?? command.staleMs }, prevented: [] }
    default:
      return { command, prevented: [] }
  }
}

/** By the token that the lease has here; a lease that was never granted here cannot be released. */
function releaseAsked(trial: Trial, record: RecordedEvent, command: ReleaseLock): ReleaseLock | undefined {
  if (!isOf(record, 'lock.released') || command.token === undefined) return command
  const found = record.data.released.flatMap((lease) => {
    const token = trial.tokens.get(tokenKey(lease))
    const isHeld = trial.state.leases[lease.path]?.some((each) => each.token === token && each.holder === lease.holder)
    return token !== undefined && isHeld ? [{ path: lease.path, token }] : []
  })
  const [first] = found
  if (first === undefined) return undefined
  const paths = [...new Set(found.filter(({ token }) => token === first.token).map(({ path }) => path))]
  return { ...command, paths, token: first.token }
}

/** Files that were edited under a lease which somebody else has here: the guard would have stopped it. */
function preventedIn({ state, change }: Trial, record: RecordedEvent): string[] {
  if (!isOf(record, 'file.edited')) return []
  const { paths, unleased = [], policy, worktree } = record.data
  if ((change.enforce ?? policy.enforce) !== 'deny') return []
  const place = { worktree, policy: { ...policy, worktrees: change.worktrees ?? policy.worktrees } }
  return paths.filter((path) => {
    const counting = (state.leases[path] ?? []).filter((lease) => covers(lease, place))
    const isOthers = counting.some((lease) => lease.holder !== record.by && lease.expiresAt > record.ts)
    return isOthers && !unleased.includes(path) && !counting.some((lease) => lease.holder === record.by)
  })
}
