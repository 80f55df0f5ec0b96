import type { LogRecord } from './contract.js'
import { damageAt, gapAt, judgeBytes, type Noted, replacedAt, rewoundAt } from './damage.js'
import { listSegments, listSequences } from './directory.js'
import { damagedError } from './errors.js'
import { SNAPSHOT_EXTENSION } from './format.js'
import { hexOf } from './hash.js'
import type { HeadNote } from './headNote.js'
import {
  closeWalker,
  genesis,
  isStillAt,
  type Position,
  restOfSegment,
  startOfSegment,
  type Walker,
  walkToEnd,
} from './walk.js'

/** What was found at the end of a log that is not as its note says. Nothing has been changed yet. */
export interface Survey {
  readonly noted: Noted | undefined
  /** There is no log yet. */
  readonly isEmpty: boolean
  /** The end of all that verifies. */
  readonly end: Position
  /** What comes after it and has to be cut off. */
  readonly torn: { readonly bytes: Buffer; readonly reason: string } | undefined
  /** The record after the noted one, if there is one. */
  readonly next: LogRecord | undefined
}

/**
 * Decides what has happened to the end of the log. Reads only. Throws LogError 'damaged' for what nobody may mend
 * without being asked. To be called under the lock.
 */
export function surveyEnd(walker: Walker, noted: Noted | undefined): Survey {
  closeWalker(walker)
  const { fs, places } = walker
  const segments = listSegments(fs, places)
  const snapshot = listSequences(fs, places.snapshots, SNAPSHOT_EXTENSION).at(-1) ?? 0
  if (segments.length === 0 && snapshot === 0 && (noted === undefined || noted.note.sequence === 0)) {
    return { noted, isEmpty: true, end: genesis(), torn: undefined, next: undefined }
  }
  const end = startOfSurvey(walker, segments, noted)
  const { reason, next, isBroken } = walkAndCompare(walker, end, noted?.note)
  const torn = isBroken ? tornAt(walker, end, noted, reason) : undefined
  const damage = (torn === undefined ? gapAt(walker, end) : undefined) ?? rewoundAt(walker, end, noted)
  if (damage !== undefined) throw damagedError(damage)
  if (end.sequence < snapshot) {
    const text = `the log ends at record ${end.sequence}, and there is a snapshot of ${snapshot}`
    throw damagedError(damageAt(walker, end, 'rewound', text))
  }
  return { noted, isEmpty: false, end, torn, next }
}

/**
 * Without a restart: the noted end, which nothing but damage can have taken back. After one: the segment of the last
 * durable record, because sealed segments are durable. Without a note: the very beginning.
 */
function startOfSurvey(walker: Walker, segments: readonly number[], noted: Noted | undefined): Position {
  if (noted === undefined) return safeStart(walker, segments, 1)
  if (noted.isRebooted) return safeStart(walker, segments, Math.max(1, noted.note.durableSequence))
  return notedEnd(walker, segments, noted.note)
}

function walkAndCompare(walker: Walker, end: Position, note: HeadNote | undefined) {
  const start = end.sequence
  let next: LogRecord | undefined
  const notedHash = note === undefined ? '' : hexOf(note.hash)
  const result = walkToEnd(walker, end, (record, lineStart) => {
    if (next === undefined && record.seq > (note?.sequence ?? start)) next = record
    if (note === undefined || record.seq !== note.sequence || record.h === notedHash) return true
    const before = { ...end, sequence: record.seq - 1, offset: end.offset + lineStart }
    throw damagedError(replacedAt(walker, before, note, record.h))
  })
  return {
    next,
    isBroken: result.kind === 'broken',
    reason: result.kind === 'broken' ? result.reason : undefined,
  }
}

function tornAt(walker: Walker, end: Position, noted: Noted | undefined, bad: string | undefined) {
  const bytes = restOfSegment(walker, end.segment, end.offset) ?? Buffer.alloc(0)
  const verdict = judgeBytes(walker, end, noted, bytes, bad)
  if (verdict.kind === 'torn') return { bytes, reason: verdict.reason }
  throw damagedError(damageAt(walker, end, verdict.kind, verdict.reason))
}

/**
 * The noted end, if the log still has it; else the beginning of its segment, from where the walk will show what is
 * wrong.
 */
function notedEnd(walker: Walker, segments: readonly number[], note: HeadNote): Position {
  const { sequence, hash, segment, offset } = note
  const position: Position = { sequence, hash, segment, offset }
  return isStillAt(walker, position) ? position : safeStart(walker, segments, segment)
}

/** The beginning of the segment that holds record `sequence`, or of the first one there is. */
function safeStart(walker: Walker, segments: readonly number[], sequence: number): Position {
  const first = segments.findLast((candidate) => candidate <= sequence) ?? segments[0] ?? 1
  const start = startOfSegment(walker, first)
  if (start !== undefined) return start
  const position = { ...genesis(), segment: first }
  throw damagedError(damageAt(walker, position, 'missing', `nothing is left of the records before ${first}`))
}
