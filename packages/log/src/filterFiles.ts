import { isArchived } from './archive.js'
import { parseJson, writtenHash } from './chain.js'
import { filterPath, listSequences, openRegular, type Places, readWhole, segmentPath } from './directory.js'
import { isCode } from './errors.js'
import type { FileSystem } from './fileSystem.js'
import { FILTER_EXTENSION, FORMAT_VERSION, GENESIS_SEED, RECORD_PREFIX, SUFFIX_BYTES } from './format.js'
import { hashBytes, hexOf } from './hash.js'
import { publishFile } from './publish.js'
import { lastSeal } from './seals.js'
import { type Position, readableSegments, restOfSegment, type Walker } from './walk.js'
import { BITS_MAX, BITS_MIN, type WordFilter, WordFilterBuilder } from './wordFilter.js'

/** The first line of a filter's file; the bits follow. */
interface FilterCard {
  readonly v: 1
  /** Of the segment: its first sequence, its bytes, and the h of its last record, which stands for all of them. */
  readonly first: number
  readonly bytes: number
  readonly at: string
  /** xxh64 of the bits, seeded with the genesis seed. */
  readonly check: string
}

const NEWLINE = 10
const CARD_BYTES_MAX = 200

/** What stands in every line, and is not read from each. */
const COMMON = '"v""seq""ts""h"'
const AFTER_TIME = '"type":'

/**
 * Of everything between the time and the hash of each record. The time and the hash themselves are in no filter: there are as many
 * of them as records, and nobody searches for them.
 */
export function filterOf(bytes: Buffer): WordFilter {
  const builder = new WordFilterBuilder()
  builder.addJson(Buffer.from(COMMON, 'latin1'), 0, COMMON.length)
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    builder.addJson(
      bytes,
      wordsFrom(bytes, start, end),
      writtenHash(bytes, end) === undefined ? end : end + 1 - SUFFIX_BYTES,
    )
    start = end + 1
  }
  return builder.finish()
}

function wordsFrom(bytes: Buffer, start: number, end: number): number {
  if (bytes.toString('latin1', start, Math.min(end, start + RECORD_PREFIX.length)) !== RECORD_PREFIX) return start
  const at = bytes.indexOf(AFTER_TIME, start)
  return at < 0 || at >= end ? start : at
}

function encodeFilter(first: number, bytes: Buffer, { bits }: WordFilter): Uint8Array[] | undefined {
  const at = writtenHash(bytes, bytes.length - 1)
  if (at === undefined) return undefined
  const check = hexOf(hashBytes(bits, GENESIS_SEED))
  const card: FilterCard = { v: FORMAT_VERSION, first, bytes: bytes.length, at, check }
  return [Buffer.from(`${JSON.stringify(card)}\n`, 'latin1'), bits]
}

/** undefined: not wholly what was written, or of another format. */
function decodeFilter(content: Buffer): { readonly card: FilterCard; readonly filter: WordFilter } | undefined {
  const end = content.subarray(0, CARD_BYTES_MAX).indexOf(NEWLINE)
  const card = parseJson(content.toString('latin1', 0, Math.max(0, end)))
  const bits = content.subarray(end + 1)
  const count = bits.length * 8
  if (!isCard(card) || count < BITS_MIN || count > BITS_MAX || !Number.isInteger(Math.log2(count))) return undefined
  return hexOf(hashBytes(bits, GENESIS_SEED)) === card.check ? { card, filter: { bits } } : undefined
}

function isCard(value: unknown): value is FilterCard {
  if (typeof value !== 'object' || value === null) return false
  const { v, first, bytes, at, check }: { [K in keyof FilterCard]?: unknown } = value
  const areNumbers = Number.isSafeInteger(first) && Number.isSafeInteger(bytes)
  return v === FORMAT_VERSION && areNumbers && typeof at === 'string' && typeof check === 'string'
}

/**
 * The filter of a segment that takes no more records; undefined if it has none, or one that was made of other bytes: then the segment
 * has to be read. An archived segment is what it was when it was packed.
 */
export function readFilter({ fs, places }: Walker, first: number): WordFilter | undefined {
  const content = readWhole(fs, filterPath(places, first))
  const read = content === undefined ? undefined : decodeFilter(content)
  if (read === undefined || read.card.first !== first) return undefined
  return isOfSegment(fs, places, read.card) ? read.filter : undefined
}

function isOfSegment(fs: FileSystem, places: Places, { first, bytes, at }: FilterCard): boolean {
  const path = segmentPath(places, first)
  try {
    const { descriptor, facts } = openRegular(fs, path, 'read')
    try {
      const suffix = Buffer.alloc(SUFFIX_BYTES)
      const count = facts.size === bytes ? fs.read(descriptor, suffix, SUFFIX_BYTES, bytes - SUFFIX_BYTES) : 0
      return count === SUFFIX_BYTES && writtenHash(suffix, SUFFIX_BYTES - 1) === at
    } finally {
      fs.close(descriptor)
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return isArchived(fs, places, first)
    throw error
  }
}

/**
 * Gives up to `most` segments a filter that have none and lie before the one in which `end` is. The same is asked of the log as for
 * seals, and of the caller.
 */
export function writeFilters(walker: Walker, end: Position, most = Number.POSITIVE_INFINITY): void {
  const { fs, places } = walker
  const newest = lastSeal(walker)
  // They are made in the order of the segments: with the newest one all are there, and no folder has to be listed.
  const isDone = newest?.last === end.segment - 1 && fs.facts(filterPath(places, newest.first)) !== undefined
  if (isDone && most < Number.POSITIVE_INFINITY) return
  const there = new Set(listFilters(fs, places))
  const closed = readableSegments(walker).filter((first) => first < end.segment && !there.has(first))
  for (const first of closed.slice(0, most)) {
    const bytes = restOfSegment(walker, first, 0)
    const parts = bytes && encodeFilter(first, bytes, filterOf(bytes))
    if (parts !== undefined) publishFile(fs, filterPath(places, first), parts)
  }
}

function listFilters(fs: FileSystem, places: Places): number[] {
  return listSequences(fs, places.filters, FILTER_EXTENSION)
}

/** Those that nobody can use: damaged, or of a segment that has other bytes. */
export function uselessFilters(walker: Walker): string[] {
  const { fs, places } = walker
  return listFilters(fs, places)
    .filter((first) => readFilter(walker, first) === undefined)
    .map((first) => filterPath(places, first))
}
