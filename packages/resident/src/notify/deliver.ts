import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Log, LogRecord } from '@coordlog/log/contract'
import { realFileSystem as fs, isSameFile, loadFlock } from '@coordlog/log/fileSystem'
import type { Clock } from '@coordlog/runtime/clock'
import type { Config } from '@coordlog/runtime/config'
import type { NotifyTarget } from '@coordlog/runtime/notifySettings'
import { type Cursor, readCursor, type Tried, writeCursor } from './cursor.js'
import { type Destination, destinationOf, type Lookup, withoutSecrets } from './destination.js'
import { messageOf, postedOf } from './payload.js'
import { type Outcome, post, type Wire } from './post.js'

/** Tells of what happened since the last time, one event after the other, until all is told or one cannot be. */

export interface Delivery {
  directory: string
  log: Log
  /** Where it ends now. */
  sequence: number
  settings: Config['notify']
  /** Its name, for people. */
  repository: string
  env: Lookup['env']
  clock: Clock
  wire: Wire
  /** Try at once what is due later. */
  isUrgent: boolean
  /** How many at most. */
  messagesMax: number
}

export type Delivered =
  /** Somebody else is at it. */
  | { kind: 'busy' }
  | { kind: 'off' }
  /** Nothing was there to tell where to begin: from now on. */
  | { kind: 'begun'; sequence: number }
  /** `failed`: the one at which it stopped, and why. `skipped`: given up in this run. */
  | { kind: 'done'; sent: number; skipped: number[]; failed?: { sequence: number; said: string; nextAt: string } }

/** So old, an event that could not be told of is news to nobody. */
const tooOldMs = 86_400_000
/** What is refused for what it is gets better by no waiting. */
const refusalsMax = 3
const firstWaitMs = 2_000
const longestWaitMs = 600_000

export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { directory, settings } = delivery
  const { to } = settings
  if (to === 'off') return { kind: 'off' }
  const destination = destinationOf({ ...delivery, to })
  const release = await lockIn(directory)
  if (release === undefined) return { kind: 'busy' }
  try {
    const cursor = await cursorFor(delivery)
    if (cursor.kind === 'begun') return cursor
    return await sendAll(delivery, to, destination, cursor.found)
  } finally {
    release()
  }
}

/** One sender at a time; the lock goes with its process. undefined: there is one. */
async function lockIn(directory: string): Promise<(() => void) | undefined> {
  await loadFlock()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'notify.lock')
  const descriptor = fs.open(file, 'update')
  const there = fs.facts(file)
  const isOurs = fs.tryLock(descriptor) && there !== undefined && isSameFile(there, fs.factsOf(descriptor))
  if (isOurs) return () => fs.close(descriptor)
  fs.close(descriptor)
  return undefined
}

/** A first time, and a log that is another one than was read last, begin at the present. */
async function cursorFor({
  directory,
  log,
  sequence,
}: Delivery): Promise<{ kind: 'found'; found: Cursor } | { kind: 'begun'; sequence: number }> {
  const cursor = readCursor(directory)
  if (cursor !== undefined && (await isOfThisLog(log, cursor))) return { kind: 'found', found: cursor }
  const last = sequence === 0 ? undefined : await firstFrom(log, sequence)
  const begun = last?.seq ?? 0
  writeCursor(directory, { sequence: begun, hash: last?.h ?? '', delivered: 0, skipped: 0 })
  return { kind: 'begun', sequence: begun }
}

/** Records that a compaction dropped cannot be compared; what comes after them is told of. */
async function isOfThisLog(log: Log, { sequence, hash }: Cursor): Promise<boolean> {
  if (sequence === 0) return true
  const there = await firstFrom(log, sequence)
  return there !== undefined && (there.seq > sequence || there.h === hash)
}

async function firstFrom(log: Log, sequence: number): Promise<LogRecord | undefined> {
  for await (const record of log.read(sequence)) return record
  return undefined
}

