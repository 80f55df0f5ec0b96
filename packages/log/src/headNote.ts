import {
  GENESIS_SEED,
  HASH_DIGITS,
  NOTE_BOOT_AT,
  NOTE_BOOT_CHARACTERS,
  NOTE_BYTES,
  NOTE_CHECK_AT,
  NOTE_DURABLE_AT,
  NOTE_HASH_AT,
  NOTE_NUMBER_DIGITS,
  NOTE_OFFSET_AT,
  NOTE_PHASE_AT,
  NOTE_PROCESS_AT,
  NOTE_PROCESS_DIGITS,
  NOTE_SEGMENT_AT,
  NOTE_SEQUENCE_AT,
  NOTE_TITLE,
} from './format.js'
import { hashBytes, hashFromHex, hexEquals, writeHex } from './hash.js'

/** What is under way in the log: nothing, a sync whose outcome is not known, or a repair that must be recorded. */
export type Phase = 'rest' | 'sync' | 'repair'

/** Where the log ends, as its last writer left it. */
export interface HeadNote {
  readonly sequence: number
  readonly hash: bigint
  /** Everything up to here is on stable storage. */
  readonly durableSequence: number
  /** First sequence of the segment that takes the next record; the file may not be there yet if `offset` is 0. */
  readonly segment: number
  readonly offset: number
  readonly bootId: string
  readonly processId: number
  readonly phase: Phase
}

export type NoteReading =
  | { readonly kind: 'note'; readonly note: HeadNote }
  /** Nothing was ever written: a lock file just created. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'newer'; readonly version: number }

const PHASE_LETTERS: Record<Phase, string> = { rest: '-', sync: 's', repair: 'r' }
const ZERO = 48
const NEWLINE = 10

/** A note in which everything is zero: only what is not zero has to be written over it. */
const TEMPLATE = makeTemplate()

function makeTemplate(): Buffer {
  const zeros = '0'.repeat(NOTE_NUMBER_DIGITS)
  // In the order in which they stand there.
  const texts: readonly (readonly [number, string])[] = [
    [0, NOTE_TITLE],
    [NOTE_SEQUENCE_AT, zeros],
    [NOTE_DURABLE_AT, zeros],
    [NOTE_SEGMENT_AT, zeros],
    [NOTE_OFFSET_AT, zeros],
    [NOTE_PROCESS_AT, '0'.repeat(NOTE_PROCESS_DIGITS)],
    [NOTE_BYTES - 1, '\n'],
  ]
  return Buffer.from(
    texts.reduce((line, [at, text]) => line.padEnd(at) + text, ''),
    'latin1',
  )
}

/** Writes the note over `target`, which has NOTE_BYTES bytes. */
export function encodeNote(note: HeadNote, target: Buffer): void {
  TEMPLATE.copy(target)
  writeNumber(target, NOTE_SEQUENCE_AT + NOTE_NUMBER_DIGITS, note.sequence)
  writeHex(note.hash, target, NOTE_HASH_AT)
  writeNumber(target, NOTE_DURABLE_AT + NOTE_NUMBER_DIGITS, note.durableSequence)
  writeNumber(target, NOTE_SEGMENT_AT + NOTE_NUMBER_DIGITS, note.segment)
  writeNumber(target, NOTE_OFFSET_AT + NOTE_NUMBER_DIGITS, note.offset)
  target.write(note.bootId, NOTE_BOOT_AT, NOTE_BOOT_CHARACTERS, 'latin1')
  writeNumber(target, NOTE_PROCESS_AT + NOTE_PROCESS_DIGITS, note.processId)
  target[NOTE_PHASE_AT] = PHASE_LETTERS[note.phase].charCodeAt(0)
  writeHex(hashBytes(target.subarray(0, NOTE_CHECK_AT), GENESIS_SEED), target, NOTE_CHECK_AT)
}

/** Digits of a number that end before `end`. */
function writeNumber(target: Buffer, end: number, value: number): void {
  let rest = value
  for (let index = end - 1; rest > 0; index -= 1) {
    const tenth = Math.floor(rest / 10)
    target[index] = ZERO + (rest - tenth * 10)
    rest = tenth
  }
}

/** What the content of the lock file says. */
export function decodeNote(bytes: Buffer): NoteReading {
  if (bytes.length === 0) return { kind: 'empty' }
  const version = /^coordlog (\d{1,9}) /.exec(bytes.toString('latin1', 0, 20))?.[1]
  if (version !== undefined && Number(version) > 1) return { kind: 'newer', version: Number(version) }
  if (bytes.length !== NOTE_BYTES || bytes.toString('latin1', 0, NOTE_TITLE.length) !== NOTE_TITLE) {
    return { kind: 'unreadable' }
  }
  const check = hashBytes(bytes.subarray(0, NOTE_CHECK_AT), GENESIS_SEED)
  if (!hexEquals(check, bytes, NOTE_CHECK_AT) || bytes[NOTE_BYTES - 1] !== NEWLINE) return { kind: 'unreadable' }
  const hash = hashFromHex(bytes.toString('latin1', NOTE_HASH_AT, NOTE_HASH_AT + HASH_DIGITS))
  const phase = phaseOf(bytes.toString('latin1', NOTE_PHASE_AT, NOTE_PHASE_AT + 1))
  if (hash === undefined || phase === undefined) return { kind: 'unreadable' }
  return {
    kind: 'note',
    note: {
      sequence: readNumber(bytes, NOTE_SEQUENCE_AT, NOTE_NUMBER_DIGITS),
      hash,
      durableSequence: readNumber(bytes, NOTE_DURABLE_AT, NOTE_NUMBER_DIGITS),
      segment: readNumber(bytes, NOTE_SEGMENT_AT, NOTE_NUMBER_DIGITS),
      offset: readNumber(bytes, NOTE_OFFSET_AT, NOTE_NUMBER_DIGITS),
      bootId: bytes.toString('latin1', NOTE_BOOT_AT, NOTE_BOOT_AT + NOTE_BOOT_CHARACTERS).trimEnd(),
      processId: readNumber(bytes, NOTE_PROCESS_AT, NOTE_PROCESS_DIGITS),
      phase,
    },
  }
}

function phaseOf(letter: string): Phase | undefined {
  switch (letter) {
    case '-':
      return 'rest'
    case 's':
      return 'sync'
    case 'r':
      return 'repair'
    default:
      return undefined
  }
}

function readNumber(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index += 1) value = value * 10 + ((bytes[index] ?? ZERO) - ZERO)
  return value
}
