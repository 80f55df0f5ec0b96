import type { LogRecord } from './contract.js'
import { damageAt } from './damage.js'
import { damagedError, LogError } from './errors.js'
import { wasDropped } from './folding.js'
import { hexOf } from './hash.js'
import { advance, isUpToHere, type Reader, readNoted } from './reading.js'
import { genesis, isStillAt, type Position, readableSegments, startOfSegment } from './walk.js'

/**
 * Records from `from` on, and each that comes later as long as `waitForMore` says so. Throws LogError 'damaged' at
 * damage, after the records before it.
 */
export async function* readRecords(
  reader: Reader,
  from: number,
  waitForMore: () => Promise<boolean>,
): AsyncGenerator<LogRecord> {
  const position = startForSequence(reader, from)
  do {
    yield* readToEnd(reader, position, from)
  } while (await waitForMore())
}

const GONE_BACK = 'the log does not hold any more what was read up to here'

async function* readToEnd(reader: Reader, position: Position, from: number): AsyncGenerator<LogRecord> {
  const noted = readNoted(reader)
  if (!isUpToHere(reader, position)) throw damagedError(damageAt(reader.walker, position, 'rewound', GONE_BACK))
  for (;;) {
    let records: LogRecord[] = []
    const result = advance(reader, position, noted, (record) => {
      if (record.seq >= from) records.push(record)
      return true
    })
    yield* records
    records = []
    if (result.kind === 'progress') continue
    if (result.damage !== undefined)
      throw wasDropped(reader, position) ? droppedMeanwhile(position.sequence) : damagedError(result.damage)
    return
  }
}

/** What was being read is gone from `sequence` on. */
export function droppedMeanwhile(sequence: number): LogError {
  return new LogError(
    'io',
    `A compaction dropped the records after ${sequence} while they were read. Run the command again: ` +
      'it will begin with the first record that is kept.',
    { sequence },
  )
}

/** The beginning of the segment that holds `from`, or of the oldest one that is kept. */
export function startForSequence(reader: Reader, from: number): Position {
  const { walker } = reader
  const firsts = readableSegments(walker)
  const first = firsts.findLast((candidate) => candidate <= from) ?? firsts[0]
  if (first === undefined) return genesis()
  const start = startOfSegment(walker, first)
  if (start !== undefined) return start
  const reason = `nothing is left of the record before ${first}, on which its chain hangs`
  throw damagedError(damageAt(walker, { ...genesis(), segment: first }, 'missing', reason))
}

const POLL_MS = 100

/** Waits a moment; false once the signal has fired. */
export async function untilNextPoll(signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  try {
    // Loaded by the first wait: a hook never follows.
    const { setTimeout: sleep } = await import('node:timers/promises')
    await sleep(POLL_MS, undefined, { signal })
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
  return !signal.aborted
}

/** Where the log ends now. Reads the note and what was written after it, nothing else. Throws 'damaged'. */
export function readHead(reader: Reader): { sequence: number; h: string } {
  const noted = readNoted(reader)
  const position =
    noted === undefined ? startOfLast(reader) : (notedPosition(reader, noted.note) ?? startOfLast(reader))
  for (;;) {
    const result = advance(reader, position, noted, () => true)
    if (result.kind === 'progress') continue
    if (result.damage !== undefined) throw damagedError(result.damage)
    return { sequence: position.sequence, h: hexOf(position.hash) }
  }
}

function notedPosition(reader: Reader, note: Position): Position | undefined {
  const { sequence, hash, segment, offset } = note
  const position = { sequence, hash, segment, offset }
  return isStillAt(reader.walker, position) ? position : undefined
}

function startOfLast(reader: Reader): Position {
  return startForSequence(reader, Number.MAX_SAFE_INTEGER)
}
