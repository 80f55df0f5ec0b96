import type { LogRecord } from '@coordlog/log/contract'
import { sequenceBefore } from '@coordlog/log/past'
import { searchLog } from '@coordlog/log/search'
import type { Coordination } from '@coordlog/runtime/coordination'
import { type Position, timeOf } from '../flags/position.js'
import type { Selection } from './selection.js'

export interface NewestWanted {
  /** Of these each wanted line holds one; undefined: no such texts are known. */
  texts: readonly string[] | undefined
  from: number
  to: number
  isWanted(record: LogRecord): boolean
  limit: number | undefined
}

/**
 * The last so many, in log order: found from the end, so that what lies before them is not read. undefined where everything has to
 * be read for them.
 */
export async function newest({ place }: Coordination, wanted: NewestWanted): Promise<LogRecord[] | undefined> {
  const { texts, from, to, isWanted, limit } = wanted
  if (texts === undefined || limit === undefined) return undefined
  const found: LogRecord[] = []
  for await (const record of searchLog(place.directory, texts, { from, to })) {
    if (isWanted(record) && found.push(record) === limit) break
  }
  return found.reverse()
}

/**
 * Texts of which each line that is asked for holds one, so that its bytes need only be searched; of everything any line does.
 * undefined where nothing that is asked for stands in a line as it is, or roles are, which are not known from the end.
 */
export function textsOf({ types, instance, role, path, isPath, text }: Selection): readonly string[] | undefined {
  if (role !== undefined) return undefined
  const whole = path ?? instance
  if (whole !== undefined) return [JSON.stringify(whole)]
  if (types !== undefined) return types.map((type) => (type.includes('.') ? `"type":"${type}",` : `"type":"${type}.`))
  return isPath === undefined && text === undefined ? ['"seq":'] : undefined
}

/** Where a reading has to begin that is to see everything since then. */
export async function firstSince({ place, clock }: Coordination, since: Position | undefined): Promise<number> {
  if (since === undefined) return 1
  if (since.kind === 'sequence') return Math.max(1, since.sequence)
  const now = clock.now()
  return (await sequenceBefore(place.directory, timeOf(since, now) ?? now)) + 1
}
