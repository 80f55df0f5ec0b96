import { existsSync } from 'node:fs'
import { compactionDue } from '@coordlog/log/compactionDue'
import { LogError } from '@coordlog/log/errors'
import { readConfig } from '@coordlog/runtime/config'
import { keepingOf, keepingText, rulesOf } from '../history/keeping.js'
import { bytesText } from '../output/sizes.js'
import { type Check, ok, type Patient, warn } from './check.js'

/** Whether old segments wait to be packed or dropped. */
export async function historyChecks({ place, context }: Patient): Promise<Check[]> {
  const { log } = readConfig(place).config
  if (log.compaction === 'off' || !existsSync(place.directory)) return []
  const keeping = keepingOf(log)
  try {
    const due = await compactionDue(place.directory, rulesOf(keeping, context.clock.now()))
    if (!due.isWorthIt)
      return [ok('history', `no compaction is due (${keepingText(keeping)}: ${due.segments} segments)`)]
    const done = keeping.mode === 'drop' ? 'dropped' : 'packed'
    const says = `${due.segments} segments, ${bytesText(due.bytes)}, are ${keepingText(keeping)} and can be ${done}`
    return [warn('history', says, 'coord compact')]
  } catch (error) {
    // What is wrong with the log itself is said by the check of the log.
    if (error instanceof LogError) return []
    throw error
  }
}
