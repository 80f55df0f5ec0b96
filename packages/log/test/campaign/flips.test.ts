import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scanLines } from '../../src/chain.js'
import { GENESIS_SEED } from '../../src/format.js'
import { loadHash } from '../../src/hash.js'
import { encodeRecord } from '../../src/record.js'
import { checkedCard, decodeSnapshot, encodeSnapshot, wholeState } from '../../src/snapshotCodec.js'
import { judge } from '../../src/verdict.js'
import { sampleEvent } from '../sample.js'
import { rounds, seed, seededRandom } from './length.js'

const flips = suite('flipped bits')
flips.before(loadHash)

const EVENTS = rounds(50, 400)

/** A segment of so many events, and where each line begins. */
function segmentOf(count: number): { bytes: Buffer; starts: number[]; hashes: bigint[] } {
  const parts: Buffer[] = []
  const starts: number[] = []
  const hashes = [GENESIS_SEED]
  let size = 0
  for (let n = 1; n <= count; n += 1) {
    const { bytes, hash } = encodeRecord(sampleEvent(n), n, hashes[n - 1] ?? 0n)
    starts.push(size)
    size += bytes.length
    parts.push(Buffer.from(bytes))
    hashes.push(hash)
  }
  return { bytes: Buffer.concat(parts), starts, hashes }
}

/** Flips, asks how far the log is believed and what the damage is called, and flips back. */
function outcomeOf(log: ReturnType<typeof segmentOf>, damage: (bytes: Buffer) => void, line: number) {
  const before = Buffer.from(log.bytes)
  damage(log.bytes)
  const start = log.starts[line] ?? 0
  const cursor = { sequence: line, hash: log.hashes[line] ?? 0n }
  const scan = scanLines(log.bytes.subarray(start), cursor, () => true)
  const verdict = judge({
    bytes: log.bytes.subarray(start),
    good: { sequence: line, hash: log.hashes[line] ?? 0n },
    bad: scan.bad,
    isLast: true,
    noted: { sequence: EVENTS, durableSequence: 0, isRebooted: false, isRepairing: false },
    hashAt: (sequence) => log.hashes[sequence],
  })
  before.copy(log.bytes)
  return { consumed: scan.consumed, kind: verdict.kind }
}

function lineAt(starts: readonly number[], index: number): number {
  return starts.findLastIndex((start) => start <= index)
}

flips('I13: every single bit of a log is found, at the line in which it lies', () => {
  const log = segmentOf(EVENTS)
  for (let bit = 0; bit < log.bytes.length * 8; bit += 1) {
    const index = bit >> 3
    const flip = (bytes: Buffer) => {
      bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7))
    }
    const { consumed, kind } = outcomeOf(log, flip, lineAt(log.starts, index))
    assert.is(consumed, 0, `bit ${bit} was believed`)
    assert.is.not(kind, 'torn', `bit ${bit} was called a tear`)
  }
})

flips('I13: of two wrong bytes anywhere in a line, none is missed', () => {
  const log = segmentOf(EVENTS)
  const random = seededRandom(seed)
  for (let round = 0; round < rounds(20_000, 1_000_000); round += 1) {
    const index = Math.floor(random() * (log.bytes.length - 1))
    const line = lineAt(log.starts, index)
    const other = Math.min(log.bytes.length - 1, index + 1 + Math.floor(random() * 30))
    const change = (bytes: Buffer) => {
      for (const at of [index, other]) bytes[at] = ((bytes[at] ?? 0) + 1 + Math.floor(random() * 255)) & 255
    }
    assert.is(outcomeOf(log, change, line).consumed, 0, `bytes ${index} and ${other}, COORDLOG_SEED=${seed}`)
  }
})

for (const deferred of [undefined, 'text', 'numbers']) {
  flips(`every single bit of a snapshot is found (deferred: ${deferred})`, () => {
    const position = { sequence: 7, hash: 0x1234567890abcdefn, segment: 1, offset: 999 }
    const state = { count: 7, numbers: [1, 2, 3], text: 'déjà vu' }
    const bytes = encodeSnapshot({ position, foldVersion: 'tally-1', state, deferred })
    const read = decodeSnapshot(bytes)
    assert.equal(read?.position, position)
    assert.is(read?.deferred?.name, deferred)
    assert.equal(checkedCard(bytes), { foldVersion: 'tally-1', latestTime: undefined, sequence: 7 })
    assert.equal(read && wholeState(read), state)
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.is(decodeSnapshot(flipped), undefined, `bit ${bit}`)
      assert.is(checkedCard(flipped), undefined, `bit ${bit}, without parsing`)
    }
    for (let length = 0; length < bytes.length; length += 1) {
      assert.is(decodeSnapshot(bytes.subarray(0, length)), undefined, `${length} bytes`)
      assert.is(checkedCard(bytes.subarray(0, length)), undefined, `${length} bytes, without parsing`)
    }
  })
}

flips.run()
