import { isAscii } from 'node:buffer'
import { loadZlib } from './archive.js'
import { claimedSequence, type LineReading, parseJson, verifiesAfter, writtenHash } from './chain.js'
import type { LogRecord } from './contract.js'
import { damageAt } from './damage.js'
import { droppedUpTo } from './directory.js'
import { createEngine, type EngineOptions, orSystemError, orSystemErrorLater } from './engine.js'
import { damagedError, type LogError } from './errors.js'
import { readFilter } from './filterFiles.js'
import { SEGMENT_BYTES_MAX } from './format.js'
import { hashFromHex } from './hash.js'
import { droppedMeanwhile, startForSequence } from './history.js'
import { breathe } from './pause.js'
import { advance, closeReader, createReader, type Reader, readNoted } from './reading.js'
import { isRecord } from './record.js'
import { skim } from './skimmed.js'
import { genesis, readableSegments, restOfSegment, startOfSegment, type Walker } from './walk.js'
import { mayHold, type WordHash, wordHashesOf } from './wordFilter.js'

const NEWLINE = 10

export interface SearchRange {
  /** Both included; default: everything. */
  readonly from?: number
  readonly to?: number
  /** Default: the newest one. */
  readonly first?: 'newest' | 'oldest'
}

/**
 * Records whose line holds one of these texts. The bytes are searched, not parsed, and not even read where the filter of a segment
 * says that a word of the text is not in it: a long history takes little time. Each line found is checked against the one before
 * it. A text begins outside of any JSON string; one that stands there whole (a path, an id) is found by its JSON form. Times and
 * hashes of records are not searched for. Throws LogError 'damaged' at a line that does not verify, and 'io' where a
 * compaction drops what was still to be searched.
 */
export async function* searchLog(
  directory: string,
  texts: readonly string[],
  range: SearchRange = {},
  options: EngineOptions = {},
): AsyncGenerator<LogRecord> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  const { from = 1, to = Number.MAX_SAFE_INTEGER } = range
  const isOldestFirst = range.first === 'oldest'
  const isWithin = (sequence: number) => sequence >= from && sequence <= to
  const needles = texts.map((text) => ({ bytes: Buffer.from(text, 'utf8'), words: wordHashesOf(text) }))
  const scratch = Buffer.allocUnsafeSlow(SEGMENT_BYTES_MAX)
  try {
    await loadZlib()
    const firsts = await orSystemErrorLater(engine, async () => readableSegments(reader.walker))
    const wanted = firsts.filter((first, index) => first <= to && (firsts[index + 1] ?? Number.MAX_SAFE_INTEGER) > from)
    for (const first of isOldestFirst ? wanted : wanted.toReversed()) {
      const possible = orSystemError(engine, () => needlesIn(reader, first, needles))
      if (possible.length === 0) continue
      const { bytes, starts } = orSystemError(engine, () => searchSegment(reader, first, possible, scratch))
      if (isOldestFirst) starts.reverse()
      // What says that it lies elsewhere need not be proven, nor need damage behind the range be met.
      for (const start of starts.filter((each) => isWithin(claimedSequence(bytes, each) ?? from))) {
        const record = orSystemError(engine, () => recordAt(reader, first, bytes, start))
        if (isWithin(record.seq)) yield record
      }
      await breathe()
    }
  } finally {
    closeReader(reader)
  }
}

interface Needle {
  readonly bytes: Buffer
  readonly words: readonly WordHash[]
}

/** Those that may stand in a segment. */
function needlesIn({ walker }: Reader, first: number, needles: readonly Needle[]): readonly Needle[] {
  const filter = readFilter(walker, first)
  return filter === undefined ? needles : needles.filter(({ words }) => mayHold(filter, words))
}

/** Where the lines begin that hold one of these, the last one first. */
function searchSegment({ walker }: Reader, first: number, needles: readonly Needle[], scratch: Buffer) {
  const bytes = restOfSegment(walker, first, 0, scratch)
  if (bytes === undefined) throw goneError(walker, first)
  const end = bytes.lastIndexOf(NEWLINE) + 1
  const starts = new Set<number>()
  for (const { bytes: needle } of needles) {
    for (let at = bytes.indexOf(needle); at >= 0 && at < end; ) {
      starts.add(bytes.lastIndexOf(NEWLINE, at) + 1)
      const next = bytes.indexOf(NEWLINE, at) + 1
      at = next === 0 ? -1 : bytes.indexOf(needle, next)
    }
  }
  return { bytes, starts: [...starts].sort((left, right) => right - left) }
}

function goneError(walker: Walker, first: number): LogError {
  if (first <= droppedUpTo(walker.fs, walker.places)) return droppedMeanwhile(first - 1)
  return damagedError(damageAt(walker, { ...genesis(), segment: first }, 'missing', 'its segment is gone'))
}

/** The record whose line begins at `start`, if it follows on what the line before it says. */
function recordAt(reader: Reader, first: number, bytes: Buffer, start: number): LogRecord {
  const end = bytes.indexOf(NEWLINE, start)
  const seed = start === 0 ? startOfSegment(reader.walker, first)?.hash : seedBefore(bytes, start)
  const record = parseJson(bytes.toString('utf8', start, end))
  const sequence = sequenceOf(record)
  if (seed !== undefined && verifiesAfter(bytes, start, end, seed) && isRecord(record, sequence)) return record
  const position = { ...genesis(), sequence: Math.max(0, sequence - 1), segment: first, offset: start }
  throw damagedError(damageAt(reader.walker, position, 'corrupt', 'a line that does not follow on the one before it'))
}

function seedBefore(bytes: Buffer, start: number): bigint | undefined {
  const written = writtenHash(bytes, start - 1)
  return written === undefined ? undefined : hashFromHex(written)
}

function sequenceOf(record: unknown): number {
  return typeof record === 'object' && record !== null && 'seq' in record && typeof record.seq === 'number'
    ? record.seq
    : 0
}

/**
 * Shows every record from `from` on, verified, to `visit`, until that returns false: the fastest way through a whole
 * history, in constant memory. Throws LogError 'damaged' at damage, after the records before it.
 */
export async function scanLog(
  directory: string,
  from: number,
  visit: (record: LogRecord) => boolean,
  options: EngineOptions = {},
): Promise<void> {
  const engine = await createEngine(directory, options)
  await scan(createReader(engine), from, visit)
}

/** The same for who needs little of the data, which is parsed when it is looked at; of most records its text is there too. */
export async function skimLog(
  directory: string,
  from: number,
  visit: (record: LogRecord & { readonly dataText?: string }) => boolean,
  options: EngineOptions = {},
): Promise<void> {
  const engine = await createEngine(directory, options)
  await scan(createReader(engine, skimmedLines), from, visit)
}

/** Each line is a string of its own: what is kept of one does not keep its neighbours. */
function skimmedLines(bytes: Buffer): ReturnType<LineReading> {
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8'
  return (start, end, sequence) => skim(bytes.toString(encoding, start, end), sequence)
}

async function scan(reader: Reader, from: number, visit: (record: LogRecord) => boolean): Promise<void> {
  try {
    await loadZlib()
    await orSystemErrorLater(reader.engine, async () => {
      const noted = readNoted(reader)
      const position = startForSequence(reader, from)
      for (let isWanted = true; isWanted; await breathe()) {
        const result = advance(reader, position, noted, (record) => {
          if (isWanted && record.seq >= from) isWanted = visit(record)
          return true
        })
        if (result.kind === 'progress') continue
        if (isWanted && result.damage !== undefined) throw damagedError(result.damage)
        return
      }
    })
  } finally {
    closeReader(reader)
  }
}
