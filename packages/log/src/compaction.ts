import { loadZlib, packSegment } from './archive.js'
import { type KeepRules, surplusUpTo } from './compactionDue.js'
import type { Fold } from './contract.js'
import {
  archivePath,
  basePath,
  droppedUpTo,
  filterPath,
  listSequences,
  readWhole,
  segmentPath,
  snapshotPath,
  syncDirectory,
} from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { damagedError, LogError } from './errors.js'
import { writeFilters } from './filterFiles.js'
import { ARCHIVE_EXTENSION, BASE_EXTENSION, FILTER_EXTENSION, SEGMENT_EXTENSION } from './format.js'
import { underLock, underMaintenance } from './head.js'
import { type FullFold, foldEverything, type SealedSegment } from './proof.js'
import { publishFile } from './publish.js'
import { closeReader, createReader, type Reader } from './reading.js'
import { closeWriter, createWriter, establishEnd, type Writer } from './recovery.js'
import { missingSeals, type Seal, sealLine, sealSegments } from './seals.js'
import { listSnapshots, readCard, writeSnapshot } from './snapshot.js'
import { encodeSnapshot } from './snapshotCodec.js'
import { headAtRest, makeDurable } from './tail.js'
import type { Position } from './walk.js'

/**
 * mode archive (default): packed into archive/, still read by everything. drop: gone, only the folded state stays. Without
 * rules about what to keep, every sealed segment is taken.
 */
export interface CompactOptions extends EngineOptions, KeepRules {
  /** The present time, of the form of `ts`. With it, an end of the log that needs mending is mended first. */
  readonly time?: string
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean
  readonly onProgress?: (done: number, total: number) => void
}

export interface CompactedSegment {
  readonly firstSequence: number
  readonly lastSequence: number
  /** Of its file before. */
  readonly bytes: number
  /** Of its file after; 0 for a segment that is dropped. */
  readonly archivedBytes: number
}

export interface CompactReport {
  readonly dryRun: boolean
  readonly mode: 'archive' | 'drop'
  readonly segments: readonly CompactedSegment[]
  readonly bytesSaved: number
}

interface Compaction {
  readonly reader: Reader
  readonly writer: Writer
  readonly options: CompactOptions
}

/**
 * Moves sealed segments out of the way. Every step leaves the old files or the new ones readable (docs/crash-safety.md,
 * C1 to C5); others append meanwhile. Sequences, tokens and every folded state stay what they were. Throws LogError
 * 'damaged' if a fold of everything disagrees with a snapshot, 'busy' if another process is at it.
 */
export async function compactLog<State>(
  directory: string,
  fold: Fold<State>,
  options: CompactOptions = {},
): Promise<CompactReport> {
  await loadZlib()
  const engine = await createEngine(directory, options)
  const work = { reader: createReader(engine), writer: createWriter(engine), options }
  try {
    return await orSystemErrorLater(engine, async () => {
      if (engine.fs.facts(engine.places.lock) === undefined) return reportOf(work, [], 0)
      if (options.dryRun === true) return compact(work, fold)
      const done = await underMaintenance(engine, () => compact(work, fold))
      if (done === undefined) throw busyError(directory, 'another process is taking a snapshot or compacting')
      return done.result
    })
  } finally {
    closeReader(work.reader)
    closeWriter(work.writer)
  }
}

function busyError(directory: string, why: string): LogError {
  return new LogError(
    'busy',
    `${directory} cannot be compacted now: ${why}. Nothing was changed; run the command again.`,
    {
      directory,
      why,
    },
  )
}

