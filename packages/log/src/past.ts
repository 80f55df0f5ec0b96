import { loadZlib } from './archive.js'
import type { Damage, Fold, LogRecord } from './contract.js'
import { droppedUpTo } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { type Folded, fromBase, fromNothing, fromPicture, lostBefore, takeIn, wasDropped } from './folding.js'
import { breathe } from './pause.js'
import { advance, closeReader, createReader, type Reader, readNoted } from './reading.js'
import { listSnapshots, readCard, readSnapshot } from './snapshot.js'
import type { Snapshot } from './snapshotCodec.js'
import { isSegmentThere, isStillAt, type Position, type Walker } from './walk.js'

/**
 * A point in history. sequence: after that record. time: after the longest beginning of the log in which no record is
 * later than that (of the form of `ts`); where clocks disagree, the first record that is later ends it.
 */
export type Point =
  | { readonly kind: 'sequence'; readonly sequence: number }
  | { readonly kind: 'time'; readonly time: string }

export type Past<State> =
  | {
      readonly kind: 'state'
      /** The caller's own: nothing else refers to it. */
      readonly state: State
      /** The last sequence folded; before the one asked for where the log ends earlier. */
      readonly sequence: number
      /** Time of that record; where it was dropped, the latest of all that were. */
      readonly recordTime: string | undefined
      /** The latest time of any record up to there; undefined if that is not known. */
      readonly latestTime: string | undefined
      /** How many records were read to get there. */
      readonly recordsFolded: number
      /** Damage before the point. */
      readonly damage: Damage | undefined
    }
  /** The records up to `upTo` were dropped by a compaction, and the point lies before that. */
  | { readonly kind: 'dropped'; readonly upTo: number }

/** Folds up to a point: from the nearest snapshot at or before it, and no record that is not needed for it. */
export async function loadPast<State>(
  directory: string,
  fold: Fold<State>,
  point: Point,
  options: EngineOptions = {},
): Promise<Past<State>> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    await loadZlib()
    return await orSystemErrorLater(engine, () => foldTo(reader, fold, point))
  } finally {
    closeReader(reader)
  }
}

/**
 * A sequence up to which no record is as late as `time`; the latest that a snapshot proves. 0: none does, though there may be such
 * records.
 */
export async function sequenceBefore(directory: string, time: string, options: EngineOptions = {}): Promise<number> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    await loadZlib()
    return await orSystemErrorLater(engine, async () => {
      const sequences = listSnapshots(engine.fs, engine.places)
      return sequences.findLast((sequence) => isAllBefore(reader, sequence, time)) ?? 0
    })
  } finally {
    closeReader(reader)
  }
}

/** What a snapshot says at its beginning is believed only where the whole of it is right, and belongs to this log. */
function isAllBefore({ engine: { fs, places }, walker }: Reader, sequence: number, time: string): boolean {
  const { latestTime } = readCard(fs, places, sequence) ?? {}
  if (latestTime === undefined || latestTime >= time) return false
  const snapshot = readSnapshot(fs, places, sequence)
  return snapshot !== undefined && isInLog(walker, snapshot.position)
}

async function foldTo<State>(reader: Reader, fold: Fold<State>, point: Point): Promise<Past<State>> {
  const noted = readNoted(reader)
  const folded = startBefore(reader, fold, point)
  if (folded === undefined) return { kind: 'dropped', upTo: droppedUpTo(reader.engine.fs, reader.engine.places) }
  const { position } = folded
  const first = position.sequence
  let last: LogRecord | undefined
  let isOver = false
  const isThere = () => isOver || (point.kind === 'sequence' && (last?.seq ?? first) >= point.sequence)
  let damage = isThere() ? undefined : lostBefore(reader, position, fold.version)
  while (damage === undefined && !isThere()) {
    const result = advance(reader, position, noted, (record) => {
      isOver ||= isBeyond(point, record)
      if (isOver) return true
      takeIn(fold, folded, record)
      last = record
      return true
    })
    if (result.kind === 'end') {
      damage = isOver ? undefined : result.damage
      break
    }
    await breathe()
  }
  if (damage !== undefined && wasDropped(reader, position)) return foldTo(reader, fold, point)
  const sequence = last?.seq ?? first
  return {
    kind: 'state',
    state: folded.state,
    sequence,
    recordTime: last?.ts ?? (folded.latestTime || undefined),
    latestTime: folded.latestTime,
    recordsFolded: sequence - first,
    damage,
  }
}

function isBeyond(point: Point, record: LogRecord): boolean {
  return point.kind === 'sequence' ? record.seq > point.sequence : record.ts > point.time
}

/** undefined: the point lies before the first record that is kept. */
function startBefore<State>(reader: Reader, fold: Fold<State>, point: Point): Folded<State> | undefined {
  const { fs, places } = reader.engine
  const dropped = droppedUpTo(fs, places)
  for (const sequence of listSnapshots(fs, places).reverse()) {
    if (sequence <= dropped) break
    const card = readCard(fs, places, sequence)
    if (card?.foldVersion !== fold.version || !isBefore(point, sequence, card.latestTime)) continue
    const snapshot = readSnapshot(fs, places, sequence)
    if (snapshot !== undefined && isUsable(reader, fold, snapshot)) return fromPicture(fold, snapshot)
  }
  if (dropped === 0) return fromNothing(fold)
  const base = fromBase(reader, fold)
  const isReached = point.kind === 'sequence' ? point.sequence >= dropped : (base?.latestTime ?? '') <= point.time
  return base !== undefined && isReached ? base : undefined
}

/** A snapshot of the very record asked for is passed over, so that the record's own time is known. */
function isBefore(point: Point, sequence: number, latestTime: string | undefined): boolean {
  if (point.kind === 'sequence') return sequence < point.sequence
  return latestTime !== undefined && latestTime <= point.time
}

/** A snapshot stands at the end of a record, which may be archived since. */
function isUsable<State>(reader: Reader, fold: Fold<State>, { position, foldVersion }: Snapshot): boolean {
  return foldVersion === fold.version && isInLog(reader.walker, position)
}

function isInLog(walker: Walker, position: Position): boolean {
  return isSegmentThere(walker, position.segment) && isStillAt(walker, position)
}
