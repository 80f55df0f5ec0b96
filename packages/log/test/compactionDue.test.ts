import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../src/compaction.js'
import { compactionDue, type KeepRules } from '../src/compactionDue.js'
import { openFileLog } from '../src/fileLog.js'
import { verifyLog } from '../src/verify.js'
import { logFiles } from './logFiles.js'
import { sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const due = suite('when a compaction is due')
const fold = tallyFold()
const small = { segmentBytesMax: 800 }
const dayMs = 86_400_000
const day = (n: number) => new Date(Date.parse('2026-01-01T00:00:00.000Z') + n * dayMs).toISOString()

/** An event a day, in segments of about five. */
async function daily(days: number) {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  for (let n = 1; n <= days; n += 1) await log.append({ ...sampleEvent(n), ts: day(n) }, 'any')
  log.close()
  return logFiles(directory)
}

const took = async (directory: string, rules: KeepRules) =>
  (await compactLog(directory, fold, { ...small, ...rules, dryRun: true })).segments

due('what is called due is what a compaction takes: by age, by size, by both, packed or dropped', async () => {
  const files = await daily(60)
  for (const mode of ['archive', 'drop'] as const) {
    for (const olderThan of [undefined, day(0), day(6), day(31), day(99)]) {
      for (const keepBytes of [undefined, 1, 2_000, 1e9]) {
        const rules = { mode, ...(olderThan && { olderThan }), ...(keepBytes && { keepBytes }) }
        const found = await compactionDue(files.directory, rules, small)
        const segments = await took(files.directory, rules)
        const text = JSON.stringify(rules)
        assert.is(found.segments, segments.length, text)
        assert.is(
          found.bytes,
          segments.reduce((sum, { bytes }) => sum + bytes, 0),
          text,
        )
      }
    }
  }
})

due('the newest segments of so many bytes stay, and the log goes on', async () => {
  const files = await daily(60)
  const before = files.segments()
  await compactLog(files.directory, fold, { ...small, keepBytes: 2_000, olderThan: day(0) })
  const kept = files.segments()
  assert.equal(kept, before.slice(-kept.length))
  assert.ok(kept.length >= 2 && kept.length <= 4, `${kept.length} segments stay`)
  assert.ok((await verifyLog(files.directory, fold, small)).ok)
  const log = await openFileLog(files.directory, small)
  assert.is((await log.append(sampleEvent(61), 60)).kind, 'appended')
  log.close()
})

due('packed segments count only where they would go', async () => {
  const files = await daily(60)
  const all = (await compactLog(files.directory, fold, { ...small, olderThan: day(40) })).segments.length
  assert.is((await compactionDue(files.directory, { mode: 'archive', olderThan: day(40) }, small)).segments, 0)
  const found = await compactionDue(files.directory, { mode: 'drop', olderThan: day(40) }, small)
  assert.is(found.segments, all)
  assert.is((await took(files.directory, { mode: 'drop', olderThan: day(40) })).length, all)
})

due('it is worth it for a sixteenth of all that is sealed, and not for less', async () => {
  const files = await daily(200)
  const sealed = files.segments().length - 1
  const worth: boolean[] = []
  for (let n = 0; n < 200; n += 1) {
    const { segments, isWorthIt } = await compactionDue(files.directory, { olderThan: day(n) }, small)
    assert.is(isWorthIt, segments > 0 && segments * 16 >= sealed, `${segments} of ${sealed}`)
    worth.push(isWorthIt)
  }
  assert.equal([worth[0], worth.at(-1)], [false, true])
})

due('no log, and one that has just begun: nothing is due', async () => {
  assert.equal(await compactionDue(scratchDirectory(), {}), { segments: 0, bytes: 0, isWorthIt: false })
  const files = await daily(2)
  assert.is((await compactionDue(files.directory, { keepBytes: 1 }, small)).segments, 0)
})

due.run()
