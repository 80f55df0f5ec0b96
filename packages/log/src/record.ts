import type { JsonObject, LogRecord, NewEvent } from './contract.js'
import { LogError } from './errors.js'
import {
  FORMAT_VERSION,
  HASH_DIGITS,
  RECORD_BYTES_MAX,
  RECORD_PREFIX,
  SUFFIX_BYTES,
  SUFFIX_CLOSING,
  SUFFIX_OPENING,
} from './format.js'
import { hashBytes, hexOf, writeHex } from './hash.js'
import { isStorable, storable } from './json.js'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const TYPE_LENGTH_MAX = 100

export interface EncodedRecord {
  /** The line with its newline. A view of the buffer it was written to: of the module's own if none was given. */
  readonly bytes: Buffer
  readonly hash: bigint
  /** The record as a reader will find it; nothing of the event is shared with it. */
  record(): LogRecord
}

const ownBuffer = Buffer.allocUnsafe(RECORD_BYTES_MAX)

/**
 * The line of one event as record `sequence` after a record with the hash `previous`, written to `target` at `at`, where
 * there must be room for the longest record. Throws LogError 'invalid'.
 */
export function encodeRecord(
  event: NewEvent,
  sequence: number,
  previous: bigint,
  target: Buffer = ownBuffer,
  at = 0,
): EncodedRecord {
  refuseMisshapen(event)
  const { ts } = event
  const type = event.type.toWellFormed()
  const by = event.by.toWellFormed()
  const data = dataText(event)
  const names = `","type":${JSON.stringify(type)},"by":${JSON.stringify(by)},"data":`
  const body = `${RECORD_PREFIX}${sequence},"ts":"${ts}${names}${data}`
  const bodyBytes = writeBody(event, body, target, at)
  const hash = hashBytes(target.subarray(at, at + bodyBytes), previous)
  const suffix = at + bodyBytes
  target.write(SUFFIX_OPENING, suffix, 'latin1')
  writeHex(hash, target, suffix + SUFFIX_OPENING.length)
  target.write(SUFFIX_CLOSING, suffix + SUFFIX_OPENING.length + HASH_DIGITS, 'latin1')
  return {
    bytes: target.subarray(at, suffix + SUFFIX_BYTES),
    hash,
    record: () => recordOf({ seq: sequence, ts, type, by }, data, hash),
  }
}

/** Most of those who append never look at what they get back: its costly parts are made when they are asked for. */
function recordOf(names: Pick<LogRecord, 'seq' | 'ts' | 'type' | 'by'>, dataText: string, hash: bigint): LogRecord {
  let data: JsonObject | undefined
  return {
    v: 1,
    seq: names.seq,
    ts: names.ts,
    type: names.type,
    by: names.by,
    get data(): JsonObject {
      const parsed: JsonObject = data ?? JSON.parse(dataText)
      data = parsed
      return parsed
    },
    get h(): string {
      return hexOf(hash)
    },
  }
}

/** Length of the body in bytes. */
function writeBody(event: NewEvent, body: string, target: Buffer, at: number): number {
  /* No character of a string has more than three bytes, so short ones need not be measured before. */
  const isSurelyShort = body.length * 3 + SUFFIX_BYTES <= RECORD_BYTES_MAX
  const bytes = isSurelyShort ? 0 : Buffer.byteLength(body) + SUFFIX_BYTES
  if (bytes <= RECORD_BYTES_MAX) return target.write(body, at, 'utf8')
  throw invalid(`The event ${event.type} makes a record of ${bytes} bytes; the limit is ${RECORD_BYTES_MAX}.`, {
    bytes,
    bytesMax: RECORD_BYTES_MAX,
  })
}

function refuseMisshapen({ ts, type }: NewEvent): void {
  if (!TIME.test(ts)) {
    throw invalid(`The time ${JSON.stringify(ts)} is not of the form 2026-01-08T12:45:32.000Z.`, { ts })
  }
  if (type.length === 0 || type.length > TYPE_LENGTH_MAX) {
    throw invalid(`An event type has 1 to ${TYPE_LENGTH_MAX} characters; this one has ${type.length}.`, {
      length: type.length,
      lengthMax: TYPE_LENGTH_MAX,
    })
  }
}

function dataText(event: NewEvent): string {
  if (isStorable(event.data)) return JSON.stringify(event.data)
  try {
    return JSON.stringify(storable(event.data, 'data'))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw invalid(`The event ${event.type} cannot be recorded: ${error.message}.`, { type: event.type })
  }
}

function invalid(message: string, facts: LogError['facts']): LogError {
  return new LogError('invalid', `${message} Nothing was recorded.`, facts)
}

/** True if a parsed line has the shape of record `sequence`. That its bytes verify has been checked before. */
export function isRecord(value: unknown, sequence: number): value is LogRecord {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Partial<LogRecord>
  return (
    record.v === FORMAT_VERSION &&
    record.seq === sequence &&
    typeof record.ts === 'string' &&
    typeof record.type === 'string' &&
    typeof record.by === 'string' &&
    typeof record.data === 'object' &&
    record.data !== null &&
    typeof record.h === 'string'
  )
}
