import type { Prospect } from './commands.js'
import { takeoverCause } from './decide/acquire.js'
import type { RecordedEvent } from './events.js'
import { type Edit, type LeaseStory, type PathHistory, pathHistory } from './leaseStory.js'
import { covers, livenessIn, unseenEdit } from './lookup.js'
import { aheadOf, claimOf, prospectOf, tellingOf } from './priority.js'
import type { Instance, Lease } from './state.js'
import type { Liveness, Policy, TakeoverCause } from './vocabulary.js'

/**
 * Why an edit of a path is refused or not, as statements that each name the records on which they rest. Those records alone,
 * folded, give the same answer; without any one of them it is another (test/why).
 */

export interface WhyQuestion {
  path: string
  /** ISO 8601: now, or the moment that is asked about. */
  at: string
  /** Who wants to edit; absent: somebody who is not known here. */
  by?: string
  worktree: string
  policy: Policy
  /** What the system says of processes now; none at an earlier moment. */
  liveness: Record<string, Liveness>
}

/** refused; stale: refused once, for an edit that the asker has not seen; warned: told, and let through; takeable: a lease is in the way that gives way; yours; free. */
export type Verdict = 'refused' | 'stale' | 'warned' | 'takeable' | 'yours' | 'free'

/** How one lease stands to the asker. */
export type Standing = 'blocks' | 'yours' | 'elsewhere' | TakeoverCause

export type Statement = { rests: number[] } & (
  | {
      says: 'held'
      holder: string
      token: number
      worktree: string
      reason: string
      expiresAt: string
      standing: Standing
    }
  | { says: 'granted'; holder: string; at: string; takenFrom: { holder: string; cause: TakeoverCause }[] }
  | { says: 'renewed'; times: number; lastAt: string; lastBy: string; expiresAt: string }
  | { says: 'holder'; holder: string; role: string; task: string; taskAt: string; host: string }
  | { says: 'seen'; holder: string; at: string; type: string; liveness: Liveness }
  | { says: 'parent'; holder: string; child: string }
  /** The asker ranks above the holder: since when it is in line for that, and what it may expect. */
  | ({ says: 'outranks'; by: string; role: string; since?: string; until?: string } & Prospect)
  /** Somebody is in line before the asker. */
  | { says: 'line'; by: string; role: string; since: string; until: string }
  | { says: 'refused'; by: string; at: string; enforced: boolean; holderLiveness: Liveness }
  | { says: 'bypassed'; suspect?: string; tool?: string; at: string }
  | { says: 'frees'; holder: string; expiresAt: string; hold: Policy['hold'] }
  | {
      says: 'ended'
      holder: string
      at: string
      by: string
      how: NonNullable<LeaseStory['ended']>['how']
      reason: string
    }
  | { says: 'edited'; by: string; at: string }
  | { says: 'unseen'; by: string; at: string }
)

export interface Why {
  path: string
  verdict: Verdict
  statements: Statement[]
}

export function explain(records: Iterable<RecordedEvent>, question: WhyQuestion): Why {
  const history = pathHistory(records, question.path)
  return withTellings(history, explained(history, question))
}

/**
 * A change behind a lease is forgotten when its holder's own edit explains it, unless the holder had been told of it by then: where such
 * an edit is cited, that one stands rests on the telling too.
 */
function withTellings({ tellings }: PathHistory, why: Why): Why {
  const cited = new Set(citedIn(why))
  const statements = why.statements.map((statement): Statement => {
    const [sequence = 0] = statement.rests
    const telling = statement.says === 'bypassed' ? tellings.get(sequence) : undefined
    if (telling === undefined || !telling.edits.some((edit) => cited.has(edit))) return statement
    return { ...statement, rests: [sequence, telling.told] }
  })
  return { ...why, statements }
}

function explained(history: PathHistory, question: WhyQuestion): Why {
  const leases = history.standing.map((story) => ({ story, standing: standingOf(history, story.lease, question) }))
  const statements = leases.flatMap(({ story, standing }) => aboutLease(history, story, standing, question))
  if (leases.length === 0) statements.push(...aboutPast(history))
  const verdict = verdictOf(leases, question.policy)
  const isKept = verdict === 'yours' || leases.some(({ standing }) => ['blocks', 'parent'].includes(standing))
  const line = isKept ? [] : aboutLine(history, question)
  if (line.length > 0) return { path: question.path, verdict: 'refused', statements: [...statements, ...line] }
  const unseen = ['refused', 'warned'].includes(verdict) ? undefined : aboutUnseen(history, question)
  if (unseen === undefined) {
    const later = ['refused', 'warned'].includes(verdict) ? [] : laterEdit(history, question, statements)
    return { path: question.path, verdict, statements: [...statements, ...later] }
  }
  return { path: question.path, verdict: 'stale', statements: [unseen, ...statements] }
}

