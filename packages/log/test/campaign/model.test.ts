// timeout: 300s
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../../src/compaction.js'
import type { LogRecord } from '../../src/contract.js'
import { canonicalJson } from '../../src/json.js'
import { createMemoryLog } from '../../src/memoryLog.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'
import { Crash, createDisk, type SimulatedDisk } from '../simulatedDisk.js'
import { rounds, seed } from './length.js'
import { type OpenLog, openStory, STORY_DIRECTORY } from './story.js'

const model = suite('engine against model')

type Deed =
  | { readonly kind: 'append'; readonly durable: boolean; readonly behind: number }
  | { readonly kind: 'load' | 'snapshot' | 'archive' | 'drop' | 'reopen' }
  /** The process is killed inside an append, after so many calls. */
  | { readonly kind: 'killed'; readonly calls: number }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      durable: fc.boolean(),
      behind: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'load' as const,
        'snapshot' as const,
        'archive' as const,
        'drop' as const,
        'reopen' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('killed' as const), calls: fc.nat({ max: 30 }) }) },
)

/** The engine on its disk beside a log in memory that gets the same events; they must never differ. */
interface Pair {
  disk: SimulatedDisk
  log: OpenLog
  readonly memory: ReturnType<typeof createMemoryLog>
  readonly fold: ReturnType<typeof tallyFold>
  length: number
}

const BOOT = 'boot'
const withoutHash = ({ seq, ts, type, by, data }: LogRecord) => ({ seq, ts, type, by, data })

async function reopen(pair: Pair): Promise<void> {
  pair.log = await openStory(pair.disk.fs, BOOT)
}

async function append(pair: Pair, durable: boolean, behind: number): Promise<void> {
  const event = sampleEvent(pair.length + 1, durable)
  const expected = pair.length - behind
  const [real, imagined] = [await pair.log.append(event, expected), await pair.memory.append(event, expected)]
  assert.equal(real, imagined)
  if (real.kind === 'appended') pair.length += 1
}

/** Afterwards the event is there or it is not; the model follows the disk. */
async function killedInAppend(pair: Pair, calls: number): Promise<void> {
  const event = sampleEvent(pair.length + 1)
  const end = pair.disk.calls() + calls
  pair.disk.plan((call) => (call > end ? 'crash' : undefined))
  let isAcknowledged = false
  try {
    isAcknowledged = (await pair.log.append(event, pair.length)).kind === 'appended'
  } catch (error) {
    if (!(error instanceof Crash)) throw error
  }
  pair.disk = pair.disk.kill()
  await reopen(pair)
  const { sequence } = await pair.log.load(tallyFold())
  assert.ok(sequence === pair.length || sequence === pair.length + 1)
  assert.ok(sequence === pair.length + 1 || !isAcknowledged, 'I3: acknowledged and lost')
  if (sequence === pair.length) return
  await pair.memory.append(event, pair.length)
  pair.length += 1
}

async function act(pair: Pair, what: Deed): Promise<void> {
  switch (what.kind) {
    case 'append':
      return append(pair, what.durable, Math.min(what.behind, pair.length))
    case 'load':
      return compareStates(pair, await pair.log.load(pair.fold))
    case 'snapshot':
      await pair.log.writeSnapshotIfDue(pair.fold)
      return
    case 'archive':
    case 'drop':
      await compactLog(STORY_DIRECTORY, pair.fold, {
        fs: pair.disk.fs,
        bootId: BOOT,
        mode: what.kind,
        lockDeadlineMs: 50,
        time: '2026-02-01T00:00:00.000Z',
      })
      return
    case 'reopen':
      pair.log.close()
      return reopen(pair)
    case 'killed':
      return killedInAppend(pair, what.calls)
  }
}

async function compareStates(pair: Pair, loaded: Awaited<ReturnType<OpenLog['load']>>): Promise<void> {
  assert.is(loaded.damage, undefined)
  assert.is(loaded.sequence, pair.length)
  assert.is(canonicalJson(loaded.state), canonicalJson((await pair.memory.load(tallyFold())).state))
}

async function liveThrough(deeds: readonly Deed[]): Promise<void> {
  const disk = createDisk()
  const log = await openStory(disk.fs, BOOT)
  const pair: Pair = { disk, log, memory: createMemoryLog(), fold: tallyFold(), length: 0 }
  for (const what of deeds) await act(pair, what)
  await compareStates(pair, await pair.log.load(pair.fold))
  await compareStates(pair, await (await openStory(pair.disk.fs, BOOT)).load(tallyFold()))
  const records = await readAll(pair.log)
  const expected = (await readAll(pair.memory)).slice(pair.length - records.length)
  assert.equal(records.map(withoutHash), expected.map(withoutHash))
  const report = await verifyLog(STORY_DIRECTORY, tallyFold(), { fs: pair.disk.fs, bootId: BOOT })
  assert.ok(report.ok, JSON.stringify(report))
  assert.is(report.sequence, pair.length)
}

model('I2 I3 I6 I7: whatever is done in whatever order, the log is the list of what was appended', async () => {
  const property = fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 40 }), liveThrough)
  await fc.assert(property, { numRuns: rounds(1000, 20_000), seed })
})

model.run()
