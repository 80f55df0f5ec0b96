import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../src/compaction.js'
import { openFileLog } from '../src/fileLog.js'
import { canonicalJson } from '../src/json.js'
import { loadPast, type Point, sequenceBefore } from '../src/past.js'
import { readRawRecord } from '../src/rawRecord.js'
import { scanLog, searchLog, skimLog } from '../src/search.js'
import { verifyLog } from '../src/verify.js'
import { rounds, seed } from './campaign/length.js'
import { flip, logFiles } from './logFiles.js'
import { appendSamples, sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const past = suite('time travel in the engine')
const fold = tallyFold()
const small = { segmentBytesMax: 900, milestoneRecords: 12, snapshots: { recordsMin: 4, bytesMin: 1e9 } }
const minute = (n: number) => new Date(Date.parse('2026-01-08T12:00:00.000Z') + n * 60_000).toISOString()

/** Events at these minutes; a snapshot is tried for after each. */
async function logOf(minutes: readonly number[]): Promise<string> {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  for (const [index, at] of minutes.entries()) {
    await log.append({ ...sampleEvent(index + 1), ts: minute(at) }, 'any')
    await log.writeSnapshotIfDue(fold)
  }
  log.close()
  return directory
}

/** What the point means, worked out in the plainest way: a fold from the first record on, with no snapshot. */
async function oracle(directory: string, point: Point): Promise<{ sequence: number; state: string }> {
  let state = fold.initial()
  let sequence = 0
  let isOver = false
  await scanLog(directory, 1, (record) => {
    isOver ||= point.kind === 'sequence' ? record.seq > point.sequence : record.ts > point.time
    if (isOver) return false
    state = fold.evolve(state, record)
    sequence = record.seq
    return true
  })
  return { sequence, state: canonicalJson(state) }
}

async function loaded(directory: string, point: Point) {
  const found = await loadPast(directory, fold, point, small)
  return found.kind === 'dropped' ? found : { sequence: found.sequence, state: canonicalJson(found.state) }
}

const gaps = fc.array(fc.constantFrom(0, 0, 1, 1, 2, 30, -1, -5), { minLength: 1, maxLength: 90, size: 'max' })
const points = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })

interface Trial {
  readonly steps: readonly number[]
  /** How far into the history, from 0 to 1. */
  readonly shares: readonly number[]
  readonly mode: 'none' | 'archive' | 'drop'
  /** How much of it is compacted, from 0 to 1. */
  readonly cut: number
}

const trials: fc.Arbitrary<Trial> = fc.record({
  steps: gaps,
  shares: points,
  mode: fc.constantFrom('none', 'archive', 'drop'),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
})

async function assertAgreement(plain: string, compacted: string, mode: Trial['mode'], point: Point): Promise<void> {
  const found = await loaded(compacted, point)
  const expected = await oracle(plain, point)
  if ('kind' in found) assert.ok(mode === 'drop' && expected.sequence < found.upTo, JSON.stringify(point))
  else assert.equal(found, expected, JSON.stringify(point))
}

async function assertTrial({ steps, shares, mode, cut }: Trial): Promise<void> {
  let now = 0
  const minutes = steps.map((gap) => (now += gap))
  const [plain, compacted] = [await logOf(minutes), await logOf(minutes)]
  const olderThan = minute(minutes[Math.floor(cut * (minutes.length - 1))] ?? 0)
  if (mode !== 'none') await compactLog(compacted, fold, { ...small, mode, olderThan })
  for (const share of shares) {
    const sequence = Math.round(share * minutes.length)
    const time = minute((minutes[Math.max(0, sequence - 1)] ?? 0) + (share > 0.5 ? 0 : 1))
    await assertAgreement(plain, compacted, mode, { kind: 'sequence', sequence })
    await assertAgreement(plain, compacted, mode, { kind: 'time', time })
  }
  assert.ok((await verifyLog(compacted, fold, small)).ok)
  for (const directory of [plain, compacted]) rmSync(directory, { recursive: true })
}

