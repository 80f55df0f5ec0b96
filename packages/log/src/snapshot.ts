import { writtenHash } from './chain.js'
import type { Fold, Json } from './contract.js'
import { listSequences, type Places, readWhole, snapshotPath } from './directory.js'
import type { FileSystem } from './fileSystem.js'
import {
  FORMAT_VERSION,
  HASH_DIGITS,
  SNAPSHOT_EXTENSION,
  SUFFIX_BYTES,
  SUFFIX_CLOSING,
  SUFFIX_OPENING,
} from './format.js'
import { hashBytes, hashFromHex, hexOf } from './hash.js'
import { canonicalJson } from './json.js'
import { publishFile } from './publish.js'
import type { Position } from './walk.js'

/** A snapshot whose own hash is right. Whether it belongs to this log is for the reader to compare. */
export interface Snapshot {
  readonly position: Position
  readonly foldVersion: string
  readonly state: Json
  /** Size of the file. */
  readonly bytes: number
}

interface SnapshotLine {
  readonly v: number
  readonly fold: string
  readonly seq: number
  readonly at: string
  readonly segment: number
  readonly offset: number
  readonly state: Json
}

export const SNAPSHOTS_KEPT = 2

/**
 * The bytes of a snapshot: one JSON object whose suffix is that of a record, its h seeded with the h of the record at
 * which it was taken. So it proves itself, and to which chain it belongs.
 */
export function encodeSnapshot(position: Position, foldVersion: string, state: unknown): Buffer {
  const head = `{"v":${FORMAT_VERSION},"fold":${JSON.stringify(foldVersion)},"seq":${position.sequence}`
  const place = `,"at":"${hexOf(position.hash)}","segment":${position.segment},"offset":${position.offset}`
  const body = Buffer.from(`${head}${place},"state":${JSON.stringify(state)}`, 'utf8')
  const hash = hexOf(hashBytes(body, position.hash))
  return Buffer.concat([body, Buffer.from(`${SUFFIX_OPENING}${hash}${SUFFIX_CLOSING}`, 'latin1')])
}

/** What the bytes of a snapshot say, or undefined if they are not wholly what was written. */
export function decodeSnapshot(bytes: Buffer): Snapshot | undefined {
  const written = writtenHash(bytes, bytes.length - 1)
  if (written === undefined || written.length !== HASH_DIGITS) return undefined
  const line = parseLine(bytes.toString('utf8'))
  if (line === undefined || line.v !== FORMAT_VERSION) return undefined
  const hash = hashFromHex(line.at)
  if (hash === undefined) return undefined
  if (hexOf(hashBytes(bytes.subarray(0, bytes.length - SUFFIX_BYTES), hash)) !== written) return undefined
  const position = { sequence: line.seq, hash, segment: line.segment, offset: line.offset }
  return { position, foldVersion: line.fold, state: line.state, bytes: bytes.length }
}

function parseLine(text: string): SnapshotLine | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null || !('at' in value) || typeof value.at !== 'string') return undefined
  return value as SnapshotLine
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
