import { finish } from '@coordlog/coordination/audit/finish'
import { observe } from '@coordlog/coordination/audit/observe'
import type { AuditReport } from '@coordlog/coordination/audit/report'
import { createTally } from '@coordlog/coordination/audit/tally'
import { loadPast, type Point } from '@coordlog/log/past'
import { scanLog } from '@coordlog/log/search'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import { type Position, timeOf } from '../flags/position.js'

export interface Stretch {
  since: Position | undefined
  until: Position | undefined
}

/** Counts a stretch of history, both ends included, in one pass over its records. */
export async function audited(
  { place, clock }: Coordination,
  { since, until }: Stretch,
  isPath: ((path: string) => boolean) | undefined,
): Promise<AuditReport> {
  const now = clock.now()
  const before = await stateBefore(place.directory, since, now)
  const tally = createTally({ before: before.state, ...(isPath && { isPath }) })
  const end = until === undefined ? undefined : timeOf(until, now)
  const lastSequence = until?.kind === 'sequence' ? until.sequence : Number.MAX_SAFE_INTEGER
  await scanLog(place.directory, before.sequence + 1, (record) => {
    if (record.seq > lastSequence || (end !== undefined && record.ts > end)) return false
    observe(tally, record)
    return true
  })
  return finish(tally)
}

/** The state before the first record that counts; where the ones before it were dropped, the earliest that there is. */
async function stateBefore(directory: string, since: Position | undefined, now: string) {
  const found = await loadPast(directory, fold, pointBefore(since, now))
  const kept =
    found.kind === 'dropped' ? await loadPast(directory, fold, { kind: 'sequence', sequence: found.upTo }) : found
  return kept.kind === 'state' ? kept : { state: fold.initial(), sequence: 0 }
}

function pointBefore(since: Position | undefined, now: string): Point {
  if (since === undefined) return { kind: 'sequence', sequence: 0 }
  if (since.kind === 'sequence') return { kind: 'sequence', sequence: Math.max(0, since.sequence - 1) }
  const time = Date.parse(timeOf(since, now) ?? now) - 1
  return { kind: 'time', time: new Date(time).toISOString() }
}