/** Another's edit for which the asker's next one would be refused: it came after the asker did, and the asker knows nothing of it. */
function aboutUnseen(history: PathHistory, question: WhyQuestion): Statement | undefined {
  const { path, worktree } = question
  const asker = readerIn(history, question)
  const edit = asker && unseenEdit(history.state, asker, path, worktree)
  if (asker === undefined || edit === undefined) return undefined
  const { sequence } = edit
  const isTold = asker.unread?.some(({ edits }) =>
    edits.some((told) => told.path === path && told.sequence === sequence),
  )
  if (isTold) return undefined
  return { says: 'unseen', by: edit.by, at: edit.at, rests: [registeredBefore(history, asker, sequence), sequence] }
}

/** The asker, if what it has not read is asked about at all. */
function readerIn({ state }: PathHistory, { by, policy }: WhyQuestion): Instance | undefined {
  return by !== undefined && policy.reads === 'refuse' && policy.enforce === 'deny' ? state.instances[by] : undefined
}

/** Only the last edit of a file can be one that the asker has not seen: where an earlier one is cited, that it is not the last. */
function laterEdit(history: PathHistory, question: WhyQuestion, statements: Statement[]): Statement[] {
  const asker = readerIn(history, question)
  const last = history.edits.at(-1)
  if (asker === undefined || last === undefined) return []
  const cited = statements.flatMap(({ rests }) => rests)
  if (cited.includes(last.sequence)) return []
  const hidden = history.edits.findLast(
    ({ sequence, by, worktree }) =>
      cited.includes(sequence) &&
      by !== asker.id &&
      worktree === question.worktree &&
      sequence > asker.registeredSequence,
  )
  if (hidden === undefined) return []
  return [edited(last, registeredBefore(history, asker, hidden.sequence))]
}

function edited({ by, at, sequence }: Edit, ...before: number[]): Statement {
  return { says: 'edited', by, at, rests: [...before, sequence] }
}

/** Who ended and went on has registered twice: the later time alone says as much, if what it is about came after it. */
function registeredBefore({ identities }: PathHistory, { id, registeredSequence }: Instance, sequence: number): number {
  const entered = identities.get(id)?.entered ?? registeredSequence
  return entered < sequence ? entered : registeredSequence
}

/** Every sequence on which the answer rests, upwards. */
export function citedIn({ statements }: Why): number[] {
  return inOrder(statements.flatMap(({ rests }) => rests))
}

function standingOf({ state }: PathHistory, lease: Lease, question: WhyQuestion): Standing {
  const by = question.by ?? ''
  if (lease.holder === question.by) return 'yours'
  if (!covers(lease, question)) return 'elsewhere'
  return takeoverCause(state, lease, { ...question, by }) ?? 'blocks'
}

function verdictOf(leases: readonly { standing: Standing }[], policy: Policy): Verdict {
  const has = (...wanted: Standing[]) => leases.some(({ standing }) => wanted.includes(standing))
  if (has('blocks')) return policy.enforce === 'deny' ? 'refused' : 'warned'
  if (has('expired', 'dead', 'parent', 'priority')) return 'takeable'
  return has('yours') ? 'yours' : 'free'
}

function aboutLease(history: PathHistory, story: LeaseStory, standing: Standing, question: WhyQuestion): Statement[] {
  const { lease, granted, renewals, refusals } = story
  const { holder, token, worktree, reason, expiresAt, hold } = lease
  const lastRenewal = renewals.at(-1)
  const rests = [granted.sequence, ...renewals.map(({ sequence }) => sequence)]
  return [
    { says: 'held', holder, token, worktree, reason, expiresAt, standing, rests },
    { says: 'granted', holder, at: granted.at, takenFrom: granted.takenFrom, rests: [granted.sequence] },
    ...(lastRenewal === undefined
      ? []
      : [
          {
            says: 'renewed' as const,
            times: renewals.length,
            lastAt: lastRenewal.at,
            lastBy: lastRenewal.type,
            expiresAt: lastRenewal.expiresAt,
            rests: rests.slice(1),
          },
        ]),
    ...aboutHolder(history, holder, question),
    ...(standing === 'parent' ? [parenthood(history, holder, question.by ?? '')] : []),
    ...(standing === 'priority' || standing === 'blocks' ? aboutRank(history, story, question) : []),
    ...refusals.map(({ sequence, ...refusal }) => ({ says: 'refused' as const, ...refusal, rests: [sequence] })),
    ...bypassesOf(history, lease),
    { says: 'frees', holder, expiresAt, hold, rests },
  ]
}

