import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../src/compaction.js'
import type { Fold, Json } from '../src/contract.js'
import { openFileLog } from '../src/fileLog.js'
import { GENESIS_SEED } from '../src/format.js'
import { loadHash } from '../src/hash.js'
import { canonicalJson } from '../src/json.js'
import { salvageLog } from '../src/salvage.js'
import { decodeSnapshot, encodeSnapshot, stateOf, wholeState } from '../src/snapshotCodec.js'
import { verifyLog } from '../src/verify.js'
import { appendSamples, type Tally, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const deferring = suite('what of a state is deferred')
deferring.before(loadHash)
const small = { segmentBytesMax: 800, snapshots: { recordsMin: 10, bytesMin: 1e9 } }

/** A tally whose numbers are kept apart; says how often they were asked for. */
function deferringFold(version = 'tally-1', deferred = 'numbers') {
  const asked: string[] = []
  const fold: Fold<Tally> = {
    ...tallyFold(version),
    deferred,
    revive: (json, later) => {
      if (later === undefined) return JSON.parse(JSON.stringify(json))
      asked.push(deferred)
      return Object.assign(JSON.parse(JSON.stringify(json)), { [deferred]: later() })
    },
  }
  return { fold, asked }
}

deferring('a snapshot with a deferred member has exactly these bytes, and is the same JSON to everybody else', () => {
  const position = { sequence: 3, hash: 0xa6a9dded5b612762n, segment: 1, offset: 568 }
  const state = { list: ['ä', { list: [] }], count: 3 }
  const bytes = encodeSnapshot({ position, foldVersion: 'x', state, deferred: 'list' })
  assert.is(
    bytes.subarray(0, -26).toString(),
    '{"v":1,"fold":"x","seq":3,"at":"a6a9dded5b612762","segment":1,"offset":568,' +
      '"last":["list",18],"state":{"count":3,"list":["ä",{"list":[]}]',
  )
  assert.equal(JSON.parse(bytes.toString()).state, state)
  const read = decodeSnapshot(bytes)
  assert.ok(read)
  assert.equal([read.state, read.deferred?.name, read.deferred?.bytes], [{ count: 3 }, 'list', 18])
  assert.equal(read.deferred?.parse(), state.list)
  assert.equal(wholeState(read), state)
})

deferring('it may be the only member, or missing, or one that is no list', () => {
  const position = { sequence: 0, hash: GENESIS_SEED, segment: 1, offset: 0 }
  for (const state of [{ list: [1] }, { list: {} }, { list: 'a"]}' }, { list: null }, { other: 1 }, {}, [1], 7, null]) {
    const bytes = encodeSnapshot({ position, foldVersion: 'x', state, deferred: 'list' })
    const read = decodeSnapshot(bytes)
    assert.equal(read && wholeState(read), state, JSON.stringify(state))
    assert.equal(JSON.parse(bytes.toString()).state, state)
  }
})

deferring('a fold that defers nothing, or something else, is given all of it', () => {
  const position = { sequence: 0, hash: GENESIS_SEED, segment: 1, offset: 0 }
  const bytes = encodeSnapshot({ position, foldVersion: 'x', state: { a: 1, b: [2] }, deferred: 'b' })
  const read = decodeSnapshot(bytes)
  assert.ok(read)
  for (const deferred of [undefined, 'a']) {
    const seen: [Json, boolean][] = []
    const revive = (json: Json, later?: () => Json) => {
      seen.push([json, later !== undefined])
      return 0
    }
    stateOf({ version: 'x', initial: () => 0, evolve: () => 0, revive, ...(deferred && { deferred }) }, read)
    assert.equal(seen, [[{ a: 1, b: [2] }, false]])
  }
})

deferring(
  'I6: snapshot and tail, verify, compaction, base and salvage agree with a fold that defers nothing',
  async () => {
    const directory = scratchDirectory()
    const { fold, asked } = deferringFold()
    const log = await openFileLog(directory, small)
    await appendSamples(log, 20)
    assert.is((await log.writeSnapshotIfDue(fold)).kind, 'written')
    await appendSamples(log, 15, 21)
    log.close()
    const plain = async (where: string) => {
      const other = await openFileLog(where, small)
      const { state } = await other.load(tallyFold())
      other.close()
      return canonicalJson(state)
    }
    const loaded = async (where: string) => {
      const other = await openFileLog(where, small)
      const { state, damage } = await other.load(deferringFold().fold)
      assert.is(damage, undefined)
      other.close()
      return canonicalJson(state)
    }
    const before = await plain(directory)
    assert.is(await loaded(directory), before)
    assert.ok((await verifyLog(directory, fold, small)).ok)
    assert.ok(asked.length > 0)
    await compactLog(directory, fold, { ...small, mode: 'drop' })
    assert.is(await loaded(directory), before)
    assert.is(await plain(directory), before, 'the base serves a fold that defers nothing')
    const target = `${directory}-saved`
    await salvageLog(directory, target, { ...small, time: '2026-02-01T00:00:00.000Z' })
    assert.is(await loaded(target), before)
  },
)

deferring('a snapshot whose deferred part is damaged is passed over like any other', async () => {
  const directory = scratchDirectory()
  const { fold, asked } = deferringFold()
  const log = await openFileLog(directory, small)
  await appendSamples(log, 20)
  await log.writeSnapshotIfDue(fold)
  log.close()
  const file = join(directory, 'snapshots', '00000000000000000020.json')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('18,19,20]', '18,19,21]'))
  asked.length = 0
  const again = await openFileLog(directory, small)
  const { state, damage } = await again.load(fold)
  again.close()
  assert.equal([damage, state.numbers.at(-1), asked], [undefined, 20, []])
})

deferring.run()
