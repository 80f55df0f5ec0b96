import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../src/fileLog.js'
import { type FileSystem, realFileSystem } from '../src/fileSystem.js'
import { canonicalJson } from '../src/json.js'
import { flip } from './logFiles.js'
import { appendSamples, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

/** When a snapshot is taken, which stay, and which one a cold start believes. What is in them: format.test.ts. */
const snapshots = suite('snapshots')
const fold = tallyFold()
const never = 1e9

const takenIn = (directory: string) => {
  const folder = join(directory, 'snapshots')
  return existsSync(folder)
    ? readdirSync(folder)
        .map((name) => Number(name.slice(0, 20)))
        .sort((a, b) => a - b)
    : []
}

snapshots('due after so many records since the last one, or so many bytes of them', async () => {
  for (const [policy, expected] of [
    [{ recordsMin: 7, bytesMin: never }, [14, 21]],
    [{ recordsMin: never, bytesMin: 1_500 }, [10, 20]],
  ] as const) {
    const directory = scratchDirectory()
    const log = await openFileLog(directory, { snapshots: policy })
    for (let n = 1; n <= 24; n += 1) {
      await appendSamples(log, 1, n)
      const before = takenIn(directory).at(-1) ?? 0
      const { kind } = await log.writeSnapshotIfDue(fold)
      assert.is(kind === 'written', (takenIn(directory).at(-1) ?? 0) > before)
    }
    assert.equal(takenIn(directory), expected, JSON.stringify(policy))
    log.close()
  }
})

snapshots('neither an append nor a load takes one, however long it has been due', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { snapshots: { recordsMin: 1, bytesMin: 1 } })
  await appendSamples(log, 50)
  await log.load(fold)
  assert.equal(takenIn(directory), [])
  log.close()
})

snapshots('the two newest stay, and the newest of another version of the fold', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { snapshots: { recordsMin: 5, bytesMin: never } })
  for (let n = 1; n <= 40; n += 5) {
    await appendSamples(log, 5, n)
    await log.writeSnapshotIfDue(n < 20 ? tallyFold('tally-0') : fold)
  }
  assert.equal(takenIn(directory), [20, 35, 40])
  log.close()
})

snapshots('of another version, or damaged: passed over, no error, and the state is the same', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { snapshots: { recordsMin: 5, bytesMin: never } })
  for (const n of [1, 6]) {
    await appendSamples(log, 5, n)
    await log.writeSnapshotIfDue(fold)
  }
  await appendSamples(log, 3, 11)
  log.close()
  const [older = 0, newest = 0] = takenIn(directory)
  const cold = async (version: string) => {
    const opened = await openFileLog(directory)
    const { state, sequence, damage } = await opened.load(tallyFold(version))
    opened.close()
    return [canonicalJson(state), sequence, damage]
  }
  const expected = await cold('tally-1')
  assert.equal(await cold('another version'), expected)
  for (const sequence of [newest, older]) {
    flip(join(directory, 'snapshots', `${String(sequence).padStart(20, '0')}.json`), -40)
    assert.equal(await cold('tally-1'), expected)
  }
})

/** A disk that notes how many bytes were read of which files. */
function countingReads() {
  const paths = new Map<number, string>()
  const bytes = new Map<string, number>()
  const fs: FileSystem = {
    ...realFileSystem,
    open: (path, way) => {
      const descriptor = realFileSystem.open(path, way)
      paths.set(descriptor, path)
      return descriptor
    },
    read: (descriptor, target, length, position) => {
      const count = realFileSystem.read(descriptor, target, length, position)
      const path = paths.get(descriptor) ?? ''
      bytes.set(path, (bytes.get(path) ?? 0) + count)
      return count
    },
  }
  return { fs, bytesOf: (folder: string) => [...bytes].filter(([path]) => path.includes(`/${folder}/`)) }
}

snapshots('a cold start reads the newest one and the records after it, and nothing of what lies before', async () => {
  const read: number[][] = []
  for (const count of [40, 400]) {
    const directory = scratchDirectory()
    const log = await openFileLog(directory, { segmentBytesMax: 2_000, snapshots: { recordsMin: 10, bytesMin: never } })
    for (let n = 1; n <= count; n += 10) {
      await appendSamples(log, 10, n)
      await log.writeSnapshotIfDue(fold)
    }
    await appendSamples(log, 4, count + 1)
    log.close()
    const { fs, bytesOf } = countingReads()
    const cold = await openFileLog(directory, { fs })
    assert.is((await cold.load(tallyFold())).sequence, count + 4)
    cold.close()
    const ofSegments = bytesOf('segments')
    assert.ok(ofSegments.length <= 2, `${ofSegments.map(([path]) => path)}`)
    read.push([ofSegments.reduce((sum, [, bytes]) => sum + bytes, 0), bytesOf('snapshots').length])
  }
  const [[few = 0, one] = [], [many = 0, another] = []] = read
  assert.equal([one, another], [1, 1], 'snapshots read')
  assert.ok(few > 400 && many < 3_000 && many < 3 * few, `${few} bytes of segments, and ${many}`)
})

snapshots.run()
