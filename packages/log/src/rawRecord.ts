import { isArchived, loadZlib } from './archive.js'
import { writtenHash } from './chain.js'
import { archivePath, segmentPath } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { SUFFIX_BYTES } from './format.js'
import { hashBytes, hashFromHex, hexOf } from './hash.js'
import { closeReader, createReader, type Reader } from './reading.js'
import { readableSegments, restOfSegment, startOfSegment } from './walk.js'

/** One record as the disk has it, and its place in the chain. Nothing of it is believed: what does not fit is shown. */
export interface RawRecord {
  readonly sequence: number
  /** The line with its newline. */
  readonly bytes: Buffer
  /** The segment or archive, and where in the (unpacked) segment the line begins. */
  readonly file: string
  readonly offset: number
  readonly isArchived: boolean
  /** The h that the line carries; undefined if it does not end as a record does. */
  readonly written: string | undefined
  /** What its bytes give after the line before it; undefined if that one is not there. */
  readonly computed: string | undefined
  /** The h of the record before: the seed of this one's. The genesis seed before the first. */
  readonly before: string | undefined
  /** The h of the record after, which was seeded with this one's. */
  readonly after: string | undefined
}

/** undefined: there is no line of that sequence, or it was dropped. Finds it by counting lines in its segment. */
export async function readRawRecord(
  directory: string,
  sequence: number,
  options: EngineOptions = {},
): Promise<RawRecord | undefined> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    await loadZlib()
    return await orSystemErrorLater(engine, async () => find(reader, sequence))
  } finally {
    closeReader(reader)
  }
}

function find(reader: Reader, sequence: number): RawRecord | undefined {
  const { walker } = reader
  const { fs, places } = reader.engine
  const firsts = readableSegments(walker)
  const first = firsts.findLast((candidate) => candidate <= sequence)
  if (first === undefined) return undefined
  const segment = restOfSegment(walker, first, 0) ?? Buffer.alloc(0)
  const line = lineAt(segment, sequence - first)
  if (line === undefined) return undefined
  const next = lineAt(segment, sequence - first + 1) ?? firstLineOf(reader, sequence + 1)
  const before = line.start === 0 ? startOfSegment(walker, first)?.hash : writtenIn(segment, line.start - 1)
  const bytes = segment.subarray(line.start, line.end + 1)
  const isPacked = fs.facts(segmentPath(places, first)) === undefined && isArchived(fs, places, first)
  return {
    sequence,
    bytes,
    file: isPacked ? archivePath(places, first) : segmentPath(places, first),
    offset: line.start,
    isArchived: isPacked,
    written: writtenHash(segment, line.end),
    computed: before === undefined ? undefined : hexOf(hashBytes(bytes.subarray(0, -SUFFIX_BYTES), before)),
    before: before === undefined ? undefined : hexOf(before),
    after: next === undefined ? undefined : writtenHash(next.bytes, next.end),
  }
}

function firstLineOf(reader: Reader, first: number) {
  const bytes = restOfSegment(reader.walker, first, 0)
  return bytes === undefined ? undefined : lineAt(bytes, 0)
}

/** The n-th line from 0, if it has its newline; `end` is where that stands. */
function lineAt(bytes: Buffer, index: number): { bytes: Buffer; start: number; end: number } | undefined {
  let start = 0
  for (let line = 0; ; line += 1) {
    const end = bytes.indexOf(10, start)
    if (end < 0) return undefined
    if (line === index) return { bytes, start, end }
    start = end + 1
  }
}

function writtenIn(bytes: Buffer, newline: number): bigint | undefined {
  const written = writtenHash(bytes, newline)
  return written === undefined ? undefined : hashFromHex(written)
}
