import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scanLines } from '../../src/chain.js'
import { holderFrom } from '../../src/flock.js'
import { GENESIS_SEED, RECORD_BYTES_MAX } from '../../src/format.js'
import { loadHash } from '../../src/hash.js'
import { decodeNote } from '../../src/headNote.js'
import { encodeRecord } from '../../src/record.js'
import { decodeSnapshot } from '../../src/snapshotCodec.js'
import { judge } from '../../src/verdict.js'
import { sampleEvent } from '../sample.js'
import { rounds, seed } from './length.js'

const parser = suite('parsers and any bytes')
parser.before(loadHash)

const numRuns = rounds(3000, 100_000)
const start = () => ({ sequence: 0, hash: GENESIS_SEED })
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array))
/** Pieces of true lines among any others. */
const pieces = fc
  .array(
    fc.oneof(
      bytes,
      fc
        .constantFrom('{"v":1,"seq":1,', ',"h":"', '"}\n', '\n', '0123456789abcdef', '{"v":2,', '\0')
        .map((text) => Buffer.from(text)),
      fc
        .nat({ max: 170 })
        .map((length) => Buffer.from(encodeRecord(sampleEvent(1), 1, GENESIS_SEED).bytes.subarray(0, length))),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts))

parser('records: no bytes make the scanner or the verdict throw, and nothing but a true line is believed', () => {
  const truth = Buffer.from(encodeRecord(sampleEvent(1), 1, GENESIS_SEED).bytes)
  const property = fc.property(fc.oneof(bytes, pieces), (input) => {
    const cursor = start()
    const { consumed, bad } = scanLines(input, cursor, () => true)
    assert.is(consumed, input.subarray(0, truth.length).equals(truth) ? truth.length : 0)
    const region = { bytes: input.subarray(consumed), good: cursor, bad, isLast: true, hashAt: () => GENESIS_SEED }
    if (region.bytes.length > 0) judge({ ...region, noted: undefined })
  })
  fc.assert(property, { numRuns, seed })
})

parser('notes, snapshots and the list of locks: no bytes make them throw', () => {
  const property = fc.property(bytes, (input) => {
    assert.is.not(decodeNote(input).kind, 'note')
    assert.is(decodeSnapshot(input), undefined)
    holderFrom(input.toString('latin1'), 1)
  })
  fc.assert(property, { numRuns, seed })
})

parser('a reason that quotes damaged bytes has nothing in it that a terminal acts upon', () => {
  const property = fc.property(fc.uint8Array({ minLength: 30, maxLength: 200 }), (array) => {
    const line = Buffer.concat([Buffer.from(array).map((byte) => (byte === 10 ? 11 : byte)), Buffer.from('\n')])
    const { bad = '' } = scanLines(line, start(), () => true)
    assert.ok(bad.length > 0)
    assert.match(bad, /^[\x20-\x7e]*$/)
  })
  fc.assert(property, { numRuns, seed })
})

parser('a line longer than a record can be is refused without being read to its end', () => {
  for (const size of [RECORD_BYTES_MAX + 1, 4 * RECORD_BYTES_MAX]) {
    const { consumed, bad } = scanLines(Buffer.alloc(size, 0x61), start(), () => true)
    assert.is(consumed, 0)
    assert.match(bad ?? '', /without a newline, where a record has at most 65536/)
  }
})

parser('what a terminal would act upon is stored as it was given', () => {
  const text = '\u001b[2J\u202e\u200b\u0007\u{e0041} \u2028'
  const { bytes: line } = encodeRecord({ ...sampleEvent(1), data: { text } }, 1, GENESIS_SEED)
  let stored: unknown
  scanLines(Buffer.from(line), start(), (record) => {
    stored = record.data['text']
    return true
  })
  assert.is(stored, text)
})

parser.run()
