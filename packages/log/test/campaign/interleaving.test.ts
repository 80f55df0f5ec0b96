import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../../src/compaction.js'
import type { FileSystem } from '../../src/fileSystem.js'
import { encodeRecord } from '../../src/record.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'
import { createDisk, type SimulatedDisk } from '../simulatedDisk.js'
import { type OpenLog, openStory, STORY_DIRECTORY } from './story.js'

/** A reader is stopped before each of its calls, and others get on meanwhile. Whatever it sees then is a prefix. */
const interleaving = suite('others get on at each call of a reader')

const BOOT = 'boot'
const BEFORE = 7
const MEANWHILE = 9

interface Scene {
  readonly disk: SimulatedDisk
  readonly writer: OpenLog
  /** How many events it has appended. */
  count: number
}

/** Appends at once: an append is one stretch of work as long as the lock is free. */
function appendNow(stage: Scene, count: number): void {
  for (let added = 0; added < count; added += 1) {
    stage.count += 1
    void stage.writer.append(sampleEvent(stage.count), 'any')
  }
}

async function scene(): Promise<Scene> {
  const disk = createDisk()
  const writer = await openStory(disk.fs, BOOT)
  const stage = { disk, writer, count: 0 }
  appendNow(stage, BEFORE)
  return stage
}

/** Runs `read` once for each of its calls, with `meanwhile` just before that call, until it has no more calls. */
async function atEachCall(
  prepare: (scene: Scene) => Promise<(fs: FileSystem) => Promise<void>>,
  meanwhile: (scene: Scene, step: number) => void,
): Promise<number> {
  for (let n = 1; ; n += 1) {
    const stage = await scene()
    const { disk } = stage
    const read = await prepare(stage)
    let calls = 0
    let isOthersTurn = false
    disk.plan(() => {
      if (isOthersTurn) return undefined
      calls += 1
      isOthersTurn = true
      if (calls >= n) meanwhile(stage, calls - n)
      isOthersTurn = false
      return undefined
    })
    try {
      await read(disk.fs)
    } catch (error) {
      if (error instanceof Error) error.message = `others got on before call ${n}: ${error.message}`
      throw error
    }
    if (calls < n) return n - 1
  }
}

async function checkLoad(log: OpenLog, fold = tallyFold()): Promise<void> {
  const { state, sequence, damage } = await log.load(fold)
  assert.is(damage, undefined, damage?.reason)
  assert.ok(sequence >= BEFORE && sequence <= BEFORE + MEANWHILE, `sequence ${sequence}`)
  assert.equal(
    state.numbers,
    Array.from({ length: sequence }, (_, index) => index + 1),
  )
}

const coldLoad = async () => async (fs: FileSystem) => checkLoad(await openStory(fs, BOOT))
const warmLoad = async (stage: Scene) => {
  const log = await openStory(stage.disk.fs, BOOT)
  const fold = tallyFold()
  await log.load(fold)
  appendNow(stage, 1)
  return () => checkLoad(log, fold)
}
const readThrough = async () => async (fs: FileSystem) => {
  const records = await readAll(await openStory(fs, BOOT))
  assert.ok(records.length >= BEFORE)
  records.forEach((record, index) => {
    assert.is(record.seq, index + 1)
  })
}

function rawAppend(fs: FileSystem, bytes: Buffer): void {
  const folder = `${STORY_DIRECTORY}/segments`
  const descriptor = fs.open(`${folder}/${(fs.list(folder) ?? []).sort().at(-1)}`, 'append')
  fs.write(descriptor, bytes, 0)
  fs.close(descriptor)
}

/** Writes the first half of the next record, as a reader may see it; the second half comes with the call returned. */
function writeHalf(stage: Scene): () => void {
  const { sequence, h } = stage.writer.head()
  stage.count += 1
  const line = Buffer.from(encodeRecord(sampleEvent(stage.count), sequence + 1, BigInt(`0x${h}`)).bytes)
  rawAppend(stage.disk.fs, line.subarray(0, 60))
  return () => rawAppend(stage.disk.fs, line.subarray(60))
}

const readers = { 'a cold load': coldLoad, 'a warm load': warmLoad, 'a read': readThrough }

for (const [name, prepare] of Object.entries(readers)) {
  interleaving(`I5: ${name}, while nine events come in and segments are sealed`, async () => {
    const calls = await atEachCall(prepare, (stage, step) => {
      if (step === 0) appendNow(stage, MEANWHILE - 1)
    })
    assert.ok(calls > 5, `${calls} calls`)
  })

  interleaving(`I5: ${name}, while events come in one by one, one before each of its calls`, async () => {
    await atEachCall(prepare, (stage, step) => {
      if (step < MEANWHILE - 1) appendNow(stage, 1)
    })
  })

  interleaving(
    `I5: ${name}, while one event comes in and, a few calls later, so many that segments are sealed`,
    async () => {
      for (let pause = 1; pause <= 6; pause += 1) {
        await atEachCall(prepare, (stage, step) => {
          if (step === 0) appendNow(stage, 1)
          if (step === pause) appendNow(stage, MEANWHILE - 2)
        })
      }
    },
  )

  interleaving(`I5: ${name}, while half a line stands there, is finished, and its segment sealed`, async () => {
    let finish: () => void = () => undefined
    const withHalf = async (stage: Scene) => {
      const read = await prepare(stage)
      finish = writeHalf(stage)
      return read
    }
    await atEachCall(withHalf, (stage, step) => {
      if (step !== 0) return
      finish()
      appendNow(stage, MEANWHILE - 3)
    })
  })

  interleaving(`I5: ${name}, while a line is written in two halves`, async () => {
    await atEachCall(prepare, ({ disk }, step) => {
      if (step <= 1) rawAppend(disk.fs, Buffer.from(step === 0 ? '{"v":1,"seq":' : '8,"ts":"2026-01-08T1'))
    })
  })
}

interleaving('I5 I7: a load at each step of a compaction', async () => {
  for (const mode of ['archive', 'drop'] as const) {
    for (let n = 1; ; n += 1) {
      const stage = await scene()
      const { disk } = stage
      appendNow(stage, 5)
      let calls = 0
      let pending: Promise<void> | undefined
      let isReading = false
      disk.plan(() => {
        if (isReading) return undefined
        calls += 1
        if (calls !== n) return undefined
        isReading = true
        pending = openStory(disk.fs, BOOT).then((log) => checkLoad(log))
        return undefined
      })
      await compactLog(STORY_DIRECTORY, tallyFold(), { fs: disk.fs, bootId: BOOT, mode, lockDeadlineMs: 50 })
      await pending
      if (calls < n) break
    }
  }
})

interleaving.run()
