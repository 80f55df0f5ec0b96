import { loadZlib, readBase } from './archive.js'
import { beginAtBase, refuseExisting } from './begin.js'
import type { NewEvent } from './contract.js'
import { droppedUpTo } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { ENGINE_AUTHOR, LOST_TYPE, sequenceName } from './format.js'
import { type Head, underLock } from './head.js'
import type { HeadNote } from './headNote.js'
import { publishFile } from './publish.js'
import { closeReader, createReader, type Reader, readNoted } from './reading.js'
import { closeWriter, createWriter, establishEnd, type Writer } from './recovery.js'
import { type Find, findSavable, type Rubble } from './rubble.js'
import { wholeState } from './snapshotCodec.js'
import { appendAfter, makeDurable } from './tail.js'

export interface SalvageOptions extends EngineOptions {
  /** The present time, in the form of `ts`, for the records that stand for lost ones. */
  readonly time: string
}

/** Sequences of which no record could be saved. */
export interface LostStretch {
  readonly firstSequence: number
  readonly lastSequence: number
}

export interface SalvageReport {
  readonly target: string
  /** Records of the source that are in the target, at their old sequences. */
  readonly saved: number
  readonly lost: readonly LostStretch[]
  /** Bytes of the source that belong to no saved record: where they lay, and under which name they are kept. */
  readonly rubble: readonly {
    readonly file: string
    readonly offset: number
    readonly bytes: number
    readonly keptAs: string
  }[]
}

interface Salvage {
  readonly reader: Reader
  readonly writer: Writer
  readonly time: string
  readonly lost: LostStretch[]
  readonly rubble: Rubble[]
  saved: number
  lastSequence: number
}

/**
 * Copies what verifies from a damaged log into a new one, and never touches the original. Records after the damage are
 * saved too, if each verifies after the line before it. All keep their sequences, because tokens are sequences: in the
 * place of each record that is lost stands a log.lost. Throws LogError 'unsafe' if there is something at the target.
 */
export async function salvageLog(source: string, target: string, options: SalvageOptions): Promise<SalvageReport> {
  await loadZlib()
  const from = await createEngine(source, options)
  const to = await createEngine(target, options)
  refuseExisting(to)
  const salvage: Salvage = {
    reader: createReader(from),
    writer: createWriter(to),
    time: options.time,
    lost: [],
    rubble: [],
    saved: 0,
    lastSequence: 0,
  }
  try {
    return await orSystemErrorLater(to, () => salvageInto(salvage))
  } finally {
    closeReader(salvage.reader)
    closeWriter(salvage.writer)
  }
}

async function salvageInto(salvage: Salvage): Promise<SalvageReport> {
  const { reader, writer } = salvage
  const { engine } = writer
  const dropped = droppedUpTo(reader.engine.fs, reader.engine.places)
  const base = dropped === 0 ? undefined : readBase(reader.engine.fs, reader.engine.places, dropped)
  if (base !== undefined) {
    await beginAtBase(writer, { ...base, state: wholeState(base), deferred: base.deferred?.name })
    salvage.lastSequence = base.position.sequence
  }
  for (const finds of findSavable(reader, salvage.rubble)) {
    await underLock(engine, writer.slot, (head) => copyAll(salvage, head, finds))
  }
  const notedLast = readNoted(reader)?.note.sequence ?? 0
  await underLock(engine, writer.slot, (head) => {
    const note = fillUpTo(salvage, head, establishEnd(writer, head, salvage.time), notedLast + 1, engine.places.root)
    makeDurable(engine, head, writer.tail, note)
  })
  const rubble = salvage.rubble.map(({ file, offset, bytes }) => {
    const keptAs = `${engine.places.quarantine}/${sequenceName(offset)}-of-${file.split('/').at(-1)}.lost`
    publishFile(engine.fs, keptAs, [bytes])
    return { file, offset, bytes: bytes.length, keptAs }
  })
  return { target: engine.places.root, saved: salvage.saved, lost: salvage.lost, rubble }
}

function copyAll(salvage: Salvage, head: Head, finds: readonly Find[]): void {
  const { writer } = salvage
  let note = establishEnd(writer, head, salvage.time)
  for (const { record, file } of finds) {
    if (record.seq <= salvage.lastSequence) continue
    note = fillUpTo(salvage, head, note, record.seq, file)
    const { ts, type, by, data } = record
    note = appendAfter(writer.engine, head, writer.tail, note, { ts, type, by, data, durable: false }).note
    salvage.saved += 1
    salvage.lastSequence = record.seq
  }
}

/** Puts a log.lost in the place of each record between the last one and `next`. */
function fillUpTo(salvage: Salvage, head: Head, before: HeadNote, next: number, file: string): HeadNote {
  const { writer, time } = salvage
  const firstSequence = salvage.lastSequence + 1
  if (next <= firstSequence) return before
  salvage.lost.push({ firstSequence, lastSequence: next - 1 })
  let note = before
  for (; salvage.lastSequence < next - 1; salvage.lastSequence += 1) {
    const event = lostEvent(time, salvage.lastSequence + 1, file)
    note = appendAfter(writer.engine, head, writer.tail, note, event).note
  }
  return note
}

function lostEvent(ts: string, sequence: number, file: string): NewEvent {
  return { ts, type: LOST_TYPE, by: ENGINE_AUTHOR, data: { sequence, before: file }, durable: false }
}
