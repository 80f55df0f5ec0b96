import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../src/compaction.js'
import { LogError } from '../src/errors.js'
import { openFileLog } from '../src/fileLog.js'
import { canonicalJson } from '../src/json.js'
import { repairLog } from '../src/repair.js'
import { salvageLog } from '../src/salvage.js'
import { verifyLog } from '../src/verify.js'
import { addBytes, flip, logFiles, removeFile } from './logFiles.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const maintenance = suite('verify, repair, salvage, compact')
const fold = tallyFold()
const small = { segmentBytesMax: 800, snapshots: { recordsMin: 10, bytesMin: 1e9 } }
const time = '2026-02-01T00:00:00.000Z'

/** 40 events in segments of about five, with snapshots of 20 and 30. */
async function fortyEvents() {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  for (const count of [20, 10]) {
    await appendSamples(log, count, log.head().sequence + 1)
    assert.is((await log.writeSnapshotIfDue(fold)).kind, 'written')
  }
  await appendSamples(log, 10, 31)
  log.close()
  return logFiles(directory)
}

/** Everything that a reader can ask, from a fresh start. */
async function answers(directory: string) {
  const log = await openFileLog(directory, small)
  const { state, sequence, damage } = await log.load(tallyFold())
  const head = log.head()
  log.close()
  return { state: canonicalJson(state), sequence, damage, head }
}

maintenance('a sound log verifies, with every snapshot compared', async () => {
  const files = await fortyEvents()
  const report = await verifyLog(files.directory, fold, small)
  assert.ok(report.ok)
  assert.is(report.sequence, 40)
  assert.equal(
    report.snapshots.map(({ sequence, verdict }) => [sequence, verdict]),
    [
      [20, 'good'],
      [30, 'good'],
    ],
  )
  assert.equal(report.notices, [])
})

maintenance('I13: verify names the first bad byte and the last good sequence', async () => {
  const files = await fortyEvents()
  const segment = files.segments()[3] ?? ''
  const before = files
    .segments()
    .slice(0, 3)
    .reduce((sum, path) => sum + files.lines(path).length, 0)
  flip(segment, (files.lines(segment)[0]?.length ?? 0) + 30)
  const { ok, damage } = await verifyLog(files.directory, fold, small)
  assert.not(ok)
  assert.is(damage?.file, segment)
  assert.is(damage?.offset, files.lines(segment)[0]?.length)
  assert.is(damage?.lastGoodSequence, before + 1)
})

maintenance(
  'I6: verify finds a snapshot that is not what the records give, and one of another fold is left alone',
  async () => {
    const files = await fortyEvents()
    const lie = { ...fold, evolve: (state: ReturnType<typeof fold.initial>) => ({ ...state, count: state.count + 2 }) }
    const log = await openFileLog(files.directory, small)
    const other = await log.writeSnapshotIfDue({ ...lie, version: 'tally-9' })
    assert.is(other.kind, 'written')
    await appendSamples(log, 10, 41)
    assert.is((await log.writeSnapshotIfDue(lie)).kind, 'written')
    log.close()
    const report = await verifyLog(files.directory, fold, small)
    assert.not(report.ok)
    assert.is(report.damage, undefined)
    assert.equal(
      report.snapshots.map(({ sequence, verdict }) => [sequence, verdict]),
      [
        [30, 'good'],
        [40, 'otherFold'],
        [50, 'differs'],
      ],
    )
  },
)

maintenance('repair mends a torn end, bad snapshots and left-overs, and a second repair finds nothing', async () => {
  const files = await fortyEvents()
  addBytes(files.tail(), '{"v":1,"se')
  flip(join(files.directory, 'snapshots', '00000000000000000020.json'), 60)
  writeFileSync(join(files.directory, 'snapshots', '00000000000000000099.json.aside'), 'x')
  assert.match(
    (await verifyLog(files.directory, fold, small)).notices.join(),
    /10 bytes after the last record are torn/,
  )
  const report = await repairLog(files.directory, fold, { ...small, time })
  assert.is(report.done.length, 3)
  assert.is(report.sequence, 41)
  const { ok, notices } = await verifyLog(files.directory, fold, small)
  assert.ok(ok)
  assert.equal(notices, [])
  assert.equal((await repairLog(files.directory, fold, { ...small, time })).done, [])
  assert.equal(files.quarantined().map(String), ['{"v":1,"se'])
})

maintenance('I13: repair leaves damage alone', async () => {
  const files = await fortyEvents()
  flip(files.segments()[1] ?? '', 40)
  const before = files.segments().map((path) => readFileSync(path))
  const report = await repairLog(files.directory, fold, { ...small, time })
  assert.is(report.damage?.kind, 'corrupt')
  assert.equal(
    files.segments().map((path) => readFileSync(path)),
    before,
  )
})

