// timeout: 300s
/** coord … --at against an oracle that knows no snapshot: the domain's own states, folded event by event from the first one. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fold } from '@coordlog/coordination/fold'
import { compactLog } from '@coordlog/log/compaction'
import type { JsonObject } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { canonicalJson } from '@coordlog/log/json'
import { loadPast, type Point } from '@coordlog/log/past'
import { verifyLog } from '@coordlog/log/verify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Happened {
  readonly type: string
  readonly ts: string
  readonly by: string
  readonly data: object
}
interface Bench {
  createHistory(settings: { seed: number; start: string; agents: number }): { next(): Happened }
}
interface Random {
  below(count: number): number
}
interface Randomness {
  randomFrom(seed: number): Random
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What is measured with is no package, so it is found by path. */
async function benchModule<T>(name: string): Promise<T> {
  return await import(pathToFileURL(join(root, `bench/dist/${name}.js`)).href)
}

const isLong = process.env['COORDLOG_CAMPAIGN'] === 'long'
const seed = Number(process.env['COORDLOG_SEED'] ?? Date.now() % 1_000_000)
const histories = isLong ? 100 : 4
const pointsPerHistory = 100
const small = { segmentBytesMax: 12_000, milestoneRecords: 60, snapshots: { recordsMin: 25, bytesMin: 1e9 } }

const test = suite('time travel in the domain')

interface Told {
  /** After the n-th event. */
  readonly states: readonly string[]
  readonly times: readonly string[]
}

async function tell(directory: string, events: number, from: number): Promise<Told> {
  const { createHistory } = await benchModule<Bench>('history')
  const history = createHistory({ seed: from, start: '2026-01-08T08:00:00.000Z', agents: 2 + (from % 7) })
  const log = await openFileLog(directory, small)
  const states = [canonicalJson(fold.initial())]
  const times = ['']
  let state = fold.initial()
  for (let n = 1; n <= events; n += 1) {
    const { type, ts, by, data } = history.next()
    const plain: JsonObject = JSON.parse(JSON.stringify(data))
    await log.append({ type, ts, by, data: plain, durable: false }, n - 1)
    state = fold.evolve(state, { seq: n, type, ts, by, data: plain })
    states.push(canonicalJson(state))
    times.push(ts)
    await log.writeSnapshotIfDue(fold)
  }
  log.close()
  return { states, times }
}

/** What a point means, in the plainest way. */
function sequenceAt({ times }: Told, point: Point): number {
  if (point.kind === 'sequence') return Math.min(point.sequence, times.length - 1)
  const beyond = times.findIndex((time) => time > point.time)
  return beyond < 0 ? times.length - 1 : beyond - 1
}

/** One look at the past; every now and then a compaction comes in between. */
async function compare(directory: string, told: Told, nth: number, random: Random, what: string): Promise<void> {
  const last = told.times.length - 1
  if (nth % 25 === 24) {
    const olderThan = told.times[random.below(last)] ?? ''
    const mode = nth >= 74 && random.below(2) === 1 ? 'drop' : 'archive'
    await compactLog(directory, fold, { ...small, mode, olderThan })
  }
  const sequence = random.below(last + 1)
  const ms = Date.parse(told.times[Math.max(1, sequence)] ?? '') - 1 + random.below(3)
  const point: Point =
    random.below(2) === 0 ? { kind: 'sequence', sequence } : { kind: 'time', time: new Date(ms).toISOString() }
  const expected = sequenceAt(told, point)
  const past = await loadPast(directory, fold, point, small)
  if (past.kind === 'dropped') return assert.ok(expected < past.upTo, `${what}: ${JSON.stringify(point)}`)
  assert.is(past.sequence, expected, `${what}: ${JSON.stringify(point)}`)
  assert.is(canonicalJson(past.state), told.states[expected], `${what}: ${JSON.stringify(point)}`)
}

test(`${histories * pointsPerHistory} random points of ${histories} random histories, compacted in between`, async () => {
  const { randomFrom } = await benchModule<Randomness>('random')
  for (let index = 0; index < histories; index += 1) {
    const random = randomFrom(seed + index)
    const folder = mkdtempSync(join(tmpdir(), 'coordlog-past-'))
    const directory = join(folder, 'log')
    const told = await tell(directory, 150 + random.below(350), seed + index)
    const what = `COORDLOG_SEED=${seed}, history ${index}`
    for (let nth = 0; nth < pointsPerHistory; nth += 1) await compare(directory, told, nth, random, `${what}, ${nth}`)
    assert.ok((await verifyLog(directory, fold, small)).ok, what)
    rmSync(folder, { recursive: true })
  }
})

test.run()
