import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../../src/compaction.js'
import { Crash, createDisk, type SimulatedDisk, type Survival } from '../simulatedDisk.js'
import { seed, seededRandom, withSeed } from './length.js'
import { append, checkLedger, fold, type Ledger, newLedger, openStory, STORY_DIRECTORY } from './story.js'

/**
 * The crash points of docs/crash-safety.md by their numbers. Each is a row of calls that follow one another; the crash
 * comes after the last of them, once as a kill and several times as a power cut. That a point is never reached is a
 * failure too: the document would speak of something that the engine does not do.
 */
const crashPoints = suite('crash points')

const BOOT = 'boot-before'
const AFTER = 'boot-after'
const time = '2026-02-01T00:00:00.000Z'

type Tale = (disk: SimulatedDisk, ledger: Ledger) => Promise<void>

const SEGMENT = /segments\/\d+\.ndjson$/
const LOCK = /coordlog\/lock$/
const SEALS_ASIDE = /seals\.ndjson\.aside$/
const FILTER_ASIDE = /bloom\.aside$/
const TAIL_WRITE = ['write', SEGMENT] as const
const NOTE_WRITE = ['write', LOCK] as const

async function appendSome(disk: SimulatedDisk, ledger: Ledger, count: number): Promise<void> {
  const log = await openStory(disk.fs, BOOT)
  for (let n = 1; n <= count; n += 1) await append(log, ledger, n, n % 3 === 0)
  log.close()
}

const appending: Tale = (disk, ledger) => appendSome(disk, ledger, 7)

/** Half a line stands after the first record. */
const repairing: Tale = async (disk, ledger) => {
  await appendSome(disk, ledger, 1)
  const path = `${STORY_DIRECTORY}/segments/00000000000000000001.ndjson`
  const descriptor = disk.fs.open(path, 'append')
  disk.fs.write(descriptor, Buffer.from('{"v":1,"seq":2,"ts":"20'), 0)
  disk.fs.close(descriptor)
  const log = await openStory(disk.fs, BOOT)
  await append(log, ledger, 2, false)
  log.close()
}

/** The sync of the third event fails; the fourth makes the engine copy the segment. */
const copying: Tale = async (disk, ledger) => {
  let isFailed = false
  const inner = disk.asked()
  disk.plan((call, name, path) => {
    const fault = inner(call, name, path)
    if (fault !== undefined || isFailed || name !== 'syncData') return fault
    isFailed = true
    return { code: 'EIO' }
  })
  await appendSome(disk, ledger, 5)
}

const picturing: Tale = async (disk, ledger) => {
  const log = await openStory(disk.fs, BOOT)
  for (let n = 1; n <= 18; n += 1) {
    await append(log, ledger, n, false)
    if (n % 6 === 0) await log.writeSnapshotIfDue(fold)
  }
  log.close()
}

const compacting =
  (mode: 'archive' | 'drop'): Tale =>
  async (disk, ledger) => {
    await appendSome(disk, ledger, 12)
    await compactLog(STORY_DIRECTORY, fold, { fs: disk.fs, bootId: BOOT, mode, time, lockDeadlineMs: 50 })
    const log = await openStory(disk.fs, BOOT)
    await append(log, ledger, 13, true)
    log.close()
  }

type Step = readonly [name: string, path: RegExp]