async function sendAll(
  delivery: Delivery,
  to: Exclude<NotifyTarget, 'off'>,
  destination: Destination,
  from: Cursor,
): Promise<Delivered> {
  const { directory, log, settings, wire, messagesMax } = delivery
  const done: Extract<Delivered, { kind: 'done' }> = { kind: 'done', sent: 0, skipped: [] }
  let cursor = from
  for await (const record of log.read(from.sequence + 1)) {
    if (wire.signal.aborted || done.sent >= messagesMax) break
    let next: Cursor = passed(cursor, record)
    if (settings.events.includes(record.type)) {
      const told = await tell(delivery, to, destination, cursor, record)
      if (told.kind === 'failed') return { ...done, failed: told.failed }
      if (told.kind === 'sent') done.sent += 1
      else done.skipped.push(record.seq)
      next = { ...next, ...told.counts }
      writeCursor(directory, next)
    }
    cursor = next
  }
  if (cursor.sequence !== from.sequence) writeCursor(directory, cursor)
  return done
}

function passed({ attempt: _attempt, ...cursor }: Cursor, { seq: sequence, h: hash }: LogRecord): Cursor {
  return { ...cursor, sequence, hash }
}

type Told =
  | { kind: 'sent' | 'skipped'; counts: Partial<Cursor> }
  | { kind: 'failed'; failed: { sequence: number; said: string; nextAt: string } }

async function tell(
  { directory, repository, clock, wire, isUrgent }: Delivery,
  to: Exclude<NotifyTarget, 'off'>,
  destination: Destination,
  cursor: Cursor,
  record: LogRecord,
): Promise<Told> {
  const { seq: sequence } = record
  const now = clock.now()
  const before = cursor.attempt?.sequence === sequence ? cursor.attempt : undefined
  const { nextAt, error: said = '' } = before ?? {}
  if (!isUrgent && nextAt !== undefined && nextAt > now) return { kind: 'failed', failed: { sequence, said, nextAt } }
  if (before !== undefined && Date.parse(now) - Date.parse(record.ts) > tooOldMs) return skip(cursor)
  const tried = { sequence, count: (before?.count ?? 0) + 1, firstAt: before?.firstAt ?? now, mayHaveArrived: true }
  writeCursor(directory, { ...cursor, attempt: tried })
  const mayBeRepeat = before?.mayHaveArrived ?? false
  const seconds = Math.floor(Date.parse(now) / 1000)
  const attempt = {
    to,
    secret: to === 'webhook' ? destination.secret : undefined,
    number: tried.count,
    mayBeRepeat,
    seconds,
  }
  const outcome = await post(destination.url, postedOf(messageOf(record, repository), attempt), wire)
  if (outcome.kind === 'delivered') {
    return { kind: 'sent', counts: { delivered: cursor.delivered + 1, lastDeliveredAt: clock.now() } }
  }
  if (isHopeless(outcome, tried)) return skip(cursor)
  const failed = afterFailure(tried, outcome, mayBeRepeat, clock.now())
  const error = withoutSecrets(outcome.said, destination)
  writeCursor(directory, { ...cursor, attempt: { ...failed, error } })
  return { kind: 'failed', failed: { sequence, said: error, nextAt: failed.nextAt } }
}

function skip(cursor: Cursor): Told {
  return { kind: 'skipped', counts: { skipped: cursor.skipped + 1 } }
}

function isHopeless({ status }: Extract<Outcome, { kind: 'failed' }>, { count }: Tried): boolean {
  return [400, 413, 422].includes(status ?? 0) && count >= refusalsMax
}

function afterFailure(
  tried: Tried,
  { mayHaveArrived, retryAfterMs }: Extract<Outcome, { kind: 'failed' }>,
  mightBefore: boolean,
  now: string,
): Tried & { nextAt: string } {
  const waitMs = retryAfterMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** (tried.count - 1))
  const nextAt = new Date(Date.parse(now) + waitMs).toISOString()
  return { ...tried, mayHaveArrived: mayHaveArrived || mightBefore, nextAt }
}