past('at any point of any history, compacted or not, the state is that of a fold from the first record', () =>
  fc.assert(fc.asyncProperty(trials, assertTrial), { numRuns: rounds(12, 700), seed }),
)

past('going back costs no more than the way from the nearest snapshot, also into an archive', async () => {
  const directory = await logOf(Array.from({ length: 120 }, (_, index) => index))
  const kept = readdirSync(join(directory, 'snapshots')).length
  assert.ok(kept >= 8 && kept <= 13, `${kept} snapshots of 120 records, one in 12 and the two newest`)
  for (const mode of ['none', 'archive'] as const) {
    if (mode === 'archive') assert.ok((await compactLog(directory, fold, { ...small, mode })).segments.length > 10)
    for (let sequence = 1; sequence <= 120; sequence += 7) {
      for (const point of [
        { kind: 'sequence', sequence },
        { kind: 'time', time: minute(sequence - 1) },
      ] as const) {
        const found = await loadPast(directory, fold, point, small)
        assert.is(found.kind, 'state')
        if (found.kind !== 'state') continue
        assert.is(found.sequence, sequence)
        assert.ok(found.recordsFolded <= 16, `${found.recordsFolded} records folded for ${JSON.stringify(point)}`)
      }
    }
  }
})

past('a history without milestones gets them when it is compacted', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  await appendSamples(log, 100)
  log.close()
  await compactLog(directory, fold, { ...small, mode: 'archive', dryRun: true })
  assert.not(readdirSync(directory).includes('snapshots'))
  await compactLog(directory, fold, small)
  const found = await loadPast(directory, fold, { kind: 'sequence', sequence: 50 }, small)
  assert.ok(found.kind === 'state' && found.recordsFolded <= 20, JSON.stringify(found))
  const { ok, snapshots } = await verifyLog(directory, fold, small)
  assert.equal([ok, snapshots.every(({ verdict }) => verdict === 'good')], [true, true])
})

past(
  'damage after the point does not matter; before it, what comes before the damage is given, and the damage',
  async () => {
    const directory = await logOf(Array.from({ length: 20 }, (_, index) => index))
    rmSync(join(directory, 'snapshots'), { recursive: true })
    const files = logFiles(directory)
    const second = files.segments()[1] ?? ''
    const bad = files.lines(files.segments()[0] ?? '').length + 2
    flip(second, (files.lines(second)[0]?.length ?? 0) + 30)
    const before = await loadPast(directory, fold, { kind: 'sequence', sequence: bad - 1 })
    assert.ok(before.kind === 'state' && before.damage === undefined && before.sequence === bad - 1)
    const after = await loadPast(directory, fold, { kind: 'time', time: minute(19) })
    assert.ok(after.kind === 'state')
    if (after.kind === 'state') assert.equal([after.sequence, after.damage?.lastGoodSequence], [bad - 1, bad - 1])
  },
)

past('a search finds what a scan finds, newest first, in segments and archives, within the range', async () => {
  const directory = await logOf(Array.from({ length: 60 }, (_, index) => index))
  await compactLog(directory, fold, { ...small, olderThan: minute(30) })
  for (const [texts, range] of [
    [['"src/file7.ts"'], {}],
    [['"author-1"', '"src/file20.ts"'], { from: 5, to: 41 }],
    [['"nobody"'], {}],
    [['"author-2"'], { to: 1 }],
  ] as const) {
    const expected: number[] = []
    await scanLog(directory, 1, (record) => {
      const { from = 1, to = 1e9 }: { from?: number; to?: number } = range
      if (record.seq >= from && record.seq <= to && texts.some((text) => JSON.stringify(record).includes(text))) {
        expected.unshift(record.seq)
      }
      return true
    })
    const found: number[] = []
    for await (const record of searchLog(directory, texts, range)) found.push(record.seq)
    assert.equal(found, expected, texts.join())
  }
})

