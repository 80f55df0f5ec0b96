import type { Fold } from './contract.js'
import { listSequences, openRegular, type Places, readWhole, snapshotPath } from './directory.js'
import { isCode } from './errors.js'
import type { FileSystem } from './fileSystem.js'
import { SNAPSHOT_EXTENSION } from './format.js'
import { canonicalJson, isSamePlainJson } from './json.js'
import { publishFile } from './publish.js'
import {
  CARD_BYTES,
  checkedCard,
  decodeCard,
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
  type SnapshotCard,
  stateOf,
} from './snapshotCodec.js'
import type { Position } from './walk.js'

const SNAPSHOTS_KEPT = 2

/**
 * Of the older ones, one in so many records stays: a milestone, from which a look at the past begins. Folding 50,000
 * records takes 200 ms; a million records keep 20 milestones.
 */
export const MILESTONE_RECORDS = 50_000

/** What is to be stored: the state after the record at `position`. */
export interface Picture<S> {
  readonly position: Position
  readonly state: S
  /** The latest time of any record up to there; undefined if that is not known. */
  readonly latestTime: string | undefined
}

export interface SnapshotSize {
  readonly sequence: number
  /** Of the file, and of these those of its deferred member. */
  readonly bytes: number
  readonly deferredBytes: number
}

/** Sequences of the snapshots that are there, upwards. */
export function listSnapshots(fs: FileSystem, places: Places): number[] {
  return listSequences(fs, places.snapshots, SNAPSHOT_EXTENSION)
}

/** The snapshot taken at `sequence`, or undefined if it is gone or damaged: a snapshot can always be done without. */
export function readSnapshot(fs: FileSystem, places: Places, sequence: number): Snapshot | undefined {
  const bytes = readWhole(fs, snapshotPath(places, sequence))
  const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes)
  return snapshot?.position.sequence === sequence ? snapshot : undefined
}

/** What a snapshot says of itself at its beginning, unchecked: enough to choose one. */
export function readCard(fs: FileSystem, places: Places, sequence: number): SnapshotCard | undefined {
  try {
    const { descriptor } = openRegular(fs, snapshotPath(places, sequence), 'read')
    try {
      const bytes = Buffer.alloc(CARD_BYTES)
      return decodeCard(bytes.subarray(0, fs.read(descriptor, bytes, CARD_BYTES, 0)))
    } finally {
      fs.close(descriptor)
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * Writes a snapshot and removes those that are no longer needed. The log must be durable up to `position` before, or
 * a power cut could leave a snapshot of what never was. Throws TypeError if the state does not survive JSON.
 */
export function writeSnapshot<S>(
  fs: FileSystem,
  places: Places,
  fold: Fold<S>,
  picture: Picture<S>,
  milestoneRecords = MILESTONE_RECORDS,
): SnapshotSize {
  const { position, state, latestTime } = picture
  const { version: foldVersion, deferred } = fold
  const bytes = encodeSnapshot({ position, foldVersion, state, latestTime, deferred })
  const read = decodeSnapshot(bytes)
  if (read === undefined) throw new Error(`the snapshot of ${position.sequence} does not decode`)
  const stored = stateOf(fold, read)
  if (!isSamePlainJson(stored, state) && canonicalJson(stored) !== canonicalJson(state)) {
    throw new TypeError(`the state of fold ${fold.version} at record ${position.sequence} does not survive JSON`)
  }
  publishFile(fs, snapshotPath(places, position.sequence), [bytes])
  removeOldSnapshots(fs, places, fold.version, milestoneRecords)
  return { sequence: position.sequence, bytes: bytes.length, deferredBytes: read.deferred?.bytes ?? 0 }
}

/**
 * Keeps the two newest of this fold version and its milestones, and the newest of each other version, which another
 * program may use. One that is damaged is removed; a damaged milestone is left to whoever wants it, and to verify.
 */
function removeOldSnapshots(fs: FileSystem, places: Places, foldVersion: string, milestoneRecords: number): void {
  const sequences = listSnapshots(fs, places)
  const milestones = milestonesAmong(fs, places, sequences, foldVersion, milestoneRecords)
  const kept = new Map<string, number>()
  for (const sequence of sequences.reverse()) {
    const isMilestone = milestones.has(sequence)
    if (isMilestone && kept.get(foldVersion) === SNAPSHOTS_KEPT) continue
    const version = versionOf(fs, places, sequence)
    if (version === undefined || isSurplus(kept, version, foldVersion)) fs.remove(snapshotPath(places, sequence))
    else kept.set(version, (kept.get(version) ?? 0) + 1)
  }
}

/** The fold version of a snapshot that is as it was written. */
function versionOf(fs: FileSystem, places: Places, sequence: number): string | undefined {
  const bytes = readWhole(fs, snapshotPath(places, sequence))
  const card = bytes === undefined ? undefined : checkedCard(bytes)
  return card?.sequence === sequence ? card.foldVersion : undefined
}

function isSurplus(kept: ReadonlyMap<string, number>, version: string, foldVersion: string): boolean {
  return (kept.get(version) ?? 0) >= (version === foldVersion ? SNAPSHOTS_KEPT : 1)
}

/** Going upwards, each that is far enough after the one before it. */
function milestonesAmong(
  fs: FileSystem,
  places: Places,
  sequences: readonly number[],
  foldVersion: string,
  milestoneRecords: number,
): Set<number> {
  const found = new Set<number>()
  let last = 0
  for (const sequence of sequences) {
    if (sequence - last < milestoneRecords) continue
    if (readCard(fs, places, sequence)?.foldVersion !== foldVersion) continue
    found.add(sequence)
    last = sequence
  }
  return found
}
