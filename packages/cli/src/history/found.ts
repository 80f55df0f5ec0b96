import type { LogRecord } from '@coordlog/log/contract'
import { sequenceBefore } from '@coordlog/log/past'
import { searchLog } from '@coordlog/log/search'
import type { Coordination } from '@coordlog/runtime/coordination'
import { type Position, timeOf } from '../flags/position.js'
import type { Selection } from './selection.js'

export interface Wanted {
  /** Of these each wanted line holds one; undefined: no such texts are known. */
  texts: readonly string[] | undefined
  from: number
  to: number
  isWanted(record: LogRecord): boolean
  limit: number | undefined
}

/** What is there already, in log order, without everything being read for it; undefined where all of it has to be. */
export function found({ place }: Coordination, wanted: Wanted): AsyncIterable<LogRecord> | undefined {
  const { texts, limit } = wanted
  if (texts === undefined) return undefined
  if (limit !== undefined) return newest(place.directory, texts, limit, wanted)
  return texts === everyLine ? undefined : oldestFirst(place.directory, texts, wanted)
}

/** The last so many are found from the end: what lies before them is not read. */
async function* newest(
  directory: string,
  texts: readonly string[],
  limit: number,
  { from, to, isWanted }: Wanted,
): AsyncGenerator<LogRecord> {
  const last: LogRecord[] = []
  for await (const record of searchLog(directory, texts, { from, to })) {
    if (isWanted(record) && last.push(record) === limit) break
  }
  yield* last.reverse()
}

async function* oldestFirst(
  directory: string,
  texts: readonly string[],
  { from, to, isWanted }: Wanted,
): AsyncGenerator<LogRecord> {
  for await (const record of searchLog(directory, texts, { from, to, first: 'oldest' })) {
    if (isWanted(record)) yield record
  }
}

const everyLine: readonly string[] = ['"seq":']

/**
 * Texts of which each line that is asked for holds one, so that its bytes need only be searched; of everything any line does.
 * undefined where nothing that is asked for stands in a line as it is, or roles are, which are not known from the end.
 */
export function textsOf({ types, instance, role, path, isPath, text }: Selection): readonly string[] | undefined {
  if (role !== undefined) return undefined
  const whole = path ?? instance
  if (whole !== undefined) return [JSON.stringify(whole)]
  if (types !== undefined) return types.map((type) => (type.includes('.') ? `"type":"${type}",` : `"type":"${type}.`))
  return isPath === undefined && text === undefined ? everyLine : undefined
}

/** Where a reading has to begin that is to see everything since then. */
export async function firstSince({ place, clock }: Coordination, since: Position | undefined): Promise<number> {
  if (since === undefined) return 1
  if (since.kind === 'sequence') return Math.max(1, since.sequence)
  const now = clock.now()
  return (await sequenceBefore(place.directory, timeOf(since, now) ?? now)) + 1
}