const points: readonly (readonly [number: string, tale: Tale, ...steps: Step[]])[] = [
  ['B1', appending, ['makeDirectory', /coordlog$/]],
  ['B2', appending, ['open', LOCK]],
  ['B3', appending, ['makeDirectory', /segments$/]],
  ['B4', appending, ['makeDirectory', /segments$/], ['sync', /coordlog\/\.$/]],
  ['B5', appending, ['sync', /coordlog\/\.$/], ['sync', /repository\/\.$/], NOTE_WRITE],
  ['B6', appending, NOTE_WRITE, ['sync', LOCK]],
  ['A1', appending, ['tryLock', LOCK]],
  ['A2', appending, TAIL_WRITE],
  ['A3', appending, TAIL_WRITE, NOTE_WRITE, ['unlock', LOCK]],
  ['A4', appending, TAIL_WRITE, NOTE_WRITE],
  ['A5', appending, TAIL_WRITE, NOTE_WRITE, ['syncData', SEGMENT]],
  ['A6', appending, ['syncData', SEGMENT], NOTE_WRITE],
  ['G1', appending, ['syncData', SEGMENT], NOTE_WRITE, NOTE_WRITE],
  ['G2', appending, NOTE_WRITE, ['open', SEGMENT]],
  ['G3', appending, ['open', SEGMENT], ['sync', /segments\/\.$/]],
  ['G4', appending, ['open', SEGMENT], ['sync', /segments\/\.$/], TAIL_WRITE],
  ['R1', repairing, NOTE_WRITE, ['sync', LOCK], ['sync', /repository\/\.$/]],
  ['R2', repairing, ['rename', /quarantine/]],
  ['R3', repairing, ['truncate', SEGMENT]],
  ['R4', repairing, ['truncate', SEGMENT], ['sync', SEGMENT]],
  ['R5', repairing, ['truncate', SEGMENT], ['sync', SEGMENT], ['open', SEGMENT], TAIL_WRITE],
  ['K1', copying, ['write', /ndjson\.aside$/]],
  ['K2', copying, ['sync', /ndjson\.aside$/]],
  ['K3', copying, ['rename', /ndjson\.aside$/]],
  ['K4', copying, ['rename', /ndjson\.aside$/], ['sync', /segments\/\.$/]],
  ['S1', picturing, ['write', /json\.aside$/]],
  ['S2', picturing, ['sync', /json\.aside$/]],
  ['S3', picturing, ['rename', /json\.aside$/]],
  ['S4', picturing, ['rename', /json\.aside$/], ['sync', /snapshots\/\.$/]],
  ['S5', picturing, ['remove', /snapshots/]],
  ['H1', picturing, ['write', SEALS_ASIDE]],
  ['H2', picturing, ['write', SEALS_ASIDE], ['sync', SEALS_ASIDE]],
  ['H3', picturing, ['rename', SEALS_ASIDE]],
  ['H4', picturing, ['rename', SEALS_ASIDE], ['sync', /coordlog\/\.$/]],
  ['F1', picturing, ['write', FILTER_ASIDE]],
  ['F2', picturing, ['sync', FILTER_ASIDE]],
  ['F3', picturing, ['rename', FILTER_ASIDE]],
  ['F4', picturing, ['rename', FILTER_ASIDE], ['sync', /filters\/\.$/]],
  ['C1', compacting('archive'), ['rename', /json\.aside$/], ['sync', /snapshots\/\.$/]],
  ['C2', compacting('archive'), ['rename', /gz\.aside$/]],
  ['C3', compacting('archive'), ['rename', /gz\.aside$/], ['sync', /archive\/\.$/]],
  ['C4', compacting('archive'), ['remove', SEGMENT]],
  ['C5', compacting('archive'), ['remove', SEGMENT], ['sync', /segments\/\.$/]],
  ['D1', compacting('drop'), ['rename', /base\.json\.aside$/]],
  ['D2', compacting('drop'), ['rename', /base\.json\.aside$/], ['sync', /archive\/\.$/]],
  ['D3', compacting('drop'), ['remove', SEGMENT]],
  ['D4', compacting('drop'), ['remove', SEGMENT], ['sync', /segments\/\.$/]],
]

/** Calls that change nothing do not come between two steps. */
const CHANGING = /^(write|truncate|sync|syncData|makeDirectory|rename|remove|tryLock|unlock|open)$/

/** Tells the tale until the steps have followed one another, and lets the next call crash. */
async function tellUntil(tale: Tale, steps: readonly Step[], disk: SimulatedDisk, ledger: Ledger): Promise<boolean> {
  let matched = 0
  const fits = (index: number, name: string, path: string) => {
    const step = steps[index]
    return step !== undefined && step[0] === name && step[1].test(path)
  }
  disk.plan((_call, name, path) => {
    if (matched === steps.length) return 'crash'
    if (!CHANGING.test(name) || (name === 'open' && !path.endsWith('.ndjson') && !path.endsWith('lock')))
      return undefined
    if (fits(matched, name, path)) matched += 1
    else matched = fits(0, name, path) ? 1 : 0
    return undefined
  })
  try {
    await tale(disk, ledger)
    return matched === steps.length
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  }
}

/** The next process finds what was begun, records something durable, and then the power goes. */
async function checkContinued(disk: SimulatedDisk, before: Ledger): Promise<void> {
  const ledger = { ...before, submitted: new Set(before.submitted), acknowledged: new Map(before.acknowledged) }
  const log = await openStory(disk.fs, BOOT)
  await append(log, ledger, 500, true)
  log.close()
  assert.ok(ledger.acknowledged.has(500))
  await checkLedger(disk.powerCut({ kind: 'none' }).fs, AFTER, ledger, ({ durable }) => durable)
}

for (const [number, tale, ...steps] of points) {
  crashPoints(`${number}: ${steps.map(([name, path]) => `${name} ${path.source}`).join(', ')}`, async () => {
    const disk = createDisk()
    const ledger = newLedger()
    assert.ok(await tellUntil(tale, steps, disk, ledger), 'the engine never comes to this point')
    const random = seededRandom(seed)
    const survivals: Survival[] = [
      { kind: 'none' },
      ...Array.from({ length: 8 }, () => ({ kind: 'random', random }) as const),
    ]
    await withSeed('killed', () => checkLedger(disk.kill().fs, BOOT, ledger, () => true))
    await withSeed('killed, one more event, power cut', () => checkContinued(disk.kill(), ledger))
    for (const survival of survivals) {
      await withSeed(`power cut, ${survival.kind}`, () =>
        checkLedger(disk.powerCut(survival).fs, AFTER, ledger, ({ durable }) => durable),
      )
    }
  })
}

crashPoints.run()
