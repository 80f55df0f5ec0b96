// timeout: 300s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../../src/fileLog.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'
import { rounds } from './length.js'
import { startWriter, type WriterProcess } from './processes.js'

const races = suite('races')

const WRITERS = 8

async function startAll(directory: string, windowMs: number): Promise<WriterProcess[]> {
  const writers = Array.from({ length: WRITERS }, (_, index) =>
    startWriter('decide', directory, `w${index}`, String(windowMs)),
  )
  for (const writer of writers) assert.is(await writer.nextLine(), 'ready')
  return writers
}

/** All of them get the same line at the same time; their answers. */
async function askAll(writers: readonly WriterProcess[], line: string): Promise<string[]> {
  for (const writer of writers) writer.tell(line)
  return Promise.all(writers.map(async (writer) => (await writer.nextLine()) ?? 'ended'))
}

async function endAll(writers: readonly WriterProcess[]): Promise<void> {
  for (const writer of writers) await writer.kill()
}

for (const [windowMs, count] of [
  [0, rounds(200, 2000)],
  [4, rounds(40, 400)],
] as const) {
  races(
    `I8: ${WRITERS} processes for one path, ${count} rounds, window of ${windowMs} ms: one is granted each time`,
    async () => {
      const directory = scratchDirectory()
      const writers = await startAll(directory, windowMs)
      for (let round = 1; round <= count; round += 1) {
        const answers = await askAll(writers, `claim src/file${round}.ts`)
        assert.is(answers.filter((answer) => answer.endsWith('granted')).length, 1, answers.join(', '))
      }
      await endAll(writers)
      const log = await openFileLog(directory)
      const paths = (await readAll(log)).map((record) => record.data['path'])
      assert.is(paths.length, count, 'stored grants')
      assert.is(new Set(paths).size, count)
      log.close()
      assert.ok((await verifyLog(directory, tallyFold())).ok)
    },
  )
}

races(`I2: ${WRITERS} processes, 50 decisions each: 400 events, 400 numbers`, async () => {
  const directory = scratchDirectory()
  const writers = await startAll(directory, 0)
  const rows = await Promise.all(
    writers.map(async (writer) => {
      for (let n = 0; n < 50; n += 1) writer.tell('number')
      const answers: string[] = []
      for (let n = 0; n < 50; n += 1) answers.push((await writer.nextLine())?.split(' ')[2] ?? 'ended')
      return answers
    }),
  )
  await endAll(writers)
  const log = await openFileLog(directory)
  const records = await readAll(log)
  const ids = records.map((record) => record.data['id'])
  assert.equal(
    ids,
    Array.from({ length: WRITERS * 50 }, (_, index) => index + 1),
  )
  assert.equal(
    rows
      .flat()
      .map(Number)
      .sort((left, right) => left - right),
    ids,
  )
  log.close()
})

races.run()
