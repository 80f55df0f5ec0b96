import { writtenHash } from './chain.js'
import type { Group, LogRecord, NewEvent } from './contract.js'
import { createDirectory, openRegular, segmentPath, syncDirectory } from './directory.js'
import type { Engine } from './engine.js'
import { fromSystem, LogError } from './errors.js'
import { type FileFacts, isSameFile } from './fileSystem.js'
import { RECORD_BYTES_MAX, SUFFIX_BYTES } from './format.js'
import { hexOf } from './hash.js'
import { type Head, insistInPlace, PATH_TRUST_MS, readNote, writeNote } from './head.js'
import type { HeadNote } from './headNote.js'
import { encodeRecord } from './record.js'
import { StrayLines } from './stray.js'

/** The open tail segment. */
interface OpenTail {
  readonly segment: number
  readonly descriptor: number
  readonly facts: FileFacts
}

/** What a writer keeps between two appends: nothing that is believed without being checked under the lock. */
export interface Tail {
  open: OpenTail | undefined
  /** The note under which the end of the open segment was last seen or made by this process. */
  note: HeadNote | undefined
  /** When the path was last seen to lead to the open segment, by the engine's clock. */
  checkedMs: number
}

export function closeTail(engine: Engine, tail: Tail): void {
  const open = tail.open
  tail.open = undefined
  tail.note = undefined
  if (open !== undefined) engine.fs.close(open.descriptor)
}

/** The note, if the log is exactly as it says; undefined if someone has to look closer. Costs the same for any log. */
export function headAtRest(engine: Engine, head: Head, tail: Tail): HeadNote | undefined {
  const reading = readNote(engine, head)
  if (reading.kind !== 'note') return undefined
  const { note } = reading
  if (note.phase !== 'rest' || note.bootId !== engine.bootId) return undefined
  return endsAsNoted(engine, tail, note) ? note : undefined
}

/** True if the tail segment has the noted length and, unless this process has just left it so, the noted last line. */
function endsAsNoted(engine: Engine, tail: Tail, note: HeadNote): boolean {
  const nowMs = engine.wait.now()
  const known = tail.note === note ? tail.open : undefined
  if (known !== undefined && known.segment === note.segment && nowMs - tail.checkedMs < PATH_TRUST_MS) {
    return engine.fs.size(known.descriptor) === note.offset
  }
  tail.checkedMs = nowMs
  const facts = engine.fs.facts(segmentPath(engine.places, note.segment))
  if (facts === undefined || facts.size === 0) return note.offset === 0 && note.sequence + 1 === note.segment
  if (facts.kind !== 'file' || facts.size !== note.offset) return false
  return (known !== undefined && isSameFile(known.facts, facts)) || endsIn(engine, tail, note, facts)
}

/** True if the last line carries the noted hash: a file of the same length may still be another one. */
function endsIn(engine: Engine, tail: Tail, note: HeadNote, facts: FileFacts): boolean {
  const open = openTail(engine, tail, note, facts)
  const suffix = Buffer.alloc(SUFFIX_BYTES)
  if (note.offset < SUFFIX_BYTES) return false
  const count = engine.fs.read(open.descriptor, suffix, SUFFIX_BYTES, note.offset - SUFFIX_BYTES)
  return count === SUFFIX_BYTES && writtenHash(suffix, SUFFIX_BYTES - 1) === hexOf(note.hash)
}

/** The descriptor of the tail segment, if it is still the file at its path. */
function openTail(engine: Engine, tail: Tail, note: HeadNote, facts: FileFacts | undefined): OpenTail {
  const known = tail.open
  if (known !== undefined && known.segment === note.segment && facts !== undefined && isSameFile(known.facts, facts)) {
    return known
  }
  closeTail(engine, tail)
  const opened = openRegular(engine.fs, segmentPath(engine.places, note.segment), 'append')
  tail.open = { segment: note.segment, ...opened }
  return tail.open
}

/** What was written, and the note under which it stands. */
export interface Written {
  readonly records: readonly LogRecord[]
  readonly note: HeadNote
}

