import type { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Log, LogRecord, NewEvent } from '../../src/contract.js'
import { LogError } from '../../src/errors.js'
import { canonicalJson } from '../../src/json.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from '../sample.js'

const { ts } = sampleEvent(1)

function filledWith(events: readonly NewEvent[], told: LogRecord[] = []) {
  return (add: (event: NewEvent) => LogRecord) => {
    for (const event of events) told.push(add(event))
  }
}

/** What every backend keeps of appendAll. */
export function grouping(contract: ReturnType<typeof suite>, open: () => Promise<Log>): void {
  together(contract, open)
  refusedGroups(contract, open)
}

function together(contract: ReturnType<typeof suite>, open: () => Promise<Log>): void {
  contract('a group comes into the log in its order, as the records that its author was told', async () => {
    const log = await open()
    await appendSamples(log, 2)
    const told: LogRecord[] = []
    const events = [3, 4, 5].map((n) => sampleEvent(n, n === 4))
    const result = await log.appendAll({ ts, expected: 2, fill: filledWith(events, told) })
    if (result.kind !== 'appended') return assert.unreachable(result.kind)
    assert.is(result.sequence, 5)
    assert.equal(result.records, told)
    assert.equal(await readAll(log, 3), told)
    assert.is((await log.append(sampleEvent(6), 5)).kind, 'appended')
    log.close()
  })

  contract('a group at another sequence than the last is a conflict, and nobody is asked what is in it', async () => {
    const log = await open()
    await appendSamples(log, 3)
    for (const expected of [0, 2, 4]) {
      const result = await log.appendAll({ ts, expected, fill: () => assert.unreachable('asked') })
      assert.equal(result, { kind: 'conflict', sequence: 3 })
    }
    assert.is((await readAll(log)).length, 3)
    log.close()
  })

  contract('an empty group writes nothing', async () => {
    const log = await open()
    await appendSamples(log, 1)
    assert.equal(await log.appendAll({ ts, expected: 1, fill: () => undefined }), {
      kind: 'appended',
      sequence: 1,
      records: [],
    })
    assert.is((await readAll(log)).length, 1)
    log.close()
  })

  contract('the same events give the same state, one by one or in groups', async () => {
    const [one, other] = [await open(), await open()]
    await appendSamples(one, 12)
    for (let n = 1; n <= 12; n += 4) {
      const events = [0, 1, 2, 3].map((offset) => sampleEvent(n + offset))
      await other.appendAll({ ts, expected: n - 1, fill: filledWith(events) })
    }
    assert.equal(await readAll(other), await readAll(one))
    const fold = tallyFold()
    assert.is(canonicalJson((await other.load(fold)).state), canonicalJson((await one.load(fold)).state))
    one.close()
    other.close()
  })
}

function refusedGroups(contract: ReturnType<typeof suite>, open: () => Promise<Log>): void {
  contract('an event that cannot be a record is refused alone', async () => {
    const log = await open()
    const fill = (add: (event: NewEvent) => LogRecord) => {
      add(sampleEvent(1))
      assert.throws(
        () => add({ ...sampleEvent(2), type: '' }),
        (error: unknown) => error instanceof LogError && error.code === 'invalid',
      )
      add(sampleEvent(3))
    }
    await log.appendAll({ ts, expected: 0, fill })
    assert.equal(
      (await readAll(log)).map(({ seq, data }) => [seq, data['n']]),
      [
        [1, 1],
        [2, 3],
      ],
    )
    log.close()
  })

  contract('a group that is given up while it is filled leaves nothing', async () => {
    const log = await open()
    await appendSamples(log, 1)
    const fill = (add: (event: NewEvent) => LogRecord) => {
      add(sampleEvent(2))
      throw new Error('given up')
    }
    let message = ''
    await log.appendAll({ ts, expected: 1, fill }).catch((error: Error) => {
      message = error.message
    })
    assert.is(message, 'given up')
    assert.is((await readAll(log)).length, 1)
    assert.is((await log.append(sampleEvent(2), 1)).kind, 'appended')
    log.close()
  })
}
