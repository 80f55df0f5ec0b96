import { scanLines } from './chain.js'
import type { JsonObject, NewEvent } from './contract.js'
import { createDirectory, openRegular, segmentPath, syncDirectory, syncNameOf } from './directory.js'
import type { Engine } from './engine.js'
import { LogError } from './errors.js'
import { ENGINE_AUTHOR, FORMAT_VERSION, GENESIS_SEED, REPAIRED_TYPE, REWOUND_TYPE } from './format.js'
import { closeHead, type Head, type HeadSlot, insistInPlace, readNote, writeNote } from './head.js'
import type { HeadNote, NoteReading } from './headNote.js'
import { publishFile } from './publish.js'
import { findQuarantined, quarantineBytes } from './quarantine.js'
import { type Survey, surveyEnd } from './survey.js'
import { appendAfter, closeTail, headAtRest, type Tail } from './tail.js'
import { closeWalker, createWalker, restOfSegment, startOfSegment, type Walker } from './walk.js'

/** What a writer works with. Only what is done under the lock uses more of it than `slot`. */
export interface Writer {
  readonly engine: Engine
  readonly slot: HeadSlot
  readonly tail: Tail
  readonly walker: Walker
}

export function createWriter(engine: Engine): Writer {
  return {
    engine,
    slot: { head: undefined },
    tail: { open: undefined, note: undefined, checkedMs: Number.NEGATIVE_INFINITY },
    walker: createWalker(engine.fs, engine.places),
  }
}

export function closeWriter(writer: Writer): void {
  closeWalker(writer.walker)
  closeTail(writer.engine, writer.tail)
  closeHead(writer.engine, writer.slot)
}

/** A writer that has the lock. */
interface Desk extends Writer {
  readonly head: Head
}

/**
 * The end of the log, fit to be appended to. Usually that is what the note says; if not, the log is surveyed and, if
 * its end is torn, mended and the repair recorded. `time` goes into such a record. Throws LogError 'damaged'.
 */
export function establishEnd(writer: Writer, head: Head, time: string): HeadNote {
  const { engine, tail } = writer
  const atRest = headAtRest(engine, head, tail)
  if (atRest !== undefined) return atRest
  closeTail(engine, tail)
  insistInPlace(engine, head)
  const reading = readNote(engine, head)
  refuseNewer(engine, reading)
  const noted =
    reading.kind === 'note' ? { note: reading.note, isRebooted: reading.note.bootId !== engine.bootId } : undefined
  return mend({ ...writer, head }, surveyEnd(writer.walker, noted), time)
}

function refuseNewer(engine: Engine, reading: NoteReading): void {
  if (reading.kind !== 'newer') return
  throw new LogError(
    'unsafe',
    `The log in ${engine.places.root} has format ${reading.version}, and this program writes format ${FORMAT_VERSION}. ` +
      'Nothing was recorded; the log can only be read. Use a coordlog that knows this format.',
    { directory: engine.places.root, format: reading.version, formatMax: FORMAT_VERSION },
  )
}

/**
 * Carries out what the survey asks for. A crash may cut it off after any call: the next writer surveys again. Whatever
 * has to be recorded is announced first by a durable note of phase "repair" (R1), so that it is recorded even then, and
 * so that an older note, of a log that ended elsewhere, cannot come back after a power cut.
 */
function mend(desk: Desk, survey: Survey, time: string): HeadNote {
  if (survey.isEmpty) return beginLog(desk)
  const { noted } = survey
  let note = noteOfSurvey(desk.engine, survey)
  if (noted?.note.phase === 'sync' && !noted.isRebooted) note = copyAnew(desk, survey, note)
  const isAnnounced = noted?.note.phase === 'repair' && survey.next?.by !== ENGINE_AUTHOR
  const isRewound = noted !== undefined && noted.note.sequence > survey.end.sequence
  if (survey.torn === undefined && noted !== undefined && !isAnnounced && !isRewound) {
    return writeNote(desk.engine, desk.head, note)
  }
  note = writeNote(desk.engine, desk.head, { ...note, phase: 'repair' })
  desk.engine.fs.sync(desk.head.descriptor)
  if (survey.torn !== undefined) cutTorn(desk, survey, survey.torn.bytes, time)
  for (const event of eventsOf(desk, survey, isAnnounced, time)) {
    note = appendAfter(desk.engine, desk.head, desk.tail, note, event).note
  }
  return note
}

