import type { State } from '@coordlog/coordination/state'
import type { LogRecord } from '@coordlog/log/contract'
import { loadPast, type Point } from '@coordlog/log/past'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import { type Position, timeOf } from '../flags/position.js'

/** A part of history, both ends included. */
export interface Stretch {
  since: Position | undefined
  until: Position | undefined
}

export interface StretchStart {
  /** The state before the first record. */
  before: State
  first: number
  isBeyond(record: LogRecord): boolean
}

/** Where the records before it were dropped, a stretch begins with the first one kept. */
export async function stretchStart({ place, clock }: Coordination, { since, until }: Stretch): Promise<StretchStart> {
  const now = clock.now()
  const end = until === undefined ? undefined : timeOf(until, now)
  const lastSequence = until?.kind === 'sequence' ? until.sequence : Number.MAX_SAFE_INTEGER
  const isBeyond = (record: LogRecord) => record.seq > lastSequence || (end !== undefined && record.ts > end)
  const found = await loadPast(place.directory, fold, pointBefore(since, now))
  const upTo = found.kind === 'dropped' ? found.upTo : 0
  const kept = upTo === 0 ? found : await loadPast(place.directory, fold, { kind: 'sequence', sequence: upTo })
  if (kept.kind === 'dropped') return { before: fold.initial(), first: 1, isBeyond }
  return { before: kept.state, first: kept.sequence + 1, isBeyond }
}

function pointBefore(since: Position | undefined, now: string): Point {
  if (since === undefined) return { kind: 'sequence', sequence: 0 }
  if (since.kind === 'sequence') return { kind: 'sequence', sequence: Math.max(0, since.sequence - 1) }
  const time = Date.parse(timeOf(since, now) ?? now) - 1
  return { kind: 'time', time: new Date(time).toISOString() }
}
