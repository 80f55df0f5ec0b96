import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent } from '../src/contract.js'
import { openFileLog } from '../src/fileLog.js'
import { GENESIS_SEED, NOTE_BYTES, SUFFIX_BYTES, sequenceFromName, sequenceName } from '../src/format.js'
import { hashBytes, hexEquals, hexOf, loadHash } from '../src/hash.js'
import { decodeNote, encodeNote, type HeadNote } from '../src/headNote.js'
import { encodeRecord } from '../src/record.js'
import { splitLines } from './logFiles.js'
import { tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'
import { xxh64 } from './xxh64.js'

const format = suite('format 1')
format.before(loadHash)

const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../../../docs/format.md'), 'utf8')
const by = 'claude-20260108-124532-a3f7b2d1'
const paths = ['src/auth/login.ts']
const events: NewEvent[] = [
  {
    ts: '2026-01-08T12:45:32.000Z',
    type: 'instance.registered',
    by,
    data: { role: 'main', task: 'Fix the login' },
    durable: true,
  },
  { ts: '2026-01-08T12:45:40.250Z', type: 'lock.acquired', by, data: { paths, reason: 'edit' }, durable: false },
  { ts: '2026-01-08T12:46:02.007Z', type: 'lock.released', by, data: { paths, note: 'déjà vu ✓' }, durable: false },
]

/* The bytes of format 1. They do not change; a program that writes others writes another format. */
const golden = [
  '{"v":1,"seq":1,"ts":"2026-01-08T12:45:32.000Z","type":"instance.registered","by":"claude-20260108-124532-a3f7b2d1","data":{"role":"main","task":"Fix the login"},"h":"cb388e57d7eb2f25"}\n',
  '{"v":1,"seq":2,"ts":"2026-01-08T12:45:40.250Z","type":"lock.acquired","by":"claude-20260108-124532-a3f7b2d1","data":{"paths":["src/auth/login.ts"],"reason":"edit"},"h":"2df9c4009b9fe551"}\n',
  '{"v":1,"seq":3,"ts":"2026-01-08T12:46:02.007Z","type":"lock.released","by":"claude-20260108-124532-a3f7b2d1","data":{"paths":["src/auth/login.ts"],"note":"déjà vu ✓"},"h":"a6a9dded5b612762"}\n',
]
const goldenNote =
  'coordlog 1 00000000000000000003 a6a9dded5b612762 00000000000000000003 00000000000000000001 00000000000000000568 ' +
  '00000000-0000-4000-8000-000000000000 0000004242 - a90a102edbf48760\n'
const goldenSnapshot =
  '{"v":1,"fold":"count-1","seq":3,"at":"a6a9dded5b612762","segment":1,"offset":568,"latest":"2026-01-08T12:46:02.007Z","state":{"count":3},"h":"d0d66be4adc5fff4"}\n'
const note: HeadNote = {
  sequence: 3,
  hash: 0xa6a9dded5b612762n,
  durableSequence: 3,
  segment: 1,
  offset: 568,
  bootId: '00000000-0000-4000-8000-000000000000',
  processId: 4242,
  phase: 'rest',
}

format('a log writes exactly these bytes, in files of its own', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { snapshots: { recordsMin: 3, bytesMin: 1e9 } })
  for (const event of events) await log.append(event, 'any')
  const fold = {
    ...tallyFold('count-1'),
    initial: () => ({ count: 0 }),
    evolve: (s: { count: number }) => ({ count: s.count + 1 }),
    revive: () => ({ count: 3 }),
  }
  await log.writeSnapshotIfDue(fold)
  log.close()
  assert.is(readFileSync(join(directory, 'segments/00000000000000000001.ndjson'), 'utf8'), golden.join(''))
  assert.is(readFileSync(join(directory, 'snapshots/00000000000000000003.json'), 'utf8'), goldenSnapshot)
  assert.is(readFileSync(join(directory, 'lock'), 'utf8').slice(0, 112), goldenNote.slice(0, 112))
  for (const [path, mode] of [
    ['', 0o700],
    ['segments', 0o700],
    ['snapshots', 0o700],
    ['lock', 0o600],
    ['segments/00000000000000000001.ndjson', 0o600],
    ['snapshots/00000000000000000003.json', 0o600],
  ] as const) {
    assert.is(statSync(join(directory, path)).mode & 0o777, mode, path)
  }
})

