import type { LogRecord, NewEvent } from './contract.js'
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
import { hashBytes, writeHex } from './hash.js'
import { storable } from './json.js'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const TYPE_LENGTH_MAX = 100

export interface EncodedRecord {
  /** The line with its newline. A view into a buffer that the next call uses again: write it or copy it before. */
  readonly bytes: Buffer
  readonly hash: bigint
}

const line = Buffer.allocUnsafe(RECORD_BYTES_MAX)

/** The line of one event as record `sequence` after a record with the hash `previous`. Throws LogError 'invalid'. */
export function encodeRecord(event: NewEvent, sequence: number, previous: bigint): EncodedRecord {
  const body = bodyText(event, sequence)
  const bodyBytes = Buffer.byteLength(body)
  const length = bodyBytes + SUFFIX_BYTES
  if (length > RECORD_BYTES_MAX) {
    throw invalid(`The event ${event.type} makes a record of ${length} bytes; the limit is ${RECORD_BYTES_MAX}.`, {
      bytes: length,
      bytesMax: RECORD_BYTES_MAX,
    })
  }
  line.write(body, 0, 'utf8')
  const hash = hashBytes(line.subarray(0, bodyBytes), previous)
  line.write(SUFFIX_OPENING, bodyBytes, 'latin1')
  writeHex(hash, line, bodyBytes + SUFFIX_OPENING.length)
  line.write(SUFFIX_CLOSING, bodyBytes + SUFFIX_OPENING.length + HASH_DIGITS, 'latin1')
  return { bytes: line.subarray(0, length), hash }
}

function bodyText(event: NewEvent, sequence: number): string {
  if (!TIME.test(event.ts)) {
    throw invalid(`The time ${JSON.stringify(event.ts)} is not of the form 2026-01-08T12:45:32.000Z.`, { ts: event.ts })
  }
  if (event.type.length === 0 || event.type.length > TYPE_LENGTH_MAX) {
    throw invalid(`An event type has 1 to ${TYPE_LENGTH_MAX} characters; this one has ${event.type.length}.`, {
      length: event.type.length,
      lengthMax: TYPE_LENGTH_MAX,
    })
  }
  const type = JSON.stringify(event.type.toWellFormed())
  const by = JSON.stringify(event.by.toWellFormed())
  return `${RECORD_PREFIX}${sequence},"ts":"${event.ts}","type":${type},"by":${by},"data":${dataText(event)}`
}

function dataText(event: NewEvent): string {
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
