import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogError } from '../src/errors.js'
import { openFileLog } from '../src/fileLog.js'
import { type FileSystem, realFileSystem } from '../src/fileSystem.js'
import { verifyLog } from '../src/verify.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from './sample.js'
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