format('the head note has exactly these bytes, and they are read back', () => {
  const bytes = Buffer.alloc(NOTE_BYTES)
  encodeNote(note, bytes)
  assert.is(bytes.toString('latin1'), goldenNote)
  assert.equal(decodeNote(bytes), { kind: 'note', note })
  for (const phase of ['sync', 'repair'] as const) {
    encodeNote({ ...note, phase }, bytes)
    assert.equal(decodeNote(bytes), { kind: 'note', note: { ...note, phase } })
  }
})

format('a note with any bit flipped, cut or lengthened is not taken for a note', () => {
  const bytes = Buffer.alloc(NOTE_BYTES)
  encodeNote(note, bytes)
  for (let bit = 0; bit < NOTE_BYTES * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.is.not(decodeNote(flipped).kind, 'note', `bit ${bit}`)
  }
  for (let length = 1; length < NOTE_BYTES; length += 1) {
    assert.is(decodeNote(bytes.subarray(0, length)).kind, 'unreadable')
  }
  assert.is(decodeNote(Buffer.concat([bytes, bytes])).kind, 'unreadable')
  assert.equal(decodeNote(Buffer.alloc(0)), { kind: 'empty' })
  assert.equal(decodeNote(Buffer.from('coordlog 7 and so on')), { kind: 'newer', version: 7 })
})

format('docs/format.md shows the same bytes, lengths and offsets', () => {
  const example = /```ndjson\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  assert.is(example, golden.join(''))
  assert.ok(page.includes(goldenNote))
  assert.ok(page.includes(goldenSnapshot))
  let start = 0
  for (const line of splitLines(Buffer.from(example))) {
    const end = start + line.length
    assert.ok(page.includes(`${start}–${end - 1}`), `bytes ${start}–${end - 1}`)
    assert.match(page, `${line.length} bytes`)
    assert.match(page, new RegExp(`\\b${line.length - SUFFIX_BYTES}( of body|\\.| bytes)`))
    start = end
  }
})

format('an independent xxh64 agrees, line by line, seeded with the hash before', () => {
  let seed = GENESIS_SEED
  for (const text of golden) {
    const bytes = Buffer.from(text)
    const hash = xxh64(bytes.subarray(0, -SUFFIX_BYTES), seed)
    assert.is(hexOf(hash), text.slice(-19, -3))
    seed = hash
  }
  const snapshot = Buffer.from(goldenSnapshot)
  assert.is(hexOf(xxh64(snapshot.subarray(0, -SUFFIX_BYTES), seed)), goldenSnapshot.slice(-19, -3))
  assert.is(hexOf(xxh64(Buffer.from(goldenNote.slice(0, 162)), GENESIS_SEED)), goldenNote.slice(162, 178))
  const short = Array.from({ length: 130 }, (_, length) => length)
  for (const length of [...short, 65_535, 65_536, 65_537, 131_072, 200_007]) {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + length) % 256))
    assert.is(hashBytes(bytes, 0x8000000000000001n), xxh64(bytes, 0x8000000000000001n), `${length} bytes`)
  }
})

format('the genesis seed is the word coordlog', () => {
  assert.is(Buffer.from(GENESIS_SEED.toString(16), 'hex').toString('latin1'), 'coordlog')
})

format('a record is encoded alone as it stands in the file', () => {
  let previous = GENESIS_SEED
  events.forEach((event, index) => {
    const { bytes, hash } = encodeRecord(event, index + 1, previous)
    assert.is(bytes.toString('utf8'), golden[index])
    previous = hash
  })
})

format('hex is compared as text: a capital is another digit', () => {
  const hash = 0xabcdef0123456789n
  assert.ok(hexEquals(hash, Buffer.from('abcdef0123456789'), 0))
  assert.not(hexEquals(hash, Buffer.from('Abcdef0123456789'), 0))
  assert.not(hexEquals(hash, Buffer.from('abcdef0123456788'), 0))
})

format('names sort as their sequences, and only whole names count', () => {
  assert.is(sequenceName(12044), '00000000000000012044')
  assert.is(sequenceFromName('00000000000000012044.ndjson', '.ndjson'), 12044)
  for (const name of [
    '12044.ndjson',
    '00000000000000012044.ndjson.aside',
    '0000000000000001204x.ndjson',
    '00000000000000000000.ndjson',
  ]) {
    assert.is(sequenceFromName(name, '.ndjson'), undefined, name)
  }
})

format.run()