async function compact<State>(work: Compaction, fold: Fold<State>): Promise<CompactReport> {
  const { reader, options } = work
  const { fs, places } = reader.engine
  let base: Buffer | undefined
  const old: SealedSegment[] = []
  let isYoung = false
  const noteMilestone = missingMilestones(work, fold)
  const surplus = surplusUpTo(fs, places, options)
  const full = await foldEverything(reader, fold, {
    snapshots: listSnapshots(fs, places),
    onSealed: (segment, state) => {
      noteMilestone(segment, state)
      isYoung ||= segment.first > surplus && isKept(segment, options)
      if (isYoung) return
      old.push(segment)
      if (options.mode === 'drop') base = baseAfter(segment, fold, state)
    },
  })
  refuseUnproven(work, full)
  if (base !== undefined) return drop(work, full.position, old, base)
  const pending = old.filter(({ first }) => fs.facts(segmentPath(places, first)) !== undefined)
  return pending.length === 0 ? reportOf(work, [], 0) : archive(work, fold, full, pending)
}

function isKept({ lastTime }: SealedSegment, { olderThan, keepBytes }: KeepRules): boolean {
  return olderThan === undefined ? keepBytes !== undefined : lastTime >= olderThan
}

/** What is not proven by a fold of everything does not take the place of anything. */
function refuseUnproven<State>(work: Compaction, full: FullFold<State>): void {
  if (full.damage !== undefined) throw damagedError(full.damage)
  for (const [sequence, verdict] of full.verdicts) {
    if (verdict !== 'differs') continue
    const path = snapshotPath(work.reader.engine.places, sequence)
    throw new LogError(
      'damaged',
      `The snapshot ${path} is not what a fold of all records up to ${sequence} gives. No segment was touched. Run: coord verify`,
      { file: path, sequence },
    )
  }
}

function baseAfter(
  { last, hash, latestTime }: SealedSegment,
  fold: Pick<Fold<unknown>, 'version' | 'deferred'>,
  state: unknown,
): Buffer {
  const position = { sequence: last, hash, segment: last + 1, offset: 0 }
  return encodeSnapshot({ position, foldVersion: fold.version, state, latestTime, deferred: fold.deferred })
}

/**
 * Where no snapshot was kept for long, as in a log that was imported or folded by another version, one is made: at once, because those
 * of a long history do not fit into memory. Each is of records that have just been verified, and of a sealed segment, which is durable.
 */
function missingMilestones(work: Compaction, fold: Pick<Fold<unknown>, 'version' | 'deferred'>) {
  const { fs, places, milestoneRecords } = work.reader.engine
  const mayWrite = work.options.dryRun !== true && work.options.mode !== 'drop'
  const known = listSnapshots(fs, places).filter(
    (sequence) => readCard(fs, places, sequence)?.foldVersion === fold.version,
  )
  let last = droppedUpTo(fs, places)
  return (segment: SealedSegment, state: unknown): void => {
    for (const sequence of known) {
      if (sequence - last >= milestoneRecords && sequence <= segment.last) last = sequence
    }
    if (!mayWrite || segment.last - last < milestoneRecords) return
    publishFile(fs, snapshotPath(places, segment.last), [baseAfter(segment, fold, state)])
    last = segment.last
  }
}

/** Segment by segment: the packed file is in place, durable and read back before the plain one goes. */
async function archive<State>(
  work: Compaction,
  fold: Fold<State>,
  full: FullFold<State>,
  pending: readonly SealedSegment[],
): Promise<CompactReport> {
  const { fs, places } = work.reader.engine
  const segments: CompactedSegment[] = []
  if (work.options.dryRun !== true) await coverBySnapshot(work, fold, full, pending)
  const seals = sealsFor(work, full.position)
  if (work.options.dryRun !== true) writeFilters(work.writer.walker, full.position)
  for (const { first, last } of pending) {
    const bytes = readWhole(fs, segmentPath(places, first)) ?? Buffer.alloc(0)
    const seal = seals.find((each) => each.first === first)
    const packed = packSegment(bytes, seal && sealLine(seal))
    segments.push({ firstSequence: first, lastSequence: last, bytes: bytes.length, archivedBytes: packed.length })
    if (work.options.dryRun === true) continue
    publishFile(fs, archivePath(places, first), [packed])
    await removeFiles(work, places.segments, [segmentPath(places, first)])
    work.options.onProgress?.(segments.length, pending.length)
  }
  return reportOf(work, segments, 0)
}

