import { finish } from '@coordlog/coordination/audit/finish'
import { observe } from '@coordlog/coordination/audit/observe'
import type { AuditReport } from '@coordlog/coordination/audit/report'
import { createTally } from '@coordlog/coordination/audit/tally'
import { skimLog } from '@coordlog/log/search'
import type { Coordination } from '@coordlog/runtime/coordination'
import { type Stretch, stretchStart } from './stretch.js'

/** Counts a stretch of history in one pass over its records. */
export async function audited(
  coordination: Coordination,
  stretch: Stretch,
  isPath: ((path: string) => boolean) | undefined,
): Promise<AuditReport> {
  const { before, first, isBeyond } = await stretchStart(coordination, stretch)
  const tally = createTally({ before, ...(isPath && { isPath }) })
  await skimLog(coordination.place.directory, first, (record) => {
    if (isBeyond(record)) return false
    observe(tally, record)
    return true
  })
  return finish(tally)
}