/** Changes of the file by somebody else while this lease stood. */
function bypassesOf({ state }: PathHistory, { path, holder, token }: Lease): Statement[] {
  return state.bypasses
    .filter((bypass) => bypass.path === path && bypass.holder === holder && bypass.token === token)
    .map(({ suspect, tool, at, sequence }) => ({
      says: 'bypassed',
      ...(suspect !== undefined && { suspect }),
      ...(tool !== undefined && { tool }),
      at,
      rests: [sequence],
    }))
}

/** A record that granted a lease on this path, and what ended that one since: without it, it would seem to stand. */
function withEnding(history: Pick<PathHistory, 'endedBy'>, sequence: number): number[] {
  const ended = history.endedBy.get(sequence)
  return ended === undefined ? [sequence] : [sequence, ...withEnding(history, ended)]
}

function aboutHolder(history: PathHistory, holder: string, question: WhyQuestion): Statement[] {
  const { state, identities } = history
  const instance = state.instances[holder]
  const identity = identities.get(holder)
  if (instance === undefined || identity === undefined) return []
  const { entered, role, task, taskAt, lastOwn } = identity
  const { at, type, sequence } = lastOwn
  return [
    {
      says: 'holder',
      holder,
      role: instance.role,
      task: instance.task,
      taskAt,
      host: instance.host,
      rests: inOrder([entered, role, task]),
    },
    {
      says: 'seen',
      holder,
      at,
      type,
      liveness: livenessIn(question.liveness, holder),
      rests: withEnding(history, sequence),
    },
  ]
}

/** The registrations from the asker up to the holder: each names the next one as its parent. */
function parenthood({ state, identities }: PathHistory, holder: string, child: string): Statement {
  const rests: number[] = []
  for (let id: string | undefined = child; id !== undefined && id !== holder; id = state.instances[id]?.parent) {
    const entered = identities.get(id)?.entered
    if (entered === undefined || rests.includes(entered)) break
    rests.push(entered)
  }
  return { says: 'parent', holder, child, rests }
}

function aboutRank(history: PathHistory, { lease, calmed }: LeaseStory, question: WhyQuestion): Statement[] {
  const { state, identities } = history
  const { by = '' } = question
  const request = { ...question, by }
  const prospect = prospectOf(state, request, lease)
  const identity = identities.get(by)
  if (prospect === undefined || identity === undefined) return []
  const claim = claimOf(state, request, lease.path)
  const asked = claim === undefined ? [] : [claim.sequence, claim.renewedSequence]
  const rests = [
    identity.entered,
    identity.role,
    ...asked,
    ...(tellingOf(claim, lease) === undefined ? [] : [tellingOf(claim, lease)?.sequence ?? 0]),
    ...(prospect.isBusy ? [] : calmed.map(({ sequence }) => sequence)),
  ]
  const place = claim === undefined ? {} : { since: claim.at, until: claim.until }
  const role = state.instances[by]?.role ?? ''
  return [{ says: 'outranks', by, role, ...place, ...prospect, rests: inOrder(rests) }]
}

function aboutLine({ state, identities }: PathHistory, question: WhyQuestion): Statement[] {
  const claim = aheadOf(state, { ...question, by: question.by ?? '' }, question.path)
  const identity = identities.get(claim?.by ?? '')
  if (claim === undefined || identity === undefined) return []
  const rests = inOrder([claim.sequence, claim.renewedSequence, identity.entered, identity.role])
  const { by, at: since, until } = claim
  return [{ says: 'line', by, role: state.instances[by]?.role ?? '', since, until, rests }]
}

function inOrder(sequences: readonly number[]): number[] {
  return [...new Set(sequences)].sort((a, b) => a - b)
}

function aboutPast(history: PathHistory): Statement[] {
  const { lastEnded, edits } = history
  const lastEdit = edits.at(-1)
  const statements: Statement[] = []
  if (lastEnded?.ended !== undefined) {
    const { lease, granted, ended } = lastEnded
    const { sequence, how, at, by, reason = '' } = ended
    statements.push(
      {
        says: 'granted',
        holder: lease.holder,
        at: granted.at,
        takenFrom: granted.takenFrom,
        rests: [granted.sequence],
      },
      { says: 'ended', holder: lease.holder, at, by, how, reason, rests: [granted.sequence, sequence] },
      ...bypassesOf(history, lease),
    )
  }
  if (lastEdit !== undefined) statements.push(edited(lastEdit))
  return statements
}