function eventsOf(desk: Desk, survey: Survey, isAnnounced: boolean, time: string): NewEvent[] {
  const { noted, torn, end } = survey
  const events: NewEvent[] = []
  if (torn !== undefined || isAnnounced) {
    const facts = tailFacts(desk, survey, torn?.reason ?? 'a repair was cut off by a crash')
    events.push(ownEvent(REPAIRED_TYPE, time, facts))
  }
  if (noted === undefined) events.push(ownEvent(REPAIRED_TYPE, time, { part: 'head note', sequence: end.sequence }))
  if (noted !== undefined && noted.note.sequence > end.sequence) {
    const { sequence, durableSequence } = noted.note
    events.push(ownEvent(REWOUND_TYPE, time, { sequence: end.sequence, notedSequence: sequence, durableSequence }))
  }
  return events
}

function ownEvent(type: string, ts: string, data: JsonObject): NewEvent {
  return { ts, type, by: ENGINE_AUTHOR, data, durable: true }
}

/** Where the log ends. After a restart all that could be read came from the disk, and so is durable. */
function noteOfSurvey(engine: Engine, survey: Survey): HeadNote {
  const { end, noted } = survey
  const durableSequence = noted === undefined ? 0 : noted.isRebooted ? end.sequence : noted.note.durableSequence
  const { sequence, hash, segment, offset } = end
  const { bootId, processId } = engine
  return { sequence, hash, durableSequence, segment, offset, bootId, processId, phase: 'rest' }
}

/**
 * The folders and the first note are on stable storage before there is a segment. Until they are, the note says that a
 * sync is under way, and whoever comes next begins again.
 */
function beginLog(desk: Desk): HeadNote {
  const { engine, head } = desk
  const { fs, places } = engine
  createDirectory(fs, places.segments)
  syncDirectory(fs, places.root)
  syncNameOf(fs, places.root)
  const note = { sequence: 0, hash: GENESIS_SEED, durableSequence: 0, segment: 1, offset: 0 }
  writeNote(engine, head, { ...note, phase: 'sync' })
  fs.sync(head.descriptor)
  return writeNote(engine, head, { ...note, phase: 'rest' })
}

/** Keeps what follows the survey's end in quarantine/ (R2), cuts it off (R3), and syncs that (R4). */
function cutTorn(desk: Desk, survey: Survey, bytes: Buffer, time: string): void {
  const { fs, places } = desk.engine
  quarantineBytes(fs, places, survey.end, bytes, time)
  const { descriptor } = openRegular(fs, segmentPath(places, survey.end.segment), 'append')
  try {
    fs.truncate(descriptor, survey.end.offset)
    fs.sync(descriptor)
  } finally {
    fs.close(descriptor)
  }
}

function tailFacts(desk: Desk, survey: Survey, reason: string): JsonObject {
  const { fs, places } = desk.engine
  const { end } = survey
  const kept = findQuarantined(fs, places, end)
  return {
    part: 'tail',
    segment: end.segment,
    offset: end.offset,
    bytes: kept?.bytes ?? 0,
    quarantine: kept?.name ?? null,
    reason,
  }
}

/**
 * A sync failed, or its process was killed inside: which pages reached the disk is not known, and asking again proves
 * nothing. What can be read is verified from its first line and written to new blocks, in place of the old file.
 */
function copyAnew(desk: Desk, survey: Survey, note: HeadNote): HeadNote {
  const { engine, head, walker } = desk
  const { segment, offset, sequence } = survey.end
  const bytes = restOfSegment(walker, segment, 0) ?? Buffer.alloc(0)
  const cursor = startOfSegment(walker, segment)
  const scan = cursor === undefined ? undefined : scanLines(bytes.subarray(0, offset), cursor, () => true)
  closeWalker(walker)
  if (scan?.consumed !== offset) {
    const path = segmentPath(engine.places, segment)
    throw new LogError(
      'damaged',
      `A sync of ${path} failed, and its records do not verify any more from byte ${scan?.consumed ?? 0} on. ` +
        'Nothing was recorded. Run: coord verify',
      { file: path, offset: scan?.consumed ?? 0, lastGoodSequence: cursor?.sequence ?? 0 },
    )
  }
  publishFile(engine.fs, segmentPath(engine.places, segment), [bytes])
  return writeNote(engine, head, { ...note, durableSequence: sequence, phase: 'rest' })
}
