import type { Log, LogRecord } from '@coordlog/log/contract'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { type LineWriter, lineWriter } from '../output/lines.js'
import type { Roles } from './roles.js'

export interface Telling {
  /** Where to begin reading. */
  first: number
  isWanted(record: LogRecord): boolean
  /** The line of a record, without its newline. */
  lineOf(record: LogRecord): string
  roles: Roles
  /** Only the last so many of what is there already. */
  limit: number | undefined
  /** What is wanted of that, where it can be had without reading everything; then `first` is what follows on it. */
  known: AsyncIterable<LogRecord> | undefined
  follow: boolean
}

/** Events as they are read, each at once: a reader that goes away (`| head`) ends it, and memory holds at most `limit`. */
export async function tell(call: Call<GlobalValues>, log: Log, telling: Telling): Promise<ExitCode> {
  const { context } = call
  const stop = new AbortController()
  const isOver = () => context.signal.aborted || stop.signal.aborted
  const isPaged = !telling.follow && !call.flags.json
  const pager = isPaged && context.stdout.isTerminal ? context.page?.(() => stop.abort()) : undefined
  const lines = lineWriter(pager ?? context.stdout, context.clock)
  try {
    const next = await tellPast(lines, log, telling, isOver)
    if (telling.follow && !isOver()) await tellNews(lines, log, telling, next, context.signal)
  } finally {
    await pager?.close()
  }
  return exitCodes.done
}

/** Returns the sequence after the last one read. What was read before a damage is written before it is reported. */
async function tellPast(lines: LineWriter, log: Log, telling: Telling, isOver: () => boolean): Promise<number> {
  const { first, limit, isWanted, roles, lineOf, known } = telling
  const last: LogRecord[] = []
  let next = first
  const tellOne = async (record: LogRecord) => {
    next = Math.max(next, record.seq + 1)
    roles.see(record)
    if (!isWanted(record)) await lines.breathe()
    else if (limit === undefined) await lines.write(lineOf(record))
    else if (last.push(record) > limit) last.shift()
  }
  try {
    for (const records of known === undefined ? [log.read(first)] : [known, log.read(first)]) {
      for await (const record of records) {
        if (isOver()) return next
        await tellOne(record)
      }
    }
  } finally {
    for (const record of last) await lines.write(lineOf(record))
    await lines.flush()
  }
  return next
}

async function tellNews(
  lines: LineWriter,
  log: Log,
  telling: Telling,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const record of log.follow(from, signal)) {
    if (signal.aborted) return
    telling.roles.see(record)
    if (!telling.isWanted(record)) continue
    await lines.write(telling.lineOf(record))
    await lines.flush()
  }
}
