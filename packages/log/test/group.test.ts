import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fold, LogRecord, NewEvent } from '../src/contract.js'
import { LogError } from '../src/errors.js'
import { openFileLog } from '../src/fileLog.js'
import { type FileSystem, realFileSystem } from '../src/fileSystem.js'
import { canonicalJson } from '../src/json.js'
import { verifyLog } from '../src/verify.js'
import { countingReads } from './countingReads.js'
import { appendSamples, readAll, sampleEvent, type Tally, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

/** What a group costs and leaves on a disk; what it means is in the contract. */
const test = suite('groups in files')
const { ts } = sampleEvent(1)

/** A disk that counts, and that takes no more than `roomBytes` in one write to a segment. */
function countingDisk(roomBytes = Number.POSITIVE_INFINITY) {
  const counts = { writes: 0, syncs: 0 }
  const fs: FileSystem = {
    ...realFileSystem,
    write: (descriptor, bytes, position) => {
      counts.writes += 1
      return realFileSystem.write(descriptor, bytes.subarray(0, Math.min(bytes.length, roomBytes)), position)
    },
    syncData: (descriptor) => {
      counts.syncs += 1
      realFileSystem.syncData(descriptor)
    },
  }
  return { fs, counts }
}

function eventsFrom(first: number, count: number, durable: boolean) {
  return Array.from({ length: count }, (_, index) => sampleEvent(first + index, durable))
}

test('thirty durable events cost one sync and no more writes than one', async () => {
  const { fs, counts } = countingDisk()
  const log = await openFileLog(scratchDirectory(), { fs })
  await log.append(sampleEvent(1, true), 0)
  Object.assign(counts, { writes: 0, syncs: 0 })
  await log.append(sampleEvent(2, true), 1)
  const single = { ...counts }
  Object.assign(counts, { writes: 0, syncs: 0 })
  await log.appendAll({ ts, expected: 2, fill: (add) => eventsFrom(3, 30, true).forEach(add) })
  assert.equal(counts, single)
  assert.is(counts.syncs, 1)
  assert.is((await readAll(log)).length, 32)
  log.close()
})

test('I5: of a group that the disk takes half of, the whole lines stay, for a reader may have seen them; it is said how many', async () => {
  const directory = scratchDirectory()
  const whole = await openFileLog(directory)
  await appendSamples(whole, 3)
  whole.close()
  const log = await openFileLog(directory, { fs: countingDisk(400).fs })
  let caught: unknown
  await log.appendAll({ ts, expected: 3, fill: (add) => eventsFrom(4, 10, false).forEach(add) }).catch((error) => {
    caught = error
  })
  assert.ok(caught instanceof LogError && caught.code === 'io', String(caught))
  assert.match(caught.message, /The first 2 of 10 events are in the log/)
  assert.is(caught.facts['recorded'], 2)
  log.close()
  const again = await openFileLog(directory)
  assert.equal(
    (await readAll(again)).map(({ data }) => data['n']),
    [1, 2, 3, 4, 5],
  )
  await appendSamples(again, 1, 6)
  again.close()
  assert.equal((await verifyLog(directory, tallyFold())).damage, undefined)
})

test('a group that does not fit goes into the next segment as a whole', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { segmentBytesMax: 1000 })
  await appendSamples(log, 4)
  await log.appendAll({ ts, expected: 4, fill: (add) => eventsFrom(5, 6, false).forEach(add) })
  assert.is(readdirSync(join(directory, 'segments')).length, 2)
  assert.is((await readAll(log)).length, 10)
  log.close()
})

test('records by which a caller has led on the state itself are not read for it; those of others are', async () => {
  const directory = scratchDirectory()
  const { fs, counted } = countingReads()
  const log = await openFileLog(directory, { fs })
  const other = await openFileLog(directory)
  const plain = tallyFold()
  let ahead = 0
  const fold: Fold<Tally> = {
    ...plain,
    evolve: (state, record) => (record.seq <= ahead ? state : plain.evolve(state, record)),
  }
  await appendSamples(log, 3)
  const lead = async (first: number, count: number, expected: number) => {
    const { state } = await log.load(fold)
    const fill = (add: (event: NewEvent) => LogRecord) => {
      for (const event of eventsFrom(first, count, false)) {
        const record = add(event)
        plain.evolve(state, record)
        ahead = record.seq
      }
    }
    const result = await log.appendAll({ ts, expected, fill, folded: fold })
    assert.is(result.kind, 'appended')
  }
  await lead(4, 2, 3)
  counted.bytes = 0
  // Longer than a path is trusted.
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.is((await log.load(fold)).sequence, 5)
  assert.is(counted.bytes, 0, 'its own are known')
  await appendSamples(other, 2, 6)
  assert.is((await log.load(fold)).sequence, 7)
  assert.ok(counted.bytes > 0)
  await lead(8, 2, 7)
  await appendSamples(log, 1, 10)
  await lead(11, 1, 10)
  const anew = await openFileLog(directory)
  const { state, sequence } = await log.load(fold)
  assert.equal([sequence, canonicalJson(state)], [11, canonicalJson((await anew.load(tallyFold())).state)])
  for (const each of [log, other, anew]) each.close()
})

test('a state that is behind the end is not taken for one that has been led on', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory)
  const fold = tallyFold()
  await log.load(fold)
  await appendSamples(log, 2)
  await log.appendAll({ ts, expected: 2, fill: (add) => eventsFrom(3, 2, false).forEach(add), folded: fold })
  const { state, sequence } = await log.load(fold)
  assert.equal([sequence, state.numbers], [4, [1, 2, 3, 4]])
  log.close()
})

test('a byte that is changed under an open log is noticed by its next load, as by a new one', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory)
  const fold = tallyFold()
  await appendSamples(log, 5)
  assert.is((await log.load(fold)).damage, undefined)
  const [name = ''] = readdirSync(join(directory, 'segments'))
  const segment = join(directory, 'segments', name)
  const bytes = readFileSync(segment)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await new Promise((resolve) => setTimeout(resolve, 20))
  writeFileSync(segment, bytes)
  const seen = await log.load(fold)
  const anew = await openFileLog(directory)
  assert.is(seen.damage?.kind, 'corrupt')
  assert.equal(seen.damage, (await anew.load(tallyFold())).damage)
  assert.is(seen.sequence, seen.damage?.lastGoodSequence)
  anew.close()
  log.close()
})

test.run()
