import type { Fold } from './contract.js'
import { listSequences, type Places, readWhole, snapshotPath } from './directory.js'
import type { FileSystem } from './fileSystem.js'
import { SNAPSHOT_EXTENSION } from './format.js'
import { canonicalJson } from './json.js'
import { publishFile } from './publish.js'
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshotCodec.js'
import type { Position } from './walk.js'

const SNAPSHOTS_KEPT = 2

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

/**
 * Writes a snapshot and removes those that are no longer needed. The log must be durable up to `position` before, or
 * a power cut could leave a snapshot of what never was. Throws TypeError if the state does not survive JSON.
 */
export function writeSnapshot<S>(fs: FileSystem, places: Places, position: Position, fold: Fold<S>, state: S): number {
  const bytes = encodeSnapshot(position, fold.version, state)
  const read = decodeSnapshot(bytes)
  if (read === undefined) throw new Error(`the snapshot of ${position.sequence} does not decode`)
  if (canonicalJson(fold.revive(read.state)) !== canonicalJson(state)) {
    throw new TypeError(`the state of fold ${fold.version} at record ${position.sequence} does not survive JSON`)
  }
  publishFile(fs, snapshotPath(places, position.sequence), [bytes])
  removeOldSnapshots(fs, places, fold.version)
  return bytes.length
}

/** Keeps the two newest of this fold version, and the newest of each other one, which another program may use. */
function removeOldSnapshots(fs: FileSystem, places: Places, foldVersion: string): void {
  const kept = new Map<string, number>()
  for (const sequence of listSnapshots(fs, places).reverse()) {
    const version = readSnapshot(fs, places, sequence)?.foldVersion
    const count = version === undefined ? 0 : (kept.get(version) ?? 0)
    const countMax = version === undefined ? 0 : version === foldVersion ? SNAPSHOTS_KEPT : 1
    if (count >= countMax) fs.remove(snapshotPath(places, sequence))
    if (version !== undefined) kept.set(version, count + 1)
  }
}
