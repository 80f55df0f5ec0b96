import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@coordlog/runtime/clock'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tidyUpLater } from '../src/tidyUp.js'

const test = suite('tidying up')

interface Stage {
  /** On the clock that is looked at; timers fire as they will. */
  nowMs: number
  lastRequestMs: number
  done: string[]
  said: string[]
  later(work: () => Promise<void>): void
}

function stage(): Stage {
  const made: Stage = { nowMs: 5_000, lastRequestMs: 5_000, done: [], said: [], later: () => undefined }
  const clock: Clock = { now: () => '2026-01-08T12:45:32.000Z', monotonicMs: () => made.nowMs }
  made.later = tidyUpLater(
    clock,
    (line) => void made.said.push(line),
    () => made.lastRequestMs,
  )
  return made
}

function work(made: Stage, name: string): () => Promise<void> {
  return async () => void made.done.push(name)
}

async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 5) {
    if (waitedMs > 30_000) throw new Error('it never came')
    await sleep(5)
  }
}

test('waits until nobody asks, and is done once for all who asked for it', async () => {
  const made = stage()
  made.later(work(made, 'first'))
  made.later(work(made, 'last'))
  await sleep(100)
  assert.equal(made.done, [], 'somebody asks at this very moment')
  made.nowMs += 25
  await until(() => made.done.length > 0)
  assert.equal(made.done, ['last'])
})

test('is not put off for ever', async () => {
  const made = stage()
  made.later(work(made, 'work'))
  made.nowMs += 999
  made.lastRequestMs = made.nowMs
  await sleep(100)
  assert.equal(made.done, [])
  made.nowMs += 1
  made.lastRequestMs = made.nowMs
  await until(() => made.done.length > 0)
})

test('what goes wrong is a line in the journal, and the next one is done', async () => {
  const made = stage()
  made.nowMs += 25
  made.later(async () => {
    throw new Error('no room')
  })
  await until(() => made.said.length > 0)
  assert.equal(made.said, ['tidying up failed: no room'])
  made.later(work(made, 'next'))
  await until(() => made.done.length > 0)
})

test.run()