/** An archive names its seal. A dry run works out what it will be. */
function sealsFor({ writer, options }: Compaction, end: Position): readonly Seal[] {
  if (options.dryRun !== true) return sealSegments(writer.walker, end)
  const { seals, made } = missingSeals(writer.walker, end)
  return [...seals, ...made]
}

/** A cold start must not have to unpack: there is a snapshot at or after the last segment that goes. */
async function coverBySnapshot<State>(
  work: Compaction,
  fold: Fold<State>,
  full: FullFold<State>,
  pending: readonly SealedSegment[],
): Promise<void> {
  const last = pending.at(-1)?.last ?? 0
  const good = [...full.verdicts].filter(([sequence, verdict]) => verdict === 'good' && sequence >= last)
  await makeAllDurable(work, full.position.sequence)
  const { fs, places } = work.reader.engine
  if (good.length === 0) writeSnapshot(fs, places, fold, full, work.reader.engine.milestoneRecords)
}

async function makeAllDurable(work: Compaction, sequence: number): Promise<void> {
  const { engine, slot, tail } = work.writer
  const durableSequence = await underLock(engine, slot, (head) => {
    const { time } = work.options
    const note = time === undefined ? headAtRest(engine, head, tail) : establishEnd(work.writer, head, time)
    return note === undefined ? 0 : makeDurable(engine, head, tail, note).durableSequence
  })
  if (durableSequence < sequence)
    throw busyError(engine.places.root, 'the end of the log has to be mended by a writer first')
}

/**
 * The base takes the place of all records up to it in the moment in which it gets its name; from then on the files
 * before it do not count, and removing them is tidying up.
 */
async function drop(
  work: Compaction,
  end: Position,
  old: readonly SealedSegment[],
  base: Buffer,
): Promise<CompactReport> {
  const { fs, places } = work.reader.engine
  const last = old.at(-1)?.last ?? 0
  const segments = old.map((segment) => ({
    firstSequence: segment.first,
    lastSequence: segment.last,
    bytes: sizeOf(work, segment.first),
    archivedBytes: 0,
  }))
  if (work.options.dryRun === true) return reportOf(work, segments, base.length)
  await makeAllDurable(work, end.sequence)
  sealSegments(work.writer.walker, end)
  publishFile(fs, basePath(places, last), [base])
  const dead = (folder: string, extension: string, end: number, pathOf: typeof segmentPath) =>
    listSequences(fs, folder, extension)
      .filter((sequence) => sequence < end)
      .map((sequence) => pathOf(places, sequence))
  await removeFiles(work, places.segments, dead(places.segments, SEGMENT_EXTENSION, last + 1, segmentPath))
  await removeFiles(work, places.archive, [
    ...dead(places.archive, ARCHIVE_EXTENSION, last + 1, archivePath),
    ...dead(places.archive, BASE_EXTENSION, last, basePath),
  ])
  await removeFiles(work, places.filters, dead(places.filters, FILTER_EXTENSION, last + 1, filterPath))
  work.options.onProgress?.(segments.length, segments.length)
  return reportOf(work, segments, base.length)
}

function sizeOf(work: Compaction, first: number): number {
  const { fs, places } = work.reader.engine
  const segment = fs.facts(segmentPath(places, first))?.size ?? 0
  return segment + (fs.facts(archivePath(places, first))?.size ?? 0)
}

/** Under the lock, so that no writer that mends the log loses a file while it reads. */
async function removeFiles(work: Compaction, folder: string, paths: readonly string[]): Promise<void> {
  const { engine, slot } = work.writer
  if (paths.length === 0) return
  await underLock(engine, slot, () => {
    for (const path of paths) engine.fs.remove(path)
    syncDirectory(engine.fs, folder)
  })
}

function reportOf(work: Compaction, segments: readonly CompactedSegment[], baseBytes: number): CompactReport {
  const saved = segments.reduce((sum, { bytes, archivedBytes }) => sum + bytes - archivedBytes, 0)
  return {
    dryRun: work.options.dryRun === true,
    mode: work.options.mode ?? 'archive',
    segments,
    bytesSaved: saved - baseBytes,
  }
}
