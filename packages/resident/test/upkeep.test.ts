import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createUpkeep, type UpkeepRun } from '../src/upkeep.js'

const test = suite('upkeep')

const minute = 60_000

/** A resident's clock, journal and work, all in hand. */
function stage(idleMs = 15 * minute) {
  const journal: string[] = []
  let atMs = 0
  let why: string | undefined = '3 segments'
  let started = 0
  let stopped = 0
  let finish: (outcome: string) => void = () => undefined
  const start = (): UpkeepRun => {
    started += 1
    const ended = new Promise<string>((resolve) => {
      finish = resolve
    })
    const stop = () => {
      stopped += 1
    }
    return { ended, stop }
  }
  const upkeep = createUpkeep({
    work: { due: async () => why, start },
    idleMs: () => idleMs,
    monotonicMs: () => atMs,
    journal: (line) => journal.push(line),
  })
  return {
    upkeep,
    journal,
    pass: (ms: number) => {
      atMs += ms
    },
    becomes: (next: string | undefined) => {
      why = next
    },
    counts: () => ({ started, stopped }),
    end: async (outcome: string) => {
      finish(outcome)
      await new Promise(setImmediate)
    },
  }
}

test('begins only when nobody has asked for anything for a minute, and says what for', async () => {
  const { upkeep, journal, counts } = stage()
  await upkeep.lookAfter(minute - 1)
  assert.equal([counts().started, upkeep.isAtWork()], [0, false])
  await upkeep.lookAfter(minute)
  assert.equal([counts().started, upkeep.isAtWork(), journal], [1, true, ['upkeep begins: 3 segments']])
})

test('a resident that leaves early does it before: after half of its time', async () => {
  const { upkeep, counts } = stage(10_000)
  await upkeep.lookAfter(4_999)
  assert.is(counts().started, 0)
  await upkeep.lookAfter(5_000)
  assert.is(counts().started, 1)
})

test('never two at once, however long one takes; its end is written down', async () => {
  const { upkeep, journal, counts, pass, end } = stage()
  await upkeep.lookAfter(minute)
  pass(10 * 3_600_000)
  await upkeep.lookAfter(10 * minute)
  assert.is(counts().started, 1)
  await end('exit code 75: busy')
  assert.equal([upkeep.isAtWork(), journal.at(-1)], [false, 'upkeep ended: exit code 75: busy'])
})

test('looks once an hour, whether something was due, failed or was done', async () => {
  const { upkeep, counts, pass, becomes, end } = stage()
  becomes(undefined)
  await upkeep.lookAfter(minute)
  becomes('5 segments')
  pass(3_599_999)
  await upkeep.lookAfter(minute)
  assert.is(counts().started, 0)
  pass(1)
  await upkeep.lookAfter(minute)
  assert.is(counts().started, 1)
  await end('exit code 74: no room')
  await upkeep.lookAfter(minute)
  assert.is(counts().started, 1)
  pass(3_600_000)
  await upkeep.lookAfter(minute)
  assert.is(counts().started, 2)
})

test('ends with the resident', async () => {
  const { upkeep, counts } = stage()
  upkeep.stop()
  assert.is(counts().stopped, 0)
  await upkeep.lookAfter(minute)
  upkeep.stop()
  assert.is(counts().stopped, 1)
})

test.run()
