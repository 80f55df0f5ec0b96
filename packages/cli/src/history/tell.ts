import type { Log, LogRecord } from '@coordlog/log/contract'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { writeJsonLine, writeLines } from '../output/answer.js'
import { eventLine } from '../views/event.js'

export interface Telling {
  /** Where to begin reading. */
  first: number
  isWanted(record: LogRecord): boolean
  /** Only the last so many of what is there already. */
  limit: number | undefined
  follow: boolean
}

/** Events as they are read, each at once: a reader that goes away (`| head`) ends it, and memory holds at most `limit`. */
export async function tell(call: Call<GlobalValues>, log: Log, telling: Telling): Promise<ExitCode> {
  const { signal } = call.context
  const next = await tellPast(call, log, telling)
  if (telling.follow && !signal.aborted) {
    for await (const record of log.follow(next, signal)) {
      if (!signal.aborted && telling.isWanted(record)) await write(call, record)
    }
  }
  return exitCodes.done
}

/** Returns the sequence after the last one read. */
async function tellPast(call: Call<GlobalValues>, log: Log, { first, limit, isWanted }: Telling): Promise<number> {
  const last: LogRecord[] = []
  let next = first
  for await (const record of log.read(first)) {
    if (call.context.signal.aborted) return next
    next = record.seq + 1
    if (!isWanted(record)) continue
    if (limit === undefined) await write(call, record)
    else if (last.push(record) > limit) last.shift()
  }
  for (const record of last) await write(call, record)
  return next
}

async function write({ context, flags }: Call<GlobalValues>, record: LogRecord): Promise<void> {
  if (flags.json) await writeJsonLine(context, record)
  else await writeLines(context, [eventLine(record)])
}
