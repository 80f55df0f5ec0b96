import { listArchived, loadZlib } from './archive.js'
import type { Damage, Fold } from './contract.js'
import { droppedUpTo, listSegments, listSequences, segmentPath, snapshotPath } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { uselessFilters } from './filterFiles.js'
import { ASIDE_EXTENSION, SEGMENT_EXTENSION } from './format.js'
import { hexOf } from './hash.js'
import { foldEverything, isHarmless, type SnapshotVerdict } from './proof.js'
import { closeReader, createReader, type Reader, readNoted } from './reading.js'
import { checkSeals, type SealReport } from './sealCheck.js'
import { listSnapshots } from './snapshot.js'
import type { Position } from './walk.js'

export interface VerifyOptions extends EngineOptions {
  /** Called now and then with the sequence reached and the one that is noted as last. */
  readonly onProgress?: (sequence: number, lastSequence: number) => void
}

export interface SnapshotFinding {
  readonly file: string
  readonly sequence: number
  readonly verdict: SnapshotVerdict
}

export interface VerifyReport {
  /** No damage, no snapshot that is not what it should be, no sum that does not fit. */
  readonly ok: boolean
  readonly directory: string
  /** The first and the last record that verify, and the h of the last. */
  readonly firstSequence: number
  readonly sequence: number
  readonly h: string
  readonly segments: number
  readonly archivedSegments: number
  readonly snapshots: readonly SnapshotFinding[]
  readonly damage: Damage | undefined
  /** The stored SHA-256 sums against what is there. */
  readonly seals: SealReport
  /** What is no damage but worth knowing: a torn end, left-over files, a repair under way. */
  readonly notices: readonly string[]
}

/**
 * Checks everything in a log's directory: each byte of each record, archived ones too, the chain, the head note, and each
 * snapshot against a fold of all records before it. Takes no lock, changes nothing; others may append meanwhile.
 */
export async function verifyLog<State>(
  directory: string,
  fold: Fold<State>,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  await loadZlib()
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    return await orSystemErrorLater(engine, () => verifyAll(reader, fold, options))
  } finally {
    closeReader(reader)
  }
}

async function verifyAll<State>(reader: Reader, fold: Fold<State>, options: VerifyOptions): Promise<VerifyReport> {
  const { fs, places } = reader.engine
  const snapshots = listSnapshots(fs, places)
  const full = await foldEverything(reader, fold, { snapshots, onProgress: options.onProgress })
  const { position, damage, firstSequence } = full
  /* A snapshot whose record never came by is of another log, unless the records up to it were dropped. */
  const unseen = (sequence: number) => (sequence < firstSequence - 1 ? 'outdated' : 'foreign')
  const findings = snapshots.map((sequence) =>
    findingOf(reader, sequence, full.verdicts.get(sequence) ?? unseen(sequence)),
  )
  const seals = checkSeals(reader.engine, reader.walker)
  return {
    ok: damage === undefined && seals.faults.length === 0 && findings.every(({ verdict }) => isHarmless(verdict)),
    directory: places.root,
    firstSequence,
    sequence: position.sequence,
    h: hexOf(position.hash),
    segments: listSegments(fs, places).length,
    archivedSegments: listArchived(fs, places).length,
    snapshots: findings,
    damage,
    seals,
    notices: noticesOf(reader, position, damage),
  }
}

function findingOf(reader: Reader, sequence: number, verdict: SnapshotVerdict): SnapshotFinding {
  return { file: snapshotPath(reader.engine.places, sequence), sequence, verdict }
}

function noticesOf(reader: Reader, end: Position, damage: Damage | undefined): string[] {
  const { fs, places } = reader.engine
  const notices: string[] = []
  const tail = fs.facts(segmentPath(places, end.segment))
  if (damage === undefined && tail !== undefined && tail.size > end.offset) {
    notices.push(
      `${tail.size - end.offset} bytes after the last record are torn; the next writer keeps them in quarantine/ and cuts them off`,
    )
  }
  const noted = readNoted(reader)
  if (noted === undefined && end.sequence > 0) notices.push('the head note is missing; the next writer writes it anew')
  if (noted?.note.phase === 'repair') notices.push('a repair was cut off; the next writer completes it')
  if (noted?.note.phase === 'sync') notices.push('a sync did not come to its end; the next writer copies the tail anew')
  if (noted?.isRebooted && noted.note.sequence > end.sequence) {
    notices.push(
      `the records after ${end.sequence} up to ${noted.note.sequence} were lost with the power; none of them was durable`,
    )
  }
  for (const folder of [
    places.root,
    places.segments,
    places.snapshots,
    places.archive,
    places.filters,
    places.quarantine,
  ]) {
    const asides = (fs.list(folder) ?? []).filter((name) => name.endsWith(ASIDE_EXTENSION))
    for (const name of asides) notices.push(`${folder}/${name} was left behind by a crash and means nothing`)
  }
  for (const path of uselessFilters(reader.walker)) {
    notices.push(`${path} is not a filter of the segment that is there: it is passed over, and may be deleted`)
  }
  const dropped = droppedUpTo(fs, places)
  const dead = listSequences(fs, places.segments, SEGMENT_EXTENSION).filter((first) => first <= dropped)
  if (dead.length > 0)
    notices.push(`${dead.length} segments were dropped but not yet removed; the next compaction removes them`)
  return notices
}
