import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogError } from '../../src/errors.js'
import type { FileSystem } from '../../src/fileSystem.js'
import { verifyLog } from '../../src/verify.js'
import { splitLines } from '../logFiles.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'
import { createDisk, type SimulatedDisk } from '../simulatedDisk.js'
import { type OpenLog, openStory, STORY_DIRECTORY } from './story.js'

const truncation = suite('truncation at every byte')

const segments = `${STORY_DIRECTORY}/segments`
const BEFORE = 'boot-before'
const AFTER = 'boot-after'

interface Sample {
  readonly disk: SimulatedDisk
  /** Oldest first, with the records before each of them and the lengths of its lines. */
  readonly segments: readonly { readonly name: string; readonly before: number; readonly lines: readonly number[] }[]
  readonly snapshot: number
  readonly last: number
}

function contentOf(fs: FileSystem, path: string): Buffer {
  const descriptor = fs.open(path, 'read')
  const bytes = Buffer.alloc(fs.factsOf(descriptor).size)
  fs.read(descriptor, bytes, bytes.length, 0)
  fs.close(descriptor)
  return bytes
}

/** Three segments, and a snapshot in the last of them. */
async function sampleLog(): Promise<Sample> {
  const disk = createDisk()
  const log = await openStory(disk.fs, BEFORE)
  for (let n = 1; n <= 10; n += 1) await log.append(sampleEvent(n), 'any')
  const snapshot = await log.writeSnapshotIfDue(tallyFold())
  for (let n = 11; n <= 12; n += 1) await log.append(sampleEvent(n), 'any')
  log.close()
  const names = (disk.fs.list(segments) ?? []).sort()
  let before = 0
  const rows = names.map((name) => {
    const lines = splitLines(contentOf(disk.fs, `${segments}/${name}`)).map((line) => line.length)
    const row = { name, before, lines }
    before += lines.length
    return row
  })
  assert.is(rows.length, 3)
  assert.is(snapshot.kind === 'written' ? snapshot.sequence : 0, 10)
  return { disk, segments: rows, snapshot: 10, last: before }
}

/** The log as it is when segment `index` ends at `offset`, and nothing comes after it. */
function cutAt(sample: Sample, index: number, offset: number): { fs: FileSystem; whole: number; isClean: boolean } {
  const { fs } = sample.disk.kill()
  for (const { name } of sample.segments.slice(index + 1)) fs.remove(`${segments}/${name}`)
  const row = sample.segments[index] ?? { name: '', before: 0, lines: [] }
  const descriptor = fs.open(`${segments}/${row.name}`, 'append')
  fs.truncate(descriptor, offset)
  fs.close(descriptor)
  let end = 0
  let count = 0
  for (const length of row.lines) {
    if (end + length > offset) break
    end += length
    count += 1
  }
  return { fs, whole: row.before + count, isClean: end === offset }
}

async function appendOrCode(log: OpenLog): Promise<string> {
  try {
    return (await log.append(sampleEvent(50), 'any')).kind
  } catch (error) {
    if (error instanceof LogError) return error.code
    throw error
  }
}

/** Every place of a cut; `check` gets a log of its own for each. */
async function atEveryByte(check: (cut: ReturnType<typeof cutAt>, sample: Sample, index: number) => Promise<void>) {
  const sample = await sampleLog()
  let cuts = 0
  for (let index = 0; index < sample.segments.length; index += 1) {
    const bytes = sample.segments[index]?.lines.reduce((sum, length) => sum + length, 0) ?? 0
    for (let offset = 0; offset < bytes; offset += 1) {
      try {
        await check(cutAt(sample, index, offset), sample, index)
      } catch (error) {
        if (error instanceof Error) error.message = `segment ${index} cut at byte ${offset}: ${error.message}`
        throw error
      }
      cuts += 1
    }
  }
  assert.ok(cuts > 1500, `${cuts} cuts`)
}

truncation(
  'I14: without a restart every cut is noticed; the whole records before it are served, nothing is written',
  async () => {
    await atEveryByte(async ({ fs, whole }) => {
      const log = await openStory(fs, BEFORE)
      const { state, damage } = await log.load(tallyFold())
      assert.is(damage?.lastGoodSequence, whole)
      assert.is(state.count, whole)
      assert.is(await appendOrCode(log), 'damaged')
      log.close()
    })
  },
)

truncation('I3 I11 I12: after a restart a cut behind what was durable is mended once, before it refused', async () => {
  await atEveryByte(async ({ fs, whole, isClean }, sample) => {
    const log = await openStory(fs, AFTER)
    const isDurable = whole < sample.snapshot
    assert.is(await appendOrCode(log), isDurable ? 'damaged' : 'appended')
    log.close()
    if (isDurable) return
    const types = isClean ? ['log.rewound'] : ['log.repaired', 'log.rewound']
    await checkMended(fs, AFTER, whole, types)
  })
})

truncation('I11 I12: without a note a cut is mended, unless a snapshot shows that more was there', async () => {
  await atEveryByte(async ({ fs, whole, isClean }, sample) => {
    fs.remove(`${STORY_DIRECTORY}/lock`)
    const log = await openStory(fs, BEFORE)
    const isShown = whole < sample.snapshot
    assert.is(await appendOrCode(log), isShown ? 'damaged' : 'appended')
    log.close()
    if (!isShown) await checkMended(fs, BEFORE, whole, isClean ? ['log.repaired'] : ['log.repaired', 'log.repaired'])
  })
})

/** What was whole is there, then the log's own events, then the new one; and a second recovery finds nothing to do. */
async function checkMended(fs: FileSystem, bootId: string, whole: number, types: readonly string[]): Promise<void> {
  for (const round of [1, 2]) {
    const log = await openStory(fs, bootId)
    const records = await readAll(log)
    assert.equal(
      records.slice(whole).map(({ type }) => type),
      [...types, ...Array.from({ length: round }, () => sampleEvent(50).type)],
    )
    assert.equal(
      records.slice(0, whole).map(({ data }) => data['n']),
      Array.from({ length: whole }, (_, index) => index + 1),
    )
    if (round === 1) assert.is(await appendOrCode(log), 'appended')
    log.close()
  }
  const report = await verifyLog(STORY_DIRECTORY, tallyFold(), { fs, bootId })
  assert.ok(report.ok, JSON.stringify(report))
}

truncation.run()
