// timeout: 300s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDisk, type FaultPlan } from '../simulatedDisk.js'
import { rounds, seed, withSeed } from './length.js'
import { checkLedger, newLedger, tellStory } from './story.js'

const faults = suite('each call fails')

const BOOT = 'boot-before'
const codes = ['ENOSPC', 'EIO', 'EINTR', 'EACCES'] as const

/** Tells the story under a plan, goes on telling it when all is well again, and checks what is left. */
async function tellUnder(plan: FaultPlan, what: string): Promise<number> {
  const disk = createDisk()
  const ledger = newLedger()
  await withSeed(what, async () => {
    disk.plan(plan)
    await tellStory(disk.fs, BOOT, ledger).catch((error: unknown) => {
      /* An error at opening or closing is not of an append: the story ends there. */
      if (!(error instanceof Error && 'code' in error)) throw error
    })
    disk.plan(() => undefined)
    await tellStory(disk.fs, BOOT, ledger, 101)
    await checkLedger(disk.kill().fs, BOOT, ledger, () => true)
    await checkLedger(disk.powerCut({ kind: 'none' }).fs, 'boot-after', ledger, ({ durable }) => durable)
  })
  return ledger.refusals.length
}

async function callsOfStory(): Promise<number> {
  const disk = createDisk()
  await tellStory(disk.fs, BOOT, newLedger())
  return disk.calls()
}

faults('I1 I3 I4: the n-th call fails, for every n; what was acknowledged is there, and the log goes on', async () => {
  const total = await callsOfStory()
  let refused = 0
  for (let n = 1; n <= total; n += 1) {
    const chosen = rounds(1, codes.length) === 1 ? [codes[(n + seed) % codes.length] ?? 'EIO'] : codes
    for (const code of chosen) {
      refused += await tellUnder((call) => (call === n ? { code } : undefined), `${code} at call ${n} of ${total}`)
    }
  }
  assert.ok(refused > total / 4, `only ${refused} refusals`)
})

faults('I1: each write falls short; nothing half written stays or is acknowledged', async () => {
  const lengths = rounds(1, 5) === 1 ? [20] : [0, 1, 20, 90, 150]
  for (const shortTo of lengths) {
    let writes = 1
    for (let n = 1; writes >= n; n += 1) {
      writes = 0
      const plan: FaultPlan = (_call, name) => {
        if (name === 'write') writes += 1
        return name === 'write' && writes === n ? { shortTo } : undefined
      }
      await tellUnder(plan, `write ${n} falls short after ${shortTo} bytes`)
    }
  }
})

faults(
  'I3: a sync that fails proves nothing, nor does the next one: what is acknowledged later is on the disk',
  async () => {
    let syncs = 0
    for (let n = 1; n === 1 || syncs >= n; n += 1) {
      syncs = 0
      const plan: FaultPlan = (_call, name) => {
        if (name !== 'syncData') return undefined
        syncs += 1
        return syncs === n ? { code: 'EIO' } : undefined
      }
      const refused = await tellUnder(plan, `sync ${n} fails`)
      if (syncs >= n) assert.ok(refused > 0, `sync ${n} failed, and nobody was told`)
    }
    assert.ok(syncs > 5)
  },
)

faults('a disk that stays full or broken refuses each time, and the log goes on when it has recovered', async () => {
  const total = await callsOfStory()
  for (let n = 10; n < total; n += 17) {
    await tellUnder(
      (call, name) => (call > n && name === 'write' ? { code: 'ENOSPC' } : undefined),
      `full from ${n} on`,
    )
    await tellUnder(
      (call, name) => (call > n && name.startsWith('sync') ? { code: 'EIO' } : undefined),
      `no sync from ${n} on`,
    )
  }
})

faults.run()
