import { parseJson } from './chain.js'
import type { JsonObject, LogRecord } from './contract.js'
import { LogError } from './errors.js'
import { HASH_DIGITS, SUFFIX_CLOSING, SUFFIX_OPENING } from './format.js'
import { isRecord } from './record.js'

/**
 * A verified record of which only the beginning has been taken apart: parsing the data of a million records is most of what
 * going through them costs, and who counts them needs little of it.
 */
class SkimmedRecord implements LogRecord {
  readonly v = 1
  readonly seq: number
  readonly ts: string
  readonly type: string
  readonly by: string
  /** The JSON of its data, as it stands in the line. */
  readonly dataText: string
  readonly h: string
  private parsed: JsonObject | undefined

  constructor(line: string, dataAt: number, [, seq, ts = '', type = '', by = '']: RegExpExecArray) {
    this.seq = Number(seq)
    this.ts = ts
    this.type = type
    this.by = by
    this.dataText = line.slice(dataAt, line.length - SUFFIX_CHARACTERS)
    this.h = line.slice(line.length - H_FROM_END, line.length - H_FROM_END + HASH_DIGITS)
    this.parsed = undefined
  }

  /** Throws LogError 'damaged' where a line has the right hash, and is no JSON all the same. */
  get data(): JsonObject {
    this.parsed ??= dataOf(this)
    return this.parsed
  }
}

/** Of a line without its newline. */
const SUFFIX_CHARACTERS = SUFFIX_OPENING.length + HASH_DIGITS + SUFFIX_CLOSING.length - 1
const H_FROM_END = SUFFIX_CHARACTERS - SUFFIX_OPENING.length

/** How every writer begins a line whose names need no escapes. */
const BEGINNING = /\{"v":1,"seq":(\d{1,16}),"ts":"([^"\\]*)","type":"([^"\\]*)","by":"([^"\\]*)","data":(?=\{)/y

/** The record of a line without its newline; undefined if it is not record `sequence`. */
export function skim(line: string, sequence: number): LogRecord | undefined {
  BEGINNING.lastIndex = 0
  const beginning = BEGINNING.exec(line)
  if (beginning !== null && Number(beginning[1]) === sequence)
    return new SkimmedRecord(line, BEGINNING.lastIndex, beginning)
  const record = parseJson(line)
  return isRecord(record, sequence) ? record : undefined
}

function dataOf({ seq, dataText }: SkimmedRecord): JsonObject {
  const data = parseJson(dataText)
  if (isObject(data)) return data
  throw new LogError('damaged', `The data of record ${seq} is no JSON, although its hash is right. Run: coord verify`, {
    sequence: seq,
  })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}
