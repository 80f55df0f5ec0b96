import { isAscii } from 'node:buffer'
import type { LogRecord } from './contract.js'
import { HASH_DIGITS, RECORD_BYTES_MAX, SUFFIX_BYTES, SUFFIX_CLOSING, SUFFIX_OPENING } from './format.js'
import { hashBytes, hexEquals, hexOf } from './hash.js'
import { isRecord } from './record.js'

/** How far the chain has been followed: the last sequence that verified, and its h (the genesis seed at 0). */
export interface ChainCursor {
  sequence: number
  hash: bigint
}

export interface Scan {
  /** Bytes of whole, verified lines. */
  readonly consumed: number
  /** Why the line at `consumed` was not accepted; undefined if the bytes ended before a newline came. */
  readonly bad: string | undefined
}

/** Sees a record and where its line lies in the scanned bytes. False: do not accept it, and stop before it. */
export type Visit = (record: LogRecord, start: number, end: number) => boolean

/** Makes records of the lines of `bytes`, whose hashes are right: undefined for what is not the record of that sequence. */
export type LineReading = (bytes: Buffer) => (start: number, end: number, sequence: number) => LogRecord | undefined

const NEWLINE = 10
const SUFFIX_OPENING_BYTES = Buffer.from(SUFFIX_OPENING, 'latin1')
const SUFFIX_CLOSING_BYTES = Buffer.from(SUFFIX_CLOSING, 'latin1')
const CLOSING_AT = SUFFIX_OPENING.length + HASH_DIGITS

/**
 * Follows the chain through the whole lines of `bytes`, moving `cursor`, and shows each record to `visit`. Stops at the
 * first line that is not the next record, byte for byte; nothing is skipped.
 */
export function scanLines(bytes: Buffer, cursor: ChainCursor, visit: Visit, lines: LineReading = parsedLines): Scan {
  const recordAt = lines(bytes)
  let start = 0
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start)
    if (end < 0) return { consumed: start, bad: unfinished(bytes.length - start) }
    const hash = lineHash(bytes, start, end, cursor.hash)
    if (typeof hash === 'string') return { consumed: start, bad: hash }
    const record = recordAt(start, end, cursor.sequence + 1)
    if (record === undefined) {
      return { consumed: start, bad: foreign(bytes, start, end, cursor.sequence + 1) }
    }
    if (!visit(record, start, end + 1)) return { consumed: start, bad: 'a record that was not accepted' }
    cursor.sequence += 1
    cursor.hash = hash
    start = end + 1
  }
}

function parsedLines(bytes: Buffer): ReturnType<LineReading> {
  const textOf = textsOf(bytes)
  return (start, end, sequence) => {
    const record = parseJson(textOf(start, end))
    return isRecord(record, sequence) ? record : undefined
  }
}

/**
 * Longer strings go into a space of their own, and out of it only by a full collection: a fold of millions of records would fill
 * 50 MB with text that it has read long ago.
 */
const TEXT_BYTES = 64 * 1024

/** The text of one line after the other. Lines of ASCII, which is nearly all, are cut out of larger pieces. */
function textsOf(bytes: Buffer): (start: number, end: number) => string {
  let from = 0
  let to = 0
  let text: string | undefined
  return (start, end) => {
    if (end > to) {
      from = start
      to = Math.max(end, Math.min(bytes.length, start + TEXT_BYTES))
      const piece = bytes.subarray(from, to)
      text = isAscii(piece) ? piece.toString('latin1') : undefined
    }
    return text === undefined ? bytes.toString('utf8', start, end) : text.slice(start - from, end - from)
  }
}

/** The hash of the line [start, end) if its suffix carries exactly that, else what is wrong with it. */
function lineHash(bytes: Buffer, start: number, end: number, previous: bigint): bigint | string {
  const suffix = end + 1 - SUFFIX_BYTES
  const length = end + 1 - start
  if (length > RECORD_BYTES_MAX) return `a line of ${length} bytes, where a record has at most ${RECORD_BYTES_MAX}`
  if (suffix <= start || !hasSuffix(bytes, suffix)) {
    return `a line that does not end as a record does, but in ${printable(bytes.subarray(Math.max(start, suffix), end))}`
  }
  const hash = hashBytes(bytes.subarray(start, suffix), previous)
  if (hexEquals(hash, bytes, suffix + SUFFIX_OPENING.length)) return hash
  const found = printable(bytes.subarray(suffix + SUFFIX_OPENING.length, suffix + CLOSING_AT))
  return `the line carries h ${found}, its bytes after the line before give ${hexOf(hash)}`
}

function hasSuffix(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < SUFFIX_OPENING_BYTES.length; index += 1) {
    if (bytes[at + index] !== SUFFIX_OPENING_BYTES[index]) return false
  }
  for (let index = 0; index < SUFFIX_CLOSING_BYTES.length; index += 1) {
    if (bytes[at + CLOSING_AT + index] !== SUFFIX_CLOSING_BYTES[index]) return false
  }
  return true
}

/** The value, or undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function foreign(bytes: Buffer, start: number, end: number, sequence: number): string {
  const opening = printable(bytes.subarray(start, Math.min(end, start + 60)))
  return `a line whose hash is right but which is not record ${sequence}: ${opening}`
}

function unfinished(length: number): string | undefined {
  return length > RECORD_BYTES_MAX
    ? `${length} bytes without a newline, where a record has at most ${RECORD_BYTES_MAX}`
    : undefined
}

/** Bytes of unknown origin as text that no terminal acts upon. */
export function printable(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return JSON.stringify(text).replaceAll('\\\\x', '\\x')
}

/** The version that a line claims in its first field, or undefined if it does not begin as a record of any format. */
export function claimedVersion(bytes: Buffer, start: number): number | undefined {
  const match = /^\{"v":(\d{1,9}),/.exec(bytes.toString('latin1', start, Math.min(bytes.length, start + 20)))
  return match === null ? undefined : Number(match[1])
}

/** The sequence that a line claims, or undefined if it does not begin as a record of this format. */
export function claimedSequence(bytes: Buffer, start: number): number | undefined {
  const match = /^\{"v":1,"seq":(\d{1,16}),/.exec(bytes.toString('latin1', start, Math.min(bytes.length, start + 40)))
  return match === null ? undefined : Number(match[1])
}

/** The h as written in the suffix of the line whose newline is at `end`, whether it is right or not. */
export function writtenHash(bytes: Buffer, end: number): string | undefined {
  const suffix = end + 1 - SUFFIX_BYTES
  if (suffix < 0 || !hasSuffix(bytes, suffix)) return undefined
  return bytes.toString('latin1', suffix + SUFFIX_OPENING.length, suffix + CLOSING_AT)
}

/** True if the body and the hash of [start, end) fit to `seed`; the byte at `end` (the newline) is not looked at. */
export function verifiesAfter(bytes: Buffer, start: number, end: number, seed: bigint): boolean {
  const suffix = end + 1 - SUFFIX_BYTES
  if (suffix <= start) return false
  const opening = bytes.toString('latin1', suffix, suffix + SUFFIX_OPENING.length)
  const closing = bytes.toString('latin1', suffix + CLOSING_AT, end)
  if (opening !== SUFFIX_OPENING || closing !== SUFFIX_CLOSING.slice(0, -1)) return false
  return hexEquals(hashBytes(bytes.subarray(start, suffix), seed), bytes, suffix + SUFFIX_OPENING.length)
}
