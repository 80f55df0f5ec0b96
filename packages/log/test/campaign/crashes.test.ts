// timeout: 300s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Crash, createDisk, type SimulatedDisk, type Survival } from '../simulatedDisk.js'
import { rounds, seed, seededRandom, withSeed } from './length.js'
import { append, checkLedger, type Ledger, newLedger, openStory, tellStory } from './story.js'

const crashes = suite('crash after each call')

const BEFORE = 'boot-before'
const AFTER = 'boot-after'
const everything = () => true
const durableOnly = ({ durable }: { durable: boolean }) => durable

/** Tells the story until call `last`; everything after it never happened. */
async function tellUntil(disk: SimulatedDisk, last: number, ledger: Ledger): Promise<void> {
  const end = disk.calls() + last
  disk.plan((call) => (call > end ? 'crash' : undefined))
  try {
    await tellStory(disk.fs, BEFORE, ledger)
  } catch (error) {
    if (!(error instanceof Crash)) throw error
  }
}

async function callsOfStory(): Promise<number> {
  const disk = createDisk()
  const ledger = newLedger()
  await tellStory(disk.fs, BEFORE, ledger)
  assert.is(ledger.refusals.length, 0, String(ledger.refusals[0]))
  assert.is(ledger.acknowledged.size, 14)
  return disk.calls()
}

crashes('I3: a story without a crash holds what it should', async () => {
  const disk = createDisk()
  const ledger = newLedger()
  await tellStory(disk.fs, BEFORE, ledger)
  await checkLedger(disk.fs, BEFORE, ledger, everything)
})

crashes('I3: what a durable event hangs on is durable with it, over all segments that were sealed before', async () => {
  const disk = createDisk()
  const ledger = newLedger()
  const log = await openStory(disk.fs, BEFORE)
  for (let n = 1; n <= 20; n += 1) await append(log, ledger, n, n === 20)
  log.close()
  await checkLedger(disk.powerCut({ kind: 'none' }).fs, AFTER, ledger, everything)
})

crashes('I1 I3 I4 I11: SIGKILL after each call loses nothing that was acknowledged', async () => {
  const total = await callsOfStory()
  for (let last = 0; last <= total; last += 1) {
    await withSeed(`killed after call ${last} of ${total}`, async () => {
      const disk = createDisk()
      const ledger = newLedger()
      await tellUntil(disk, last, ledger)
      await checkLedger(disk.kill().fs, BEFORE, ledger, everything)
    })
  }
})

crashes('I3 I7: a power cut after each call loses nothing durable, however little of the rest survives', async () => {
  const total = await callsOfStory()
  const random = seededRandom(seed)
  const survivals: Survival[] = [
    { kind: 'none' },
    ...Array.from({ length: rounds(3, 40) }, (): Survival => ({ kind: 'random', random })),
  ]
  for (let last = 0; last <= total; last += 1) {
    const disk = createDisk()
    const ledger = newLedger()
    await tellUntil(disk, last, ledger)
    for (const survival of survivals) {
      await withSeed(`power cut after call ${last} of ${total}, ${survival.kind}`, () =>
        checkLedger(disk.powerCut(survival).fs, AFTER, ledger, durableOnly),
      )
    }
  }
})

crashes(
  'I3: a kill after each call, then others go on, then a power cut: what they had done is durable still',
  async () => {
    const total = await callsOfStory()
    for (let last = 1; last <= total; last += rounds(2, 1)) {
      await withSeed(`killed after call ${last}, continued, then a power cut`, async () => {
        const killed = createDisk()
        const ledger = newLedger()
        await tellUntil(killed, last, ledger)
        const disk = killed.kill()
        await tellStory(disk.fs, BEFORE, ledger, 101)
        await checkLedger(disk.powerCut({ kind: 'none' }).fs, AFTER, ledger, durableOnly)
      })
    }
  },
)

/** Appends once, so that what has to be mended is mended, and crashes after call `last`; false if it did not come to that. */
async function crashInRecovery(disk: SimulatedDisk, last: number, ledger: Ledger): Promise<boolean> {
  disk.plan((call) => (call > last ? 'crash' : undefined))
  try {
    const log = await openStory(disk.fs, AFTER)
    await append(log, ledger, 1000 + last, true)
    log.close()
    return false
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  }
}

crashes(
  'I11: a crash inside recovery, after each of its calls, is recovered, whether it was a kill or a power cut',
  async () => {
    const total = await callsOfStory()
    const random = seededRandom(seed + 1)
    for (let last = 30 + (seed % 29); last <= total; last += rounds(41, 3)) {
      const told = createDisk()
      const before = newLedger()
      await tellUntil(told, last, before)
      const broken = told.powerCut({ kind: 'random', random })
      for (let inside = 1; ; inside += 1) {
        const disk = broken.kill()
        const ledger = { ...before, submitted: new Set(before.submitted), acknowledged: new Map(before.acknowledged) }
        const isCrashed = await crashInRecovery(disk, inside, ledger)
        await withSeed(`power cut after call ${last}, crash after call ${inside} of the recovery`, async () => {
          await checkLedger(disk.kill().fs, AFTER, ledger, durableOnly)
          await checkLedger(disk.powerCut({ kind: 'random', random }).fs, 'boot-third', ledger, durableOnly)
        })
        if (!isCrashed) break
      }
    }
  },
)

crashes.run()
