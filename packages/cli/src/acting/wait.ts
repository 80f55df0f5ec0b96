import type { Replies } from '@coordlog/coordination/commands'
import type { FileContent } from '@coordlog/coordination/events'
import type { Coordination } from '@coordlog/runtime/coordination'
import type { Context } from '../context.js'
import { changeAfter } from '../history/change.js'
import { executeAs } from './instance.js'
import type { Keys } from './paths.js'

export interface Wanted extends Pick<Keys, 'paths' | 'worktree'> {
  /** What the files hold, as far as it is to be remembered with the lock. */
  contents: FileContent[]
  reason: string
  ttlMs: number | undefined
  /** 0: one try. */
  waitMs: number
  requestId: string
}

export interface Acquired {
  reply: Exclude<Replies['lock.acquire'], { kind: 'unknown-instance' | 'stale' }>
  sequence: number
  by: string
}

/** A holder's process can die without an event, so we try again at least this often. */
const tryAgainMs = 1_000

/**
 * Tries until it is granted, the time is up, or the signal fires; the last answer is returned. All tries are one request: the
 * refusal is recorded once. Between them it sleeps until something is recorded or the first lease in the way expires.
 */
export async function acquireWaiting(
  coordination: Coordination,
  context: Context,
  instance: string | undefined,
  wanted: Wanted,
): Promise<Acquired> {
  const { clock, log, policy } = coordination
  const deadlineMs = clock.monotonicMs() + wanted.waitMs
  for (;;) {
    const { reply, ...rest } = await executeAs<'lock.acquire'>(coordination, context, instance, (by) => ({
      type: 'lock.acquire',
      by,
      manual: true,
      paths: wanted.paths,
      worktree: wanted.worktree,
      reason: wanted.reason,
      // A lock by hand is no edit: what is behind the file can be looked up before that.
      policy: { ...policy, ttlMs: wanted.ttlMs ?? policy.ttlMs, reads: 'tell' },
      requestId: wanted.requestId,
      ...(wanted.contents.length > 0 && { contents: wanted.contents }),
    }))
    if (reply.kind === 'stale') throw new Error(`a lock by hand was refused for what ${rest.by} has not read`)
    const acquired = { reply, ...rest }
    const leftMs = deadlineMs - clock.monotonicMs()
    if (acquired.reply.kind === 'granted' || leftMs <= 0 || context.signal.aborted) return acquired
    const expiriesMs = acquired.reply.refusals.map(({ expiresAt }) => Date.parse(expiresAt) - Date.parse(clock.now()))
    const sleepMs = Math.max(10, Math.min(leftMs, tryAgainMs, ...expiriesMs))
    // Decided at this position or before: what was recorded since makes the next try come at once.
    await changeAfter(log, acquired.sequence, sleepMs, context.signal)
  }
}
