import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject, Log, LogErrorCode } from '../../src/contract.js'
import { LogError } from '../../src/errors.js'
import { RECORD_BYTES_MAX, SUFFIX_BYTES } from '../../src/format.js'
import { canonicalJson } from '../../src/json.js'
import { transact } from '../../src/transact.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from '../sample.js'
import { grouping } from './grouping.js'

const options = { deadlineMs: 5000, random: Math.random }

/** Code and message of the LogError with which the promise fails. */
async function codeOf(promise: Promise<unknown>): Promise<[LogErrorCode | 'none', string]> {
  try {
    await promise
  } catch (error) {
    if (error instanceof LogError) return [error.code, error.message]
    throw error
  }
  return ['none', 'it did not fail']
}

/** What every backend keeps. `open` gives a new, empty log each time. */
export function logContract(name: string, open: () => Promise<Log>): void {
  const contract = suite(`contract of ${name}`)
  appending(contract, open)
  grouping(contract, open)
  refusing(contract, open)
  loading(contract, open)
  reading(contract, open)
  transacting(contract, open)
  contract.run()
}

type Contract = ReturnType<typeof suite>

function appending(contract: Contract, open: () => Promise<Log>): void {
  contract('sequences are 1, 2, 3 and the record returned is the one that is read', async () => {
    const log = await open()
    for (const n of [1, 2, 3]) {
      const result = await log.append(sampleEvent(n, n === 2), n - 1)
      if (result.kind !== 'appended') return assert.unreachable(result.kind)
      assert.is(result.sequence, n)
      assert.equal(result.record, (await readAll(log)).at(-1))
      assert.equal(result.record.data, sampleEvent(n).data)
    }
    log.close()
  })

  contract('an append at another sequence than the last is a conflict and writes nothing', async () => {
    const log = await open()
    await appendSamples(log, 3)
    for (const expected of [0, 2, 4, 99]) {
      assert.equal(await log.append(sampleEvent(9), expected), { kind: 'conflict', sequence: 3 })
    }
    assert.is((await readAll(log)).length, 3)
    assert.is((await log.append(sampleEvent(4), 3)).kind, 'appended')
    log.close()
  })

  contract('what the caller does to its event afterwards changes nothing', async () => {
    const log = await open()
    const event = sampleEvent(1)
    const result = await log.append(event, 0)
    event.data['n'] = 99
    if (result.kind === 'appended') result.record.data['n'] = 98
    assert.is((await readAll(log))[0]?.data['n'], 1)
    log.close()
  })

  contract('lone surrogates become the replacement character, in values and in keys', async () => {
    const log = await open()
    const data = { 'k\ud800': ['\udc00x', { deep: '𝄞' }], plain: 'é' }
    await log.append({ ...sampleEvent(1), data }, 0)
    assert.equal((await readAll(log))[0]?.data, { 'k\ufffd': ['\ufffdx', { deep: '𝄞' }], plain: 'é' })
    log.close()
  })

  contract('a key named __proto__ is a key like any other', async () => {
    const log = await open()
    const data = JSON.parse('{"__proto__":{"polluted":"\\ud800"},"constructor":1}')
    await log.append({ ...sampleEvent(1), data }, 0)
    const stored = (await readAll(log))[0]?.data ?? {}
    assert.equal(Object.keys(stored), ['__proto__', 'constructor'])
    assert.is(canonicalJson(stored), '{"__proto__":{"polluted":"\ufffd"},"constructor":1}')
    assert.is(Reflect.get({}, 'polluted'), undefined)
    log.close()
  })
}

function refusing(contract: Contract, open: () => Promise<Log>): void {
  contract('numbers that are not finite are refused with their place', async () => {
    const log = await open()
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const [code, message] = await codeOf(log.append({ ...sampleEvent(1), data: { a: [1, { b: number }] } }, 0))
      assert.is(code, 'invalid')
      assert.match(message, `data.a[1].b is ${number}`)
    }
    assert.equal(await readAll(log), [])
    log.close()
  })

  contract('a record of 64 KiB fits, one byte more is refused with the limit and the value', async () => {
    const log = await open()
    const base = { ...sampleEvent(1), data: { text: '' } }
    const [first] = [await log.append(base, 0)]
    const line = first?.kind === 'appended' ? JSON.stringify(first.record).length + 1 : 0
    assert.ok(line > SUFFIX_BYTES)
    const fits = RECORD_BYTES_MAX - line
    const [code, message] = await codeOf(log.append({ ...base, data: { text: 'x'.repeat(fits + 1) } }, 1))
    assert.is(code, 'invalid')
    assert.match(message, /65537 bytes; the limit is 65536/)
    assert.is((await log.append({ ...base, data: { text: 'x'.repeat(fits) } }, 1)).kind, 'appended')
    assert.is((await readAll(log)).length, 2)
    log.close()
  })

  contract('values that are nested too deeply, times of another form and empty types are refused', async () => {
    const log = await open()
    let deep: JsonObject = {}
    for (let level = 0; level < 10_000; level += 1) deep = { deep }
    const bad = [
      { ...sampleEvent(1), data: deep },
      { ...sampleEvent(1), ts: '2026-01-08 12:45' },
      { ...sampleEvent(1), type: '' },
      { ...sampleEvent(1), data: Object.assign(JSON.parse('{}'), { when: new Date(0) }) },
    ]
    for (const event of bad) assert.is((await codeOf(log.append(event, 'any')))[0], 'invalid')
    assert.equal(await readAll(log), [])
    log.close()
  })

  contract('a closed log refuses', async () => {
    const log = await open()
    await appendSamples(log, 1)
    log.close()
    assert.is((await codeOf(log.append(sampleEvent(2), 'any')))[0], 'io')
    assert.is((await codeOf(log.load(tallyFold())))[0], 'io')
  })
}

