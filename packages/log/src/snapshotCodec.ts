import { parseJson, writtenHash } from './chain.js'
import type { Fold, Json, JsonObject } from './contract.js'
import { FORMAT_VERSION, SUFFIX_BYTES, SUFFIX_CLOSING, SUFFIX_OPENING } from './format.js'
import { hashBytes, hashFromHex, hexOf } from './hash.js'
import type { Position } from './walk.js'

/** The member of a state that a snapshot keeps last, so that it need not be parsed before somebody asks for it. */
export interface Deferred {
  readonly name: string
  /** Of its JSON. */
  readonly bytes: number
  parse(): Json
}

/** A snapshot whose own hash is right. Whether it belongs to this log is for the reader to compare. */
export interface Snapshot {
  readonly position: Position
  readonly foldVersion: string
  /** Without the deferred member. */
  readonly state: Json
  readonly deferred: Deferred | undefined
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

/** What is to be stored; `deferred` names the member of the state that goes last, if it has one. */
export interface SnapshotContent {
  readonly position: Position
  readonly foldVersion: string
  readonly state: unknown
  readonly latestTime?: string | undefined
  readonly deferred?: string | undefined
}

/**
 * The bytes of a snapshot: one JSON object whose suffix is that of a record, its h seeded with the h of the record at
 * which it was taken. So it proves itself, and to which chain it belongs.
 */
export function encodeSnapshot({ position, foldVersion, state, latestTime, deferred }: SnapshotContent): Buffer {
  const head = `{"v":${FORMAT_VERSION},"fold":${JSON.stringify(foldVersion)},"seq":${position.sequence}`
  const place = `,"at":"${hexOf(position.hash)}","segment":${position.segment},"offset":${position.offset}`
  const latest = latestTime === undefined ? '' : `,"latest":${JSON.stringify(latestTime)}`
  const body = Buffer.from(`${head}${place}${latest}${stateText(state, deferred)}`, 'utf8')
  const hash = hexOf(hashBytes(body, position.hash))
  return Buffer.concat([body, Buffer.from(`${SUFFIX_OPENING}${hash}${SUFFIX_CLOSING}`, 'latin1')])
}

function stateText(state: unknown, deferred: string | undefined): string {
  if (deferred === undefined || !isObject(state) || !(deferred in state)) {
    return `,"state":${JSON.stringify(state)}`
  }
  const { [deferred]: last, ...others } = state
  const name = JSON.stringify(deferred)
  const text = JSON.stringify(last)
  const before = JSON.stringify(others).slice(0, -1)
  const comma = before === '{' ? '' : ','
  return `,"last":[${name},${Buffer.byteLength(text)}],"state":${before}${comma}${name}:${text}}`
}

/** What the bytes of a snapshot say, or undefined if they are not wholly what was written. */
export function decodeSnapshot(bytes: Buffer): Snapshot | undefined {
  const deferred = deferredIn(bytes)
  const line = parseLine(deferred?.others ?? bytes.toString('utf8'))
  if (line === undefined || line.v !== FORMAT_VERSION) return undefined
  const hash = hashFromHex(line.at)
  if (hash === undefined || !isWhole(bytes, hash)) return undefined
  const position = { sequence: line.seq, hash, segment: line.segment, offset: line.offset }
  const latestTime = typeof line.latest === 'string' ? line.latest : undefined
  return { position, foldVersion: line.fold, state: line.state, deferred, latestTime, bytes: bytes.length }
}

/**
 * The deferred member, if the beginning says that there is one and it stands where that says, and the text of all the others.
 * Where it does not, the whole is parsed: it is the same JSON.
 */
function deferredIn(bytes: Buffer): (Deferred & { readonly others: string }) | undefined {
  const [, , , text = '', length] = CARD.exec(bytes.toString('utf8', 0, CARD_BYTES)) ?? []
  const name = parseJson(text)
  const end = bytes.length - SUFFIX_BYTES - 1
  const start = end - Number(length)
  const opening = `${text}:`
  const nameAt = start - Buffer.byteLength(opening)
  if (typeof name !== 'string' || !(nameAt > 0) || bytes.toString('utf8', nameAt, start) !== opening) return undefined
  const last = bytes.subarray(start, end)
  const isAlone = bytes.toString('latin1', nameAt - 1, nameAt) === '{'
  const others = bytes.toString('utf8', 0, isAlone ? nameAt : nameAt - 1) + bytes.toString('utf8', end)
  return { name, bytes: last.length, others, parse: (): Json => JSON.parse(last.toString('utf8')) }
}

/** The state as the fold wants it. Another program may have deferred something else. */
export function stateOf<State>(fold: Fold<State>, snapshot: Snapshot): State {
  const { state, deferred } = snapshot
  if (deferred !== undefined && deferred.name === fold.deferred) return fold.revive(state, () => deferred.parse())
  return fold.revive(wholeState(snapshot))
}

export function wholeState({ state, deferred }: Snapshot): Json {
  return deferred === undefined || !isObject(state) ? state : { ...state, [deferred.name]: deferred.parse() }
}

/** What the beginning of a snapshot says of it; nothing of that is checked. */
export interface SnapshotCard {
  readonly foldVersion: string
  readonly latestTime: string | undefined
}

/** The card of a snapshot whose own hash is right, and where it was taken: found out without parsing its state. */
export function checkedCard(bytes: Buffer): (SnapshotCard & { readonly sequence: number }) | undefined {
  const card = decodeCard(bytes.subarray(0, CARD_BYTES))
  const [, sequence, at = ''] = PLACE.exec(bytes.toString('utf8', 0, CARD_BYTES)) ?? []
  const hash = hashFromHex(at)
  if (card === undefined || hash === undefined || !isWhole(bytes, hash)) return undefined
  return { ...card, sequence: Number(sequence) }
}

/** Whether the bytes are those that were written at the record with this hash. */
function isWhole(bytes: Buffer, hash: bigint): boolean {
  const written = writtenHash(bytes, bytes.length - 1)
  return written === hexOf(hashBytes(bytes.subarray(0, Math.max(0, bytes.length - SUFFIX_BYTES)), hash))
}

/** So many bytes from the beginning of a snapshot are enough for its card. */
export const CARD_BYTES = 400
const CARD =
  /^\{"v":1,"fold":("(?:[^"\\]|\\.)*"),"seq":\d+,"at":"[0-9a-f]{16}","segment":\d+,"offset":\d+(?:,"latest":"([^"]*)")?(?:,"last":\[("(?:[^"\\]|\\.)*"),(\d+)\])?,/

/** What the card names and a snapshot has once: no string before it can hold this. */
const PLACE = /,"seq":(\d+),"at":"([0-9a-f]{16})","segment":/

export function decodeCard(bytes: Buffer): SnapshotCard | undefined {
  const [, fold = '', latestTime] = CARD.exec(bytes.toString('utf8')) ?? []
  const foldVersion = parseJson(fold)
  return typeof foldVersion === 'string' ? { foldVersion, latestTime } : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

function parseLine(text: string): SnapshotLine | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || !('at' in value) || typeof value.at !== 'string') return undefined
  return value as SnapshotLine
}