past('a search does not hand out a line that was changed', async () => {
  const directory = await logOf(Array.from({ length: 6 }, (_, index) => index))
  const [segment = ''] = logFiles(directory).segments()
  flip(segment, (logFiles(directory).lines(segment)[0]?.length ?? 0) + 30)
  const search = async () => {
    for await (const _record of searchLog(directory, ['"src/file2.ts"']));
  }
  await search().then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'damaged'),
  )
})

past('what is skimmed is what is scanned: every field, in segments and archives, in any letters', async () => {
  const directory = await logOf(Array.from({ length: 40 }, (_, index) => index))
  const log = await openFileLog(directory, small)
  for (const text of ['plain', 'ä quote " and \\ and \u2028', '"paths":["x"]']) {
    await log.append(
      { ...sampleEvent(1), by: text, data: { text, paths: [text], 'key "': { deep: [null, 1.5] } } },
      'any',
    )
  }
  log.close()
  await compactLog(directory, fold, { ...small, olderThan: minute(20) })
  const scanned: object[] = []
  await scanLog(
    directory,
    5,
    ({ v, seq, ts, type, by, data, h }) => scanned.push({ v, seq, ts, type, by, data, h }) > 0,
  )
  const skimmed: object[] = []
  let texts = 0
  await skimLog(directory, 5, ({ v, seq, ts, type, by, data, h, dataText }) => {
    if (dataText !== undefined) texts += 1
    if (dataText !== undefined) assert.equal(JSON.parse(dataText), data)
    return skimmed.push({ v, seq, ts, type, by, data, h }) > 0
  })
  assert.equal(skimmed, scanned)
  assert.is(texts, scanned.length - 2, 'all but those whose author has to be written with escapes')
})

past('skimming stops at a changed line, before anybody sees it', async () => {
  const directory = await logOf(Array.from({ length: 6 }, (_, index) => index))
  const [segment = ''] = logFiles(directory).segments()
  flip(segment, (logFiles(directory).lines(segment)[0]?.length ?? 0) + 30)
  const seen: number[] = []
  await skimLog(directory, 1, ({ seq }) => seen.push(seq) > 0).then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'damaged'),
  )
  assert.equal(seen, [1])
})

past('where to begin for a time: nothing as late lies before it, and a snapshot proves it', async () => {
  const minutes = [0, 1, 2, 3, 9, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]
  const directory = await logOf(minutes)
  let most = 0
  for (let at = -1; at <= 28; at += 1) {
    const before = await sequenceBefore(directory, minute(at))
    const late = minutes.findIndex((each) => each >= at)
    assert.ok(before <= (late < 0 ? minutes.length : late), `minute ${at}: ${before}`)
    most = Math.max(most, before)
  }
  assert.ok(most > 20, `the newest snapshot is used: ${most}`)
  for (const file of readdirSync(join(directory, 'snapshots'))) flip(join(directory, 'snapshots', file), 200)
  assert.is(await sequenceBefore(directory, minute(28)), 0, 'a damaged one proves nothing')
})

past('a raw record: its bytes, where they lie, and its neighbours in the chain', async () => {
  const directory = await logOf(Array.from({ length: 30 }, (_, index) => index))
  await compactLog(directory, fold, { ...small, olderThan: minute(12) })
  const hashes = ['636f6f72646c6f67']
  await scanLog(directory, 1, (record) => hashes.push(record.h) > 0)
  for (let sequence = 1; sequence <= 30; sequence += 1) {
    const raw = await readRawRecord(directory, sequence)
    assert.is(JSON.parse(String(raw?.bytes)).seq, sequence)
    assert.equal(
      [raw?.before, raw?.computed, raw?.written, raw?.after],
      [hashes[sequence - 1], hashes[sequence], hashes[sequence], hashes[sequence + 1]],
    )
    assert.is(raw?.isArchived, raw?.file.endsWith('.gz'))
  }
  assert.is(await readRawRecord(directory, 31), undefined)
  const files = logFiles(directory)
  const bytes = files.lines(files.tail()).at(-1)?.length ?? 0
  flip(files.tail(), -bytes + 40)
  const raw = await readRawRecord(directory, 30)
  assert.ok(raw?.computed !== raw?.written)
})

past.run()