function loading(contract: Contract, open: () => Promise<Log>): void {
  contract('an empty log loads as the initial state at sequence 0', async () => {
    const log = await open()
    const { state, sequence, damage } = await log.load(tallyFold())
    assert.equal(state, tallyFold().initial())
    assert.is(sequence, 0)
    assert.is(damage, undefined)
    log.close()
  })

  contract('loading step by step gives what loading at once gives, for two folds side by side', async () => {
    const log = await open()
    const one = tallyFold()
    const other = tallyFold('tally-2')
    for (let n = 1; n <= 20; n += 1) {
      await appendSamples(log, 1, n)
      await log.load(one)
      if (n % 7 === 0) await log.load(other)
    }
    const atOnce = canonicalJson((await log.load(tallyFold())).state)
    assert.is(canonicalJson((await log.load(one)).state), atOnce)
    assert.is(canonicalJson((await log.load(other)).state), atOnce)
    log.close()
  })

  contract('I15: events of unknown type are kept and folded', async () => {
    const log = await open()
    await log.append({ ...sampleEvent(1), type: 'nobody.knows.this' }, 0)
    assert.equal((await log.load(tallyFold())).state.types, { 'nobody.knows.this': 1 })
    log.close()
  })
}

function reading(contract: Contract, open: () => Promise<Log>): void {
  contract('read gives the records from a sequence on, in order', async () => {
    const log = await open()
    await appendSamples(log, 12)
    for (const from of [1, 5, 12, 13, 99]) {
      const expected = Array.from({ length: Math.max(0, 13 - from) }, (_, index) => from + index)
      assert.equal(
        (await readAll(log, from)).map((record) => record.seq),
        expected,
      )
    }
    log.close()
  })

  contract('follow gives what is there, then what comes, and ends with the signal', async () => {
    const log = await open()
    await appendSamples(log, 3)
    const controller = new AbortController()
    const seen: number[] = []
    for await (const record of log.follow(2, controller.signal)) {
      seen.push(record.seq)
      if (record.seq === 3) void appendSamples(log, 2, 4)
      if (record.seq === 5) controller.abort()
    }
    assert.equal(seen, [2, 3, 4, 5])
    log.close()
  })
}

function transacting(contract: Contract, open: () => Promise<Log>): void {
  contract('transact loses no update: 40 at once, each decided on the one before', async () => {
    const log = await open()
    const fold = tallyFold()
    const tasks = Array.from({ length: 40 }, () =>
      transact(log, fold, (state) => ({ event: sampleEvent(state.count + 1), reply: state.count }), options),
    )
    const done = await Promise.all(tasks)
    const sorted = (values: number[]) => values.sort((left, right) => left - right)
    const upTo = Array.from({ length: 40 }, (_, index) => index)
    assert.equal(sorted(done.map(({ reply }) => reply)), upTo)
    assert.equal(sorted(done.map(({ sequence }) => sequence - 1)), upTo)
    assert.equal(
      (await log.load(fold)).state.numbers,
      upTo.map((n) => n + 1),
    )
    log.close()
  })

  contract('a decision without an event writes nothing and says on which sequence it was made', async () => {
    const log = await open()
    await appendSamples(log, 2)
    const result = await transact(log, tallyFold(), (state) => ({ reply: `seen ${state.count}` }), options)
    assert.equal(result, { reply: 'seen 2', sequence: 2 })
    assert.is((await readAll(log)).length, 2)
    log.close()
  })

  contract('a transaction that loses every race ends as busy at its deadline', async () => {
    const log = await open()
    const decider = async () => {
      await log.append(sampleEvent(1), 'any')
      return { event: sampleEvent(2), reply: 0 }
    }
    const [code] = await codeOf(transact(log, tallyFold(), decider, { deadlineMs: 20, random: Math.random }))
    assert.is(code, 'busy')
    assert.ok((await readAll(log)).every((record) => record.data['n'] === 1))
    log.close()
  })
}
