import { parseJson, verifiesAfter, writtenHash } from './chain.js'
import type { LogRecord } from './contract.js'
import { segmentPath } from './directory.js'
import { hashFromHex } from './hash.js'
import type { Reader } from './reading.js'
import { isRecord } from './record.js'
import { readableSegments, restOfSegment, startOfSegment } from './walk.js'

/** A record that verifies after the line before it, whatever became of the lines before that. */
export interface Find {
  readonly record: LogRecord
  readonly file: string
}

/** Bytes in a row that belong to no such record. */
export interface Rubble {
  readonly file: string
  readonly offset: number
  readonly bytes: Buffer
}

const NEWLINE = 10

/** Goes through a log that may be damaged anywhere, one segment at a time; what is left over is put to `rubble`. */
export function* findSavable(reader: Reader, rubble: Rubble[]): Generator<readonly Find[]> {
  const { walker } = reader
  let seed: bigint | undefined
  for (const first of readableSegments(walker)) {
    seed ??= startOfSegment(walker, first)?.hash
    const file = segmentPath(walker.places, first)
    const bytes = restOfSegment(walker, first, 0) ?? Buffer.alloc(0)
    const sieve = sift(bytes, file, seed)
    rubble.push(...sieve.rubble)
    yield sieve.finds
    seed = sieve.seed
  }
}

/** `seed` is the h of the line before, as it is written there; a line after one without an h cannot be proven. */
function sift(bytes: Buffer, file: string, firstSeed: bigint | undefined) {
  const finds: Find[] = []
  const rubble: Rubble[] = []
  let seed = firstSeed
  let rubbleStart: number | undefined
  const endRubble = (end: number) => {
    if (rubbleStart !== undefined) rubble.push({ file, offset: rubbleStart, bytes: bytes.subarray(rubbleStart, end) })
    rubbleStart = undefined
  }
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline + 1
    const record = newline < 0 ? undefined : provenRecord(bytes, start, newline, seed)
    if (record === undefined) {
      rubbleStart ??= start
    } else {
      endRubble(start)
      finds.push({ record, file })
    }
    seed = newline < 0 ? undefined : hashFromHex(writtenHash(bytes, newline) ?? '')
    start = end
  }
  endRubble(bytes.length)
  return { finds, rubble, seed }
}

function provenRecord(bytes: Buffer, start: number, newline: number, seed: bigint | undefined): LogRecord | undefined {
  if (seed === undefined || !verifiesAfter(bytes, start, newline, seed)) return undefined
  const value = parseJson(bytes.toString('utf8', start, newline))
  if (typeof value !== 'object' || value === null || !('seq' in value) || typeof value.seq !== 'number')
    return undefined
  return isRecord(value, value.seq) ? value : undefined
}