/** Writes one event as the record after `note`, which is where the log ends; see appendAllAfter. Only under the lock. */
export function appendAfter(engine: Engine, head: Head, tail: Tail, note: HeadNote, event: NewEvent): Written {
  return appendAllAfter(engine, head, tail, note, (add) => void add(event))
}

/**
 * Writes the events that `fill` adds, in this order, as the records after `note`, by one write. On return they are wholly
 * in the log, noted, and on stable storage if one of them has to be. Only under the lock.
 */
export function appendAllAfter(engine: Engine, head: Head, tail: Tail, note: HeadNote, fill: Group['fill']): Written {
  const batch = encodeAll(note, fill)
  const { records, ends, bytes } = batch
  if (records.length === 0) return { records, note }
  const place =
    note.offset > 0 && note.offset + bytes.length > engine.segmentBytesMax ? rotate(engine, head, tail, note) : note
  const open = tailToWrite(engine, tail, place)
  const count = writeWholeLines(engine, open, place, batch)
  const end = ends[count - 1] ?? { sequence: place.sequence, hash: place.hash, bytes: 0 }
  const written = { ...place, sequence: end.sequence, hash: end.hash, offset: place.offset + end.bytes }
  if (count < records.length) throw shortOf(engine, head, written, batch, count)
  const mustSync = batch.isDurable || engine.durability === 'all'
  tail.note = mustSync ? syncTail(engine, head, open.descriptor, written) : noteWritten(engine, head, written)
  return { records, note: tail.note }
}

/** Lines that go into one write, and for each of them what the log is like if it ends there. */
interface Batch {
  readonly bytes: Buffer
  readonly records: readonly LogRecord[]
  readonly ends: readonly { readonly sequence: number; readonly hash: bigint; readonly bytes: number }[]
  readonly isDurable: boolean
}

/** Used again for each batch: nothing is awaited between filling it and writing it. */
let batchBuffer = Buffer.allocUnsafe(4 * RECORD_BYTES_MAX)

function roomFor(size: number): Buffer {
  if (batchBuffer.length - size >= RECORD_BYTES_MAX) return batchBuffer
  const larger = Buffer.allocUnsafe(2 * batchBuffer.length)
  batchBuffer.copy(larger, 0, 0, size)
  batchBuffer = larger
  return batchBuffer
}

function encodeAll(note: HeadNote, fill: Group['fill']): Batch {
  const records: LogRecord[] = []
  const ends: { sequence: number; hash: bigint; bytes: number }[] = []
  let { sequence, hash } = note
  let size = 0
  let isDurable = false
  fill((event) => {
    const encoded = encodeRecord(event, sequence + 1, hash, roomFor(size), size)
    const record = encoded.record()
    records.push(record)
    sequence += 1
    hash = encoded.hash
    size += encoded.bytes.length
    ends.push({ sequence, hash, bytes: size })
    isDurable ||= event.durable
    return record
  })
  return { bytes: batchBuffer.subarray(0, size), records, ends, isDurable }
}

/**
 * The descriptor to write to. A segment without a record may not exist yet, or its name may not be durable yet: both are
 * made good before its first record.
 */
function tailToWrite(engine: Engine, tail: Tail, note: HeadNote): OpenTail {
  const { fs, places } = engine
  const known = tail.open
  if (note.offset > 0 && known?.segment === note.segment && tail.note === note) return known
  if (note.offset > 0) return openTail(engine, tail, note, fs.facts(segmentPath(places, note.segment)))
  createDirectory(fs, places.segments)
  const open = openTail(engine, tail, note, fs.facts(segmentPath(places, note.segment)))
  syncDirectory(fs, places.segments)
  return open
}

/**
 * One write. Where it fails or falls short, the part of a line that it left is cut off again. Returns how many lines are
 * whole: they stay, because a reader may have seen them. Throws StrayLines if somebody else wrote since the end was looked at.
 */
