import { finish } from '@coordlog/coordination/audit/finish'
import { observe } from '@coordlog/coordination/audit/observe'
import type { AuditTotals, Wait } from '@coordlog/coordination/audit/report'
import { createTally } from '@coordlog/coordination/audit/tally'
import { type Change, createTrial, decideAgain, type Outcome } from '@coordlog/coordination/whatIf'
import type { LogRecord } from '@coordlog/log/contract'
import { scanLog } from '@coordlog/log/search'
import type { Coordination } from '@coordlog/runtime/coordination'
import { type Stretch, stretchStart } from './stretch.js'
import { pathsOf } from './subjects.js'

export interface Reckoning {
  totals: AuditTotals
  outcomes: Record<Wait['outcome'], number>
  /** How long those waited who were refused and got the file later, all together. */
  waitedMs: number
}

export interface OtherHistory {
  change: Change
  from: number | null
  to: number | null
  happened: Reckoning
  wouldHave: Reckoning
  /** How many requests of a lock would have come out otherwise; the first `differencesMax` of them. */
  changed: number
  differences: { sequence: number; at: string; by: string; paths: string[]; was: Outcome; wouldBe: Outcome }[]
  /** Files edited in events that would have been refused before. */
  editsPrevented: number
}

const differencesMax = 200

/** Decides a stretch of history again, and counts both. */
export async function otherHistory(
  coordination: Coordination,
  stretch: Stretch,
  change: Change,
): Promise<OtherHistory> {
  const { directory } = coordination.place
  const start = await stretchStart(coordination, stretch)
  const [happened, wouldHave] = [createTally({ before: start.before }), createTally({ before: start.before })]
  const trial = createTrial(change, start.before)
  const found: Pick<OtherHistory, 'changed' | 'differences' | 'editsPrevented'> = {
    changed: 0,
    differences: [],
    editsPrevented: 0,
  }
  await scanLog(directory, start.first, (record) => {
    if (start.isBeyond(record)) return false
    observe(happened, record)
    const { event, was, wouldBe, prevented } = decideAgain(trial, record)
    if (event !== undefined) observe(wouldHave, event)
    found.editsPrevented += prevented.length
    if (was !== undefined && wouldBe !== undefined && was !== wouldBe) note(found, record, was, wouldBe)
    return true
  })
  const { from, to } = happened
  const reckoned = [happened, wouldHave].map(reckoningOf)
  const [one, other] = reckoned
  if (one === undefined || other === undefined) throw new Error('two histories were counted')
  return { change, from: from?.sequence ?? null, to: to?.sequence ?? null, happened: one, wouldHave: other, ...found }
}

function note(
  found: Pick<OtherHistory, 'changed' | 'differences'>,
  record: LogRecord,
  was: Outcome,
  wouldBe: Outcome,
): void {
  found.changed += 1
  const { seq: sequence, ts: at, by } = record
  if (found.differences.length >= differencesMax) return
  found.differences.push({ sequence, at, by, paths: pathsOf(record), was, wouldBe })
}

function reckoningOf(tally: Parameters<typeof finish>[0]): Reckoning {
  const { totals, outcomes } = finish(tally)
  return { totals, outcomes, waitedMs: tally.waitedMs }
}