maintenance(
  'salvage saves what verifies at its old sequence, marks what is lost, and leaves the original as it is',
  async () => {
    const files = await fortyEvents()
    const third = files.segments()[2] ?? ''
    const secondLine = files.lines(third)[1]
    flip(third, (files.lines(third)[0]?.length ?? 0) + 30)
    removeFile(files.segments()[5] ?? '')
    const before = files.segments().map((path) => readFileSync(path))
    const target = `${files.directory}-saved`
    const report = await salvageLog(files.directory, target, { ...small, time })
    assert.equal(
      files.segments().map((path) => readFileSync(path)),
      before,
    )
    const saved = await openFileLog(target)
    const records = await readAll(saved)
    assert.equal(
      records.map(({ seq }) => seq),
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    const lost = records.filter(({ type }) => type === 'log.lost').map(({ seq }) => seq)
    assert.is(report.saved + lost.length, 40)
    assert.equal(
      report.lost.flatMap(({ firstSequence, lastSequence }) =>
        Array.from({ length: lastSequence - firstSequence + 1 }, (_, index) => firstSequence + index),
      ),
      lost,
    )
    for (const record of records.filter(({ type }) => type !== 'log.lost')) {
      assert.equal(record.data, sampleEvent(record.seq).data)
    }
    assert.is(report.rubble[0]?.bytes, secondLine?.length)
    assert.ok((await verifyLog(target, fold)).ok)
    saved.close()
  },
)

maintenance('salvage never writes over something', async () => {
  const files = await fortyEvents()
  const error = await salvageLog(files.directory, files.directory, { time }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LogError && error.code === 'unsafe')
})

for (const mode of ['archive', 'drop'] as const) {
  maintenance(`I7: compaction (${mode}) changes no answer and no next sequence`, async () => {
    const files = await fortyEvents()
    const before = await answers(files.directory)
    const all = await openFileLog(files.directory)
    const records = await readAll(all)
    const sealed = files.segments().slice(0, -1)
    const sealedBytes = sealed.reduce((sum, path) => sum + readFileSync(path).length, 0)
    const dry = await compactLog(files.directory, fold, { ...small, mode, dryRun: true })
    assert.is(dry.segments.length, sealed.length)
    assert.is(files.segments().length, sealed.length + 1, 'a dry run changes nothing')
    const report = await compactLog(files.directory, fold, { ...small, mode })
    assert.equal(report.segments, dry.segments)
    assert.is(
      report.segments.reduce((sum, { bytes }) => sum + bytes, 0),
      sealedBytes,
    )
    assert.is(files.segments().length, 1)
    assert.equal(await answers(files.directory), before)
    assert.ok((await verifyLog(files.directory, fold, small)).ok)
    const kept = await readAll(all)
    assert.equal(kept, mode === 'archive' ? records : records.slice(-kept.length))
    assert.is((await all.append(sampleEvent(41), 40)).kind, 'appended')
    assert.equal((await compactLog(files.directory, fold, { ...small, mode })).segments, [])
    all.close()
  })
}

maintenance('I6: after dropping, a full fold begins at the base and agrees with the snapshots', async () => {
  const files = await fortyEvents()
  await compactLog(files.directory, fold, { ...small, mode: 'drop' })
  for (const name of readdirSync(join(files.directory, 'snapshots')))
    removeFile(join(files.directory, 'snapshots', name))
  const { state, sequence, damage } = await openFileLog(files.directory).then((log) => log.load(tallyFold()))
  assert.is(damage, undefined)
  assert.is(sequence, 40)
  assert.equal(
    state.numbers,
    Array.from({ length: 40 }, (_, index) => index + 1),
  )
  const report = await verifyLog(files.directory, fold, small)
  assert.ok(report.ok)
  assert.ok(report.firstSequence > 30)
  const strange = await openFileLog(files.directory).then((log) => log.load(tallyFold('tally-2')))
  assert.is(strange.damage?.kind, 'missing', 'another fold cannot be had from a log without its records')
})

maintenance('archived segments can be dropped later; olderThan leaves young ones', async () => {
  const files = await fortyEvents()
  const before = await answers(files.directory)
  const cut = '2026-01-08T12:45:15.000Z'
  const report = await compactLog(files.directory, fold, { ...small, olderThan: cut })
  assert.ok(report.segments.length > 0)
  assert.ok(report.segments.every(({ lastSequence }) => lastSequence < 15))
  await compactLog(files.directory, fold, { ...small, mode: 'drop' })
  assert.equal(
    readdirSync(join(files.directory, 'archive')).filter((name) => name.endsWith('.gz')),
    [],
  )
  assert.equal(await answers(files.directory), before)
})

maintenance('a damaged archive is found, and is where verify says it is', async () => {
  const files = await fortyEvents()
  await compactLog(files.directory, fold, small)
  const archive = join(files.directory, 'archive', '00000000000000000001.ndjson.gz')
  flip(archive, -100)
  const { ok, damage } = await verifyLog(files.directory, fold, small)
  assert.not(ok)
  assert.is(damage?.file, archive)
  assert.is(damage?.lastGoodSequence, 0)
})

maintenance('compaction refuses if a snapshot is not what the records give', async () => {
  const files = await fortyEvents()
  const log = await openFileLog(files.directory, small)
  const lie = { ...fold, evolve: () => fold.initial(), revive: () => fold.initial() }
  await log.writeSnapshotIfDue(lie)
  log.close()
  const error = await compactLog(files.directory, fold, small).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LogError && error.code === 'damaged', String(error))
  assert.not(existsSync(join(files.directory, 'archive')))
})

maintenance.run()
