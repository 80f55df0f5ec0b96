import type { KeepRules } from '@coordlog/log/compactionDue'
import type { Config } from '@coordlog/runtime/config'
import { bytesText } from '../output/sizes.js'

/** What a compaction leaves as it is: by the settings, or as somebody asks for it this once. */
export interface Keeping {
  readonly mode: 'archive' | 'drop'
  readonly keepDays: number
  /** undefined: however much it is. */
  readonly keepBytes: number | undefined
}

const dayMs = 86_400_000

/** By hand the log may be compacted although nobody wants it done by itself. */
export function keepingOf({ compaction, keepDays, keepBytes }: Config['log']): Keeping {
  return { mode: compaction === 'drop' ? 'drop' : 'archive', keepDays, keepBytes }
}

export function rulesOf({ mode, keepDays, keepBytes }: Keeping, now: string): KeepRules {
  const olderThan = new Date(Date.parse(now) - keepDays * dayMs).toISOString()
  return { mode, olderThan, ...(keepBytes !== undefined && { keepBytes }) }
}

/** "older than 30 days or beyond 256.0 MiB" */
export function keepingText({ keepDays, keepBytes }: Keeping): string {
  const age = `older than ${keepDays} days`
  return keepBytes === undefined ? age : `${age} or beyond ${bytesText(keepBytes)}`
}
