import { hashOfBase, isArchived, listArchived, readArchived } from './archive.js'
import { type ChainCursor, type LineReading, scanLines, type Visit, writtenHash } from './chain.js'
import { listSegments, openRegular, type Places, segmentPath } from './directory.js'
import { isCode } from './errors.js'
import { type FileFacts, type FileSystem, isSameFile } from './fileSystem.js'
import { GENESIS_SEED, SUFFIX_BYTES } from './format.js'
import { hashFromHex, hexOf } from './hash.js'

/** A place in the log: the chain up to `sequence`, which ends at byte `offset` of segment `segment`. */
export interface Position extends ChainCursor {
  segment: number
  offset: number
}

export function genesis(): Position {
  return { sequence: 0, hash: GENESIS_SEED, segment: 1, offset: 0 }
}

/** Bytes of one segment, from a file or out of an archive. */
interface Source {
  readonly segment: number
  /** Of the open file; undefined for an archived segment. */
  readonly facts: FileFacts | undefined
  /** Why an archived segment cannot be read. */
  readonly fault: string | undefined
  read(target: Buffer, length: number, offset: number): number
  /** In bytes, now. */
  size(): number
  close(): void
}

/** Reads forward through the segments. Keeps one file open and one buffer, which every step uses again. */
export interface Walker {
  readonly fs: FileSystem
  readonly places: Places
  /** How much of a line is taken apart; default: all of it. */
  readonly lines: LineReading | undefined
  buffer: Buffer
  source: Source | undefined
}

/**
 * A step reads one chunk: always more than a record can have. Most readers only read a few records; those that fill the
 * small chunk get the large one, which still keeps others waiting for a few milliseconds only.
 */
const CHUNK_BYTES = 128 * 1024
const CHUNK_BYTES_MAX = 512 * 1024

export function createWalker(fs: FileSystem, places: Places, lines?: LineReading): Walker {
  return { fs, places, lines, buffer: Buffer.allocUnsafe(CHUNK_BYTES), source: undefined }
}

export function closeWalker(walker: Walker): void {
  const { source } = walker
  walker.source = undefined
  source?.close()
}

/** Lets go of the open file if `facts`, those of its path now, are not its own: it was copied anew, or replaced. */
export function refreshSource(walker: Walker, facts: FileFacts | undefined): void {
  const own = walker.source?.facts
  if (own !== undefined && (facts === undefined || !isSameFile(own, facts))) closeWalker(walker)
}

export type Step =
  | { readonly kind: 'progress' }
  /** All whole lines of this segment have been read; `leftover` bytes follow without a newline. */
  | { readonly kind: 'end'; readonly leftover: number }
  | { readonly kind: 'bad'; readonly reason: string }
  /** The segment is neither among the segments nor in the archive. */
  | { readonly kind: 'missing' }

/** Follows the chain by up to one chunk, moving `position`. */
export function step(walker: Walker, position: Position, visit: Visit): Step {
  const source = sourceOf(walker, position.segment)
  if (source === undefined) return { kind: 'missing' }
  if (source.fault !== undefined) return { kind: 'bad', reason: source.fault }
  const count = source.read(walker.buffer, walker.buffer.length, position.offset)
  const scan = scanLines(walker.buffer.subarray(0, count), position, visit, walker.lines)
  position.offset += scan.consumed
  if (count === walker.buffer.length && count < CHUNK_BYTES_MAX) walker.buffer = Buffer.allocUnsafe(CHUNK_BYTES_MAX)
  if (scan.consumed > 0) return { kind: 'progress' }
  if (scan.bad !== undefined) return { kind: 'bad', reason: scan.bad }
  return { kind: 'end', leftover: count }
}

/** Moves on to the segment that begins after `position`; false if there is none. */
export function stepIntoNext(walker: Walker, position: Position): boolean {
  const next = position.sequence + 1
  if (position.segment === next || !isSegmentThere(walker, next)) return false
  position.segment = next
  position.offset = 0
  return true
}

export function isSegmentThere(walker: Walker, segment: number): boolean {
  return (
    walker.fs.facts(segmentPath(walker.places, segment)) !== undefined || isArchived(walker.fs, walker.places, segment)
  )
}

function sourceOf(walker: Walker, segment: number): Source | undefined {
  if (walker.source?.segment === segment) return walker.source
  const source = openSegment(walker, segment) ?? openArchived(walker, segment)
  if (source === undefined) return undefined
  closeWalker(walker)
  walker.source = source
  return source
}

