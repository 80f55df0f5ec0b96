import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../src/fileLog.js'
import { sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const loads = suite('loads')

/** More than one chunk of records, so that a load lets others in between. */
const LARGE = 40
const text = 'x'.repeat(20_000)

async function appendLarge(directory: string, first: number): Promise<void> {
  const log = await openFileLog(directory)
  for (let n = first; n < first + LARGE; n += 1) {
    await log.append({ ...sampleEvent(n), data: { n, text } }, n - 1)
  }
  log.close()
}

loads('two loads at once of the same fold take turns: no record is folded twice', async () => {
  const directory = scratchDirectory()
  await appendLarge(directory, 1)
  const log = await openFileLog(directory)
  const fold = tallyFold()
  await log.load(fold)
  await appendLarge(directory, LARGE + 1)
  const [one, other] = await Promise.all([log.load(fold), log.load(fold)])
  assert.is(one.sequence, 2 * LARGE)
  assert.is(other.sequence, 2 * LARGE)
  assert.is(other.state.count, 2 * LARGE)
  log.close()
})

loads('a load that fails does not stop the next one', async () => {
  const directory = scratchDirectory()
  await appendLarge(directory, 1)
  const log = await openFileLog(directory)
  const fold = tallyFold()
  let isBroken = true
  const moody = {
    ...fold,
    evolve: (...given: Parameters<typeof fold.evolve>) => {
      if (isBroken) throw new Error('moody')
      return fold.evolve(...given)
    },
  }
  const failed = await log.load(moody).catch((error: unknown) => error)
  assert.ok(failed instanceof Error && failed.message === 'moody')
  isBroken = false
  assert.is((await log.load(moody)).state.count, LARGE)
  log.close()
})

loads.run()
