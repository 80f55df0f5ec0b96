import { parseJson, writtenHash } from './chain.js'
import type { Json } from './contract.js'
import { FORMAT_VERSION, HASH_DIGITS, SUFFIX_BYTES, SUFFIX_CLOSING, SUFFIX_OPENING } from './format.js'
import { hashBytes, hashFromHex, hexOf } from './hash.js'
import type { Position } from './walk.js'

/** A snapshot whose own hash is right. Whether it belongs to this log is for the reader to compare. */
export interface Snapshot {
  readonly position: Position
  readonly foldVersion: string
  readonly state: Json
  /** The latest time of any record up to it; undefined in those of older programs. */
  readonly latestTime: string | undefined
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
  readonly latest?: Json
  readonly state: Json
}

/**
 * The bytes of a snapshot: one JSON object whose suffix is that of a record, its h seeded with the h of the record at
 * which it was taken. So it proves itself, and to which chain it belongs.
 */
export function encodeSnapshot(
  position: Position,
  foldVersion: string,
  state: unknown,
  latestTime?: string | undefined,
): Buffer {
  const head = `{"v":${FORMAT_VERSION},"fold":${JSON.stringify(foldVersion)},"seq":${position.sequence}`
  const place = `,"at":"${hexOf(position.hash)}","segment":${position.segment},"offset":${position.offset}`
  const latest = latestTime === undefined ? '' : `,"latest":${JSON.stringify(latestTime)}`
  const body = Buffer.from(`${head}${place}${latest},"state":${JSON.stringify(state)}`, 'utf8')
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
  const latestTime = typeof line.latest === 'string' ? line.latest : undefined
  return { position, foldVersion: line.fold, state: line.state, latestTime, bytes: bytes.length }
}

/** What the beginning of a snapshot says of it; nothing of that is checked. */
export interface SnapshotCard {
  readonly foldVersion: string
  readonly latestTime: string | undefined
}

/** So many bytes from the beginning of a snapshot are enough for its card. */
export const CARD_BYTES = 400
const CARD =
  /^\{"v":1,"fold":("(?:[^"\\]|\\.)*"),"seq":\d+,"at":"[0-9a-f]{16}","segment":\d+,"offset":\d+(?:,"latest":"([^"]*)")?,/

export function decodeCard(bytes: Buffer): SnapshotCard | undefined {
  const [, fold = '', latestTime] = CARD.exec(bytes.toString('utf8')) ?? []
  const foldVersion = parseJson(fold)
  return typeof foldVersion === 'string' ? { foldVersion, latestTime } : undefined
}

function parseLine(text: string): SnapshotLine | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || !('at' in value) || typeof value.at !== 'string') return undefined
  return value as SnapshotLine
}
