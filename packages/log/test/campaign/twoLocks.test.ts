import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AppendResult, Group, Log } from '../../src/contract.js'
import { LogError } from '../../src/errors.js'
import { type FileLogExtras, openFileLog } from '../../src/fileLog.js'
import type { FileSystem } from '../../src/fileSystem.js'
import { decodeNote } from '../../src/headNote.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'
import { createDisk } from '../simulatedDisk.js'
import { STORY_DIRECTORY } from './story.js'

/**
 * The lock file is replaced before each call of an append, and another process appends at once, under the new one. The clock
 * stands still: nobody looks at a path a second time because time has gone by. Left out is what lies between the last look at the
 * lock's path and the first line of a new segment (docs/adr/0007): who has one lock does not see the other one's segment then.
 */
const twoLocks = suite('two locks at once')

const LOCK = `${STORY_DIRECTORY}/lock`
const options = { bootId: 'boot', segmentBytesMax: 860, lockDeadlineMs: 50, now: () => 0 }

function bytesOf(fs: FileSystem, path: string): Buffer {
  const bytes = Buffer.alloc(1000)
  const from = fs.open(path, 'read')
  const length = fs.read(from, bytes, bytes.length, 0)
  fs.close(from)
  return bytes.subarray(0, length)
}

function copy(fs: FileSystem, from: string, to: string): void {
  const target = fs.open(to, 'update')
  fs.write(target, bytesOf(fs, from), 0)
  fs.close(target)
}

const ways: Record<string, (fs: FileSystem) => void> = {
  'a copy renamed over it': (fs) => {
    copy(fs, LOCK, `${LOCK}.copy`)
    fs.rename(`${LOCK}.copy`, LOCK)
  },
  'moved away, a copy in its place': (fs) => {
    fs.rename(LOCK, `${LOCK}.away`)
    copy(fs, `${LOCK}.away`, LOCK)
  },
  removed: (fs) => fs.remove(LOCK),
  'moved away': (fs) => fs.rename(LOCK, `${LOCK}.away`),
}

/** Its event begins a new segment where the other one's does not. */
const LONG = 'author'.repeat(20)

type OpenLog = Log & FileLogExtras
type Append = (log: OpenLog, n: number, before: number) => Promise<number | undefined>

/** `append` of event 100, before whose n-th call the lock is replaced and another process appends event 101. */
async function appendBoth(n: number, before: number, replace: (fs: FileSystem) => void, append: Append) {
  const disk = createDisk()
  const opened = { ...options, fs: disk.fs }
  const [one, other] = [await openFileLog(STORY_DIRECTORY, opened), await openFileLog(STORY_DIRECTORY, opened)]
  for (let count = 1; count <= before; count += 1) await one.append(sampleEvent(count, false), 'any')
  let calls = 0
  let meanwhile: Promise<AppendResult> | undefined
  let isRotating = false
  disk.plan((_call, name, path) => {
    isRotating = name === 'facts' && path === LOCK ? true : isRotating && name !== 'writtenTo'
    if (!isRotating) calls += 1
    if (calls !== n) return undefined
    disk.plan(() => undefined)
    replace(disk.fs)
    meanwhile = other.append({ ...sampleEvent(101, n % 2 === 0), type: 'a.b', by: 'c' }, 'any')
    return undefined
  })
  const sequence = await append(one, 100, before)
  const others = await meanwhile
  for (const log of [one, other]) log.close()
  return { disk, isOver: others === undefined, told: [sequence, others?.sequence] }
}

/** Goes through all calls of `append`; how often it was refused. */
async function atEachCall(replace: (fs: FileSystem) => void, before: number, append: Append): Promise<number> {
  let refused = 0
  for (let n = 1; ; n += 1) {
    const { disk, isOver, told } = await appendBoth(n, before, replace, append)
    if (isOver) {
      assert.ok(n > 6, `only ${n} calls`)
      return refused
    }
    if (told[0] === undefined) refused += 1
    const log = await openFileLog(STORY_DIRECTORY, { ...options, fs: disk.kill().fs })
    const found = new Map((await readAll(log)).map(({ seq, data }) => [data['n'], seq]))
    log.close()
    assert.equal([found.get(100), found.get(101)], told, `${before} before, call ${n}`)
    const noted = decodeNote(bytesOf(disk.fs, LOCK))
    assert.is(noted.kind === 'note' && noted.note.sequence, Math.max(...found.values()), 'what the lock notes')
    const { ok } = await verifyLog(STORY_DIRECTORY, tallyFold(), { fs: disk.fs, bootId: options.bootId })
    assert.ok(ok, `${before} before, call ${n}`)
  }
}

for (const [how, replace] of Object.entries(ways)) {
  twoLocks(`${how}: both events are in the log, each where its writer was told`, async () => {
    /* The fifth begins a new segment. */
    for (const before of [3, 4, 5]) {
      for (const durable of [false, true]) {
        const append: Append = async (log, n) =>
          (await log.append({ ...sampleEvent(n, durable), by: LONG }, 'any')).sequence
        assert.is(await atEachCall(replace, before, append), 0)
      }
    }
  })

  twoLocks(`${how}: a group is written once or refused, and its decisions are asked for once`, async () => {
    let asked = 0
    const append: Append = async (log, n, before) => {
      let calls = 0
      const fill: Group['fill'] = (add) => {
        calls += 1
        add({ ...sampleEvent(n, true), by: LONG })
      }
      const group = { expected: before, ts: '2026-01-08T12:45:32.000Z', fill }
      const result = await log.appendAll(group).catch((error: LogError) => error)
      asked += calls
      assert.ok(calls <= 1)
      if (result instanceof LogError) {
        assert.match(result.message, /lock was replaced while it was held. Nothing was recorded; run the command again/)
        return undefined
      }
      return result.kind === 'appended' ? result.records[0]?.seq : undefined
    }
    for (const before of [3, 4, 5]) assert.ok((await atEachCall(replace, before, append)) > 0)
    assert.ok(asked > 0)
  })
}

twoLocks.run()
