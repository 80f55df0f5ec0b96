// timeout: 300s
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../../src/compaction.js'
import { LogError } from '../../src/errors.js'
import { openFileLog } from '../../src/fileLog.js'
import { verifyLog } from '../../src/verify.js'
import { tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'
import { rounds } from './length.js'
import { startWriter } from './processes.js'

const readers = suite('readers without a lock')

const SEGMENT_BYTES_MAX = 4000

/** Keeps what was seen at each sequence; a prefix never takes anything back. */
function createMemory() {
  const seen = new Map<number, string>()
  let last = 0
  return {
    see: (sequence: number, h: string) => {
      const known = seen.get(sequence)
      if (known !== undefined) assert.is(h, known, `record ${sequence} has changed`)
      seen.set(sequence, h)
      last = Math.max(last, sequence)
    },
    last: () => last,
  }
}

async function readAsPrefix(directory: string, memory: ReturnType<typeof createMemory>): Promise<void> {
  const log = await openFileLog(directory)
  let expected: number | undefined
  try {
    for await (const record of log.read()) {
      assert.is(record.seq, expected ?? record.seq, 'a gap')
      memory.see(record.seq, record.h)
      expected = record.seq + 1
    }
  } catch (error) {
    /* Only a compaction that drops may stop a reader, and then it is said so. */
    if (!(error instanceof LogError && error.message.startsWith('A compaction dropped'))) throw error
  }
  log.close()
}

async function readWhileWriting(mode: 'archive' | 'drop'): Promise<void> {
  const directory = scratchDirectory()
  const memory = createMemory()
  const writers = ['a', 'b'].map((name) => startWriter('append', directory, name, '1', String(SEGMENT_BYTES_MAX)))
  for (const { child } of writers) child.stdout?.resume()
  const warm = await openFileLog(directory, { snapshots: { recordsMin: 50, bytesMin: 1e9 } })
  const fold = tallyFold()
  let rows = 0
  for (let round = 0; memory.last() < rounds(4000, 100_000); round += 1) {
    await sleep(2)
    const { damage, sequence, state } = await warm.load(fold)
    assert.is(damage, undefined, damage?.reason)
    assert.is(state.count, sequence)
    const head = warm.head()
    memory.see(head.sequence, head.h)
    if (round % 3 === 0) await readAsPrefix(directory, memory)
    const cold = await openFileLog(directory)
    const fresh = await cold.load(tallyFold())
    assert.is(fresh.damage, undefined, fresh.damage?.reason)
    assert.is(fresh.state.count, fresh.sequence)
    cold.close()
    if (round % 10 === 9) rows += (await compactLog(directory, fold, { mode })).segments.length
    await warm.writeSnapshotIfDue(fold)
  }
  for (const writer of writers) await writer.kill()
  warm.close()
  assert.ok(rows > 0, 'nothing was compacted')
  assert.ok((await verifyLog(directory, tallyFold())).ok)
}

for (const mode of ['archive', 'drop'] as const) {
  readers(`I5 I7: always a prefix, while others append, rotate and compact (${mode}); no load reports damage`, () =>
    readWhileWriting(mode),
  )
}

readers.run()