function writeWholeLines(engine: Engine, open: OpenTail, note: HeadNote, { bytes, ends }: Batch): number {
  const path = segmentPath(engine.places, note.segment)
  let length: number
  try {
    length = engine.fs.write(open.descriptor, bytes, 'end')
  } catch (error) {
    cutBack(engine, open, path, note.offset)
    throw error
  }
  const start = endOfWrite(engine, open, path) - length
  if (start !== note.offset) throw new StrayLines(path, start, bytes.subarray(0, length))
  if (length === bytes.length) return ends.length
  const whole = ends.filter((end) => end.bytes <= length).length
  cutBack(engine, open, path, note.offset + (ends[whole - 1]?.bytes ?? 0))
  return whole
}

/** A disk that is full took only the first lines. They are noted, and nothing is acknowledged. */
function shortOf(engine: Engine, head: Head, written: HeadNote, batch: Batch, whole: number): LogError {
  const path = segmentPath(engine.places, written.segment)
  const count = batch.records.length
  if (whole > 0) noteWritten(engine, head, written)
  const outcome =
    whole === 0 ? 'Nothing was recorded.' : `The first ${whole} of ${count} events are in the log, the others are not.`
  return new LogError(
    'io',
    `${path} did not take ${batch.bytes.length} bytes; the disk is probably full. ${outcome} ` +
      'Make room, then run the command again.',
    { path, bytes: batch.bytes.length, events: count, recorded: whole, cause: 'ENOSPC' },
  )
}

function endOfWrite(engine: Engine, open: OpenTail, path: string): number {
  try {
    return engine.fs.writtenTo(open.descriptor)
  } catch (error) {
    throw fromSystem(error, path, 'The event was written, but it is not known where.')
  }
}

function cutBack(engine: Engine, open: OpenTail, path: string, offset: number): void {
  try {
    engine.fs.truncate(open.descriptor, offset)
  } catch (error) {
    throw fromSystem(
      error,
      path,
      'The event was not recorded; half of it is left, and the next writer will cut it off.',
    )
  }
}

/** Notes a record that is written. Where that fails the record stays, for readers may have seen it: it is said so. */
function noteWritten(engine: Engine, head: Head, note: HeadNote): HeadNote {
  try {
    return writeNote(engine, head, note)
  } catch (error) {
    throw fromSystem(
      error,
      engine.places.lock,
      `The event is in the log as ${note.sequence}, but it could not be noted.`,
    )
  }
}

/**
 * Puts everything up to `note` on stable storage. That a sync is under way is noted before it: if it fails, or if its
 * process is killed inside, nobody knows what reached the disk, and a later sync that succeeds proves nothing. The next
 * writer then copies the segment anew (recovery.ts).
 */
function syncTail(engine: Engine, head: Head, descriptor: number, note: HeadNote): HeadNote {
  noteWritten(engine, head, { ...note, phase: 'sync' })
  try {
    engine.fs.syncData(descriptor)
  } catch (error) {
    throw fromSystem(
      error,
      segmentPath(engine.places, note.segment),
      `The log up to ${note.sequence} is written, but it is not known to be on stable storage.`,
    )
  }
  return noteWritten(engine, head, { ...note, durableSequence: note.sequence, phase: 'rest' })
}

/** The same for a log at rest; costs nothing where all is durable already. */
export function makeDurable(engine: Engine, head: Head, tail: Tail, note: HeadNote): HeadNote {
  if (note.durableSequence === note.sequence) return note
  const open = tailToWrite(engine, tail, note)
  const durable = syncTail(engine, head, open.descriptor, note)
  tail.note = durable
  return durable
}

/**
 * Seals the tail: it is made durable, and the note points to a segment that is not there yet. A crash here leaves a note
 * that says what is missing; the next writer creates it.
 */
function rotate(engine: Engine, head: Head, tail: Tail, note: HeadNote): HeadNote {
  const sealed = makeDurable(engine, head, tail, note)
  closeTail(engine, tail)
  insistInPlace(engine, head)
  return noteWritten(engine, head, { ...sealed, segment: sealed.sequence + 1, offset: 0 })
}
