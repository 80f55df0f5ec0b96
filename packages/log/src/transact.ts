import type { Fold, Log, LogRecord, NewEvent } from './contract.js'
import { damagedError, LogError } from './errors.js'
import { sleep } from './pause.js'

/** What a decider says of a state: at most one event, and the answer for whoever asked. */
export interface Decision<R> {
  readonly event?: NewEvent
  readonly reply: R
}

export type Decider<S, R> = (state: S, sequence: number) => Decision<R> | Promise<Decision<R>>

export interface TransactOptions {
  /** How long to go on after conflicts. At least one attempt is made. */
  readonly deadlineMs: number
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

export interface Transacted<R> {
  readonly reply: R
  /** Of the event recorded; without one, the sequence at which it was decided. */
  readonly sequence: number
  readonly record?: LogRecord
}

const ATTEMPTS_MAX = 1000
/** The first conflicts are retried at once: each means that somebody else got on. */
const ATTEMPTS_WITHOUT_PAUSE = 3
const PAUSE_MS_MAX = 20

/**
 * Loads, decides, appends at the sequence on which it was decided; if somebody appended in between, again with what is
 * new. Throws LogError 'busy' at the deadline, 'damaged' for a log that is, and whatever append throws.
 */
export async function transact<S, R>(
  log: Log,
  fold: Fold<S>,
  decider: Decider<S, R>,
  options: TransactOptions,
): Promise<Transacted<R>> {
  const now = options.now ?? (() => Number(process.hrtime.bigint()) / 1e6)
  const start = now()
  for (let attempt = 1; ; attempt += 1) {
    const { state, sequence, damage } = await log.load(fold)
    if (damage !== undefined) throw damagedError(damage)
    const { event, reply } = await decider(state, sequence)
    if (event === undefined) return { reply, sequence }
    const result = await log.append(event, sequence)
    if (result.kind === 'appended') return { reply, sequence: result.sequence, record: result.record }
    const waitedMs = Math.round(now() - start)
    if (waitedMs >= options.deadlineMs || attempt >= ATTEMPTS_MAX) throw lostEveryRace(attempt, waitedMs)
    if (attempt >= ATTEMPTS_WITHOUT_PAUSE) await sleep(pauseMs(attempt, options.random))
  }
}

function pauseMs(attempt: number, random: () => number): number {
  return Math.min(2 ** (attempt - ATTEMPTS_WITHOUT_PAUSE), PAUSE_MS_MAX) * random()
}

/** Somebody else appended first, again and again. */
export function lostEveryRace(attempts: number, waitedMs: number): LogError {
  return new LogError(
    'busy',
    `Others appended first in each of ${attempts} attempts within ${waitedMs} ms. Nothing was recorded; run the command again.`,
    { attempts, waitedMs },
  )
}