function openSegment(walker: Walker, segment: number): Source | undefined {
  try {
    const { descriptor, facts } = openRegular(walker.fs, segmentPath(walker.places, segment), 'read')
    return {
      segment,
      facts,
      fault: undefined,
      read: (target, length, offset) => walker.fs.read(descriptor, target, length, offset),
      size: () => walker.fs.size(descriptor),
      close: () => walker.fs.close(descriptor),
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function openArchived(walker: Walker, segment: number): Source | undefined {
  const unpacked = readArchived(walker.fs, walker.places, segment)
  if (unpacked === undefined) return undefined
  const isFaulty = typeof unpacked === 'string'
  const bytes = isFaulty ? Buffer.alloc(0) : unpacked
  return {
    segment,
    facts: undefined,
    fault: isFaulty ? unpacked : undefined,
    read: (target, length, offset) => bytes.subarray(offset, offset + length).copy(target),
    size: () => bytes.length,
    close: () => undefined,
  }
}

/**
 * Everything of a segment from `offset` on, read anew; undefined if the segment is not there. Into `scratch` if it is large enough:
 * memory that is new to the system costs more than what is read into it.
 */
export function restOfSegment(walker: Walker, segment: number, offset: number, scratch?: Buffer): Buffer | undefined {
  closeWalker(walker)
  const source = sourceOf(walker, segment)
  if (source === undefined) return undefined
  const size = Math.max(0, source.size() - offset)
  const bytes = scratch !== undefined && scratch.length >= size ? scratch : Buffer.allocUnsafe(size)
  return bytes.subarray(0, source.read(bytes, size, offset))
}

/** True if the line that ends at `position` carries its hash: the log is still the one this position was read from. */
export function isStillAt(walker: Walker, position: Position): boolean {
  if (position.offset === 0) return true
  const source = sourceOf(walker, position.segment)
  if (source === undefined || position.offset < SUFFIX_BYTES) return false
  const suffix = Buffer.alloc(SUFFIX_BYTES)
  const count = source.read(suffix, SUFFIX_BYTES, position.offset - SUFFIX_BYTES)
  return count === SUFFIX_BYTES && writtenHash(suffix, SUFFIX_BYTES - 1) === hexOf(position.hash)
}

/**
 * The h of record `sequence` as it is written in its line, found by counting lines in its segment. For lines that have
 * been verified, or whose right place is the question.
 */
export function writtenHashAt(walker: Walker, sequence: number): bigint | undefined {
  if (sequence === 0) return GENESIS_SEED
  const first = readableSegments(walker).findLast((candidate) => candidate <= sequence)
  if (first === undefined) return undefined
  const bytes = restOfSegment(walker, first, 0) ?? Buffer.alloc(0)
  let newline = -1
  for (let at = first; at <= sequence; at += 1) {
    newline = bytes.indexOf(10, newline + 1)
    if (newline < 0) return undefined
  }
  const written = writtenHash(bytes, newline)
  return written === undefined ? undefined : hashFromHex(written)
}

/** Where segment `first` begins, its chain taken from the end of what came before it; undefined if that is gone. */
export function startOfSegment(walker: Walker, first: number): Position | undefined {
  const hash = hashOfBase(walker.fs, walker.places, first - 1) ?? writtenHashAt(walker, first - 1)
  return hash === undefined ? undefined : { sequence: first - 1, hash, segment: first, offset: 0 }
}

/** First sequences of all segments that can be read, archived ones too, upwards. */
export function readableSegments(walker: Walker): number[] {
  const firsts = new Set([...listArchived(walker.fs, walker.places), ...listSegments(walker.fs, walker.places)])
  return [...firsts].sort((left, right) => left - right)
}

/** The sequence of the oldest record that can be read; undefined if there is none. */
export function firstKept(walker: Walker): number | undefined {
  return readableSegments(walker)[0]
}

export type WalkEnd =
  | { readonly kind: 'clean' }
  /** Bytes after `position` that are not the next record. `reason`: undefined if they have no newline. */
  | { readonly kind: 'broken'; readonly reason: string | undefined }
  | { readonly kind: 'missing' }

/** Follows the chain from `position` through all segments to the end of what verifies. */
export function walkToEnd(walker: Walker, position: Position, visit: Visit): WalkEnd {
  for (;;) {
    const result = step(walker, position, visit)
    switch (result.kind) {
      case 'progress':
        break
      case 'bad':
        return { kind: 'broken', reason: result.reason }
      case 'missing':
        return { kind: 'missing' }
      case 'end':
        if (result.leftover > 0) return { kind: 'broken', reason: undefined }
        if (!stepIntoNext(walker, position)) return { kind: 'clean' }
    }
  }
}
