import { scanLines } from './chain.js'
import type { JsonObject, NewEvent } from './contract.js'
import { createDirectory, openRegular, segmentPath } from './directory.js'
import type { Engine } from './engine.js'
import { LogError } from './errors.js'
import { ENGINE_AUTHOR, FORMAT_VERSION, GENESIS_SEED, REPAIRED_TYPE, REWOUND_TYPE } from './format.js'
import { closeHead, type Head, type HeadSlot, readNote, writeNote } from './head.js'
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
    tail: { open: undefined, note: undefined },
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

/** Carries out what the survey asks for. A crash may cut it off after any call: the next writer surveys again. */
function mend(desk: Desk, survey: Survey, time: string): HeadNote {
  if (survey.isEmpty) return beginLog(desk)
  const { noted, torn, end } = survey
  const events: NewEvent[] = []
  let note = noteOfSurvey(desk.engine, survey)
  if (noted?.note.phase === 'sync' && !noted.isRebooted) note = copyAnew(desk, survey, note)
  if (torn !== undefined) {
    note = cutTorn(desk, survey, note, torn.bytes, time)
    events.push(ownEvent(REPAIRED_TYPE, time, tailFacts(desk, survey, torn.reason)))
  } else if (noted?.note.phase === 'repair' && survey.next?.type !== REPAIRED_TYPE) {
    events.push(ownEvent(REPAIRED_TYPE, time, tailFacts(desk, survey, 'cut off before a crash')))
  }
  if (noted === undefined) events.push(ownEvent(REPAIRED_TYPE, time, { part: 'head note', sequence: end.sequence }))
  if (noted !== undefined && noted.note.sequence > end.sequence) {
    const { sequence, durableSequence } = noted.note
    events.push(ownEvent(REWOUND_TYPE, time, { sequence: end.sequence, notedSequence: sequence, durableSequence }))
  }
  return record(desk, note, events)
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

/** The first note is on stable storage before the first segment exists: a log without a note has lost it. */
function beginLog(desk: Desk): HeadNote {
  const { engine, head } = desk
  createDirectory(engine.fs, engine.places.segments)
  const note = { sequence: 0, hash: GENESIS_SEED, durableSequence: 0, segment: 1, offset: 0, phase: 'rest' } as const
  const written = writeNote(engine, head, note)
  engine.fs.sync(head.descriptor)
  return written
}

/**
 * Cuts off what follows the survey's end: (1) note that a repair is under way, durably; (2) keep the bytes in
 * quarantine/; (3) cut; (4) sync. That the cut is recorded follows; the note keeps saying "repair" until it is.
 */
function cutTorn(desk: Desk, survey: Survey, note: HeadNote, bytes: Buffer, time: string): HeadNote {
  const { engine, head } = desk
  const { fs, places } = engine
  const repairing = writeNote(engine, head, { ...note, phase: 'repair' })
  fs.sync(head.descriptor)
  quarantineBytes(fs, places, survey.end, bytes, time)
  const { descriptor } = openRegular(fs, segmentPath(places, note.segment), 'append')
  try {
    fs.truncate(descriptor, note.offset)
    fs.sync(descriptor)
  } finally {
    fs.close(descriptor)
  }
  return repairing
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

/** Records what was mended, durably, and notes the end. */
function record(desk: Desk, note: HeadNote, events: readonly NewEvent[]): HeadNote {
  const { engine, head, tail } = desk
  if (events.length === 0) return writeNote(engine, head, note)
  let end = note
  for (const event of events) end = appendAfter(engine, head, tail, end, event).note
  engine.fs.sync(head.descriptor)
  return end
}
