import { type LineReading, scanLines, type Visit } from './chain.js'
import type { Damage } from './contract.js'
import { damageAt, gapAt, judgeBytes, type Noted, replacedAt, rewoundAt } from './damage.js'
import { droppedUpTo, segmentPath } from './directory.js'
import type { Engine } from './engine.js'
import { hexOf } from './hash.js'
import { closeHead, type HeadSlot, isInPlace, openHeadToRead, readNote } from './head.js'
import {
  closeWalker,
  createWalker,
  isStillAt,
  type Position,
  refreshSource,
  restOfSegment,
  step,
  stepIntoNext,
  type Walker,
} from './walk.js'

/** All that a reader needs. It takes no lock and writes nothing. */
export interface Reader {
  readonly engine: Engine
  readonly walker: Walker
  readonly slot: HeadSlot
}

export function createReader(engine: Engine, lines?: LineReading): Reader {
  return { engine, slot: { head: undefined }, walker: createWalker(engine.fs, engine.places, lines) }
}

export function closeReader(reader: Reader): void {
  closeWalker(reader.walker)
  closeHead(reader.engine, reader.slot)
}

const NOTE_READS_MAX = 5

/**
 * The note beside the lock, read without the lock; undefined if there is none to be had. A note that is being written
 * may read as half of two notes, which its checksum shows: then it is read again.
 */
export function readNoted(reader: Reader): Noted | undefined {
  const { engine, slot } = reader
  if (slot.head !== undefined && !isInPlace(engine, slot.head)) closeHead(engine, slot)
  slot.head ??= openHeadToRead(engine)
  if (slot.head === undefined) return undefined
  for (let attempt = 0; attempt < NOTE_READS_MAX; attempt += 1) {
    const reading = readNote(engine, slot.head)
    if (reading.kind === 'note') {
      return { note: reading.note, isRebooted: reading.note.bootId !== engine.bootId }
    }
    if (reading.kind !== 'unreadable') return undefined
  }
  return undefined
}

/**
 * True if the log still holds what was read up to `position`, which is moved on if its segment has been compacted away.
 */
export function isUpToHere(reader: Reader, position: Position): boolean {
  const { walker } = reader
  const facts = walker.fs.facts(segmentPath(walker.places, position.segment))
  const source = walker.source
  refreshSource(walker, facts)
  if (facts === undefined && position.offset > 0) return stepIntoNext(walker, position)
  if (facts === undefined) return position.sequence >= droppedUpTo(walker.fs, walker.places)
  if (facts.size < position.offset) return false
  return (source !== undefined && walker.source === source) || isStillAt(walker, position)
}

export type Advance = { readonly kind: 'progress' } | { readonly kind: 'end'; readonly damage: Damage | undefined }

const PROGRESS: Advance = { kind: 'progress' }
const CLEAN_END: Advance = { kind: 'end', damage: undefined }

/** Reads on by one chunk. `noted` is a note that was read before, so that the log must reach it. */
export function advance(reader: Reader, position: Position, noted: Noted | undefined, visit: Visit): Advance {
  const { walker } = reader
  let replaced: Damage | undefined
  const result = step(walker, position, (record, start, end) => {
    if (noted !== undefined && record.seq === noted.note.sequence && record.h !== hexOf(noted.note.hash)) {
      const before = { ...position, offset: position.offset + start }
      replaced = replacedAt(walker, before, noted.note, record.h)
      return false
    }
    return visit(record, start, end)
  })
  if (replaced !== undefined) return { kind: 'end', damage: replaced }
  if (result.kind === 'progress') {
    const isEnd = isNotedEnd(position, noted) && walker.source?.size() === position.offset
    return isEnd ? CLEAN_END : PROGRESS
  }
  if (result.kind === 'end' && result.leftover === 0) {
    if (isNotedEnd(position, noted)) return CLEAN_END
    return stepIntoNext(walker, position) ? PROGRESS : endAt(walker, position, noted)
  }
  if (result.kind === 'missing') return endAt(walker, position, noted)
  if (result.kind === 'bad' && walker.source?.facts === undefined) {
    /* Nobody writes to an archived segment: there is nothing to wait for. */
    return { kind: 'end', damage: damageAt(walker, position, 'corrupt', result.reason) }
  }
  return lookAgain(reader, position, visit)
}

/** True if the log was noted to end exactly here. */
export function isNotedEnd(position: Position, noted: Noted | undefined): boolean {
  return (
    noted !== undefined &&
    noted.note.sequence === position.sequence &&
    noted.note.segment === position.segment &&
    noted.note.hash === position.hash
  )
}

/** A clean end. What looks like a gap may be what others have added since it was read, here or behind: then read on. */
function endAt(walker: Walker, position: Position, noted: Noted | undefined): Advance {
  const damage = gapAt(walker, position) ?? rewoundAt(walker, position, noted)
  if (damage === undefined) return CLEAN_END
  const facts = walker.fs.facts(segmentPath(walker.places, position.segment))
  refreshSource(walker, facts)
  if (facts !== undefined && facts.size > position.offset) return PROGRESS
  return stepIntoNext(walker, position) ? PROGRESS : { kind: 'end', damage }
}

/**
 * Bytes that do not verify may be a line that is just being written, cut back or copied anew. So they are judged only
 * when they stay as they are: note first, then the bytes, then the bytes once more.
 */
function lookAgain(reader: Reader, position: Position, visit: Visit): Advance {
  const { walker } = reader
  for (;;) {
    const noted = readNoted(reader)
    const bytes = restOfSegment(walker, position.segment, position.offset)
    if (bytes === undefined || bytes.length === 0) return PROGRESS
    const scan = scanLines(bytes, position, visit, walker.lines)
    if (scan.consumed > 0) {
      position.offset += scan.consumed
      return PROGRESS
    }
    const verdict = judgeBytes(walker, position, noted, bytes, scan.bad)
    if (verdict.kind === 'torn') return { kind: 'end', damage: rewoundAt(walker, position, noted) }
    const again = restOfSegment(walker, position.segment, position.offset)
    closeWalker(walker)
    if (again?.equals(bytes)) return { kind: 'end', damage: damageAt(walker, position, verdict.kind, verdict.reason) }
  }
}
