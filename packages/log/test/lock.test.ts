import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogError } from '../src/errors.js'
import { openFileLog } from '../src/fileLog.js'
import { loadFlock, realFileSystem } from '../src/fileSystem.js'
import { busyError, holderFrom, startPatience } from '../src/flock.js'
import { logFiles } from './logFiles.js'
import { appendSamples, readAll, sampleEvent } from './sample.js'
import { scratchDirectory } from './scratch.js'

const lock = suite('the lock')
lock.before(loadFlock)

async function heldLog() {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { lockDeadlineMs: 60 })
  await appendSamples(log, 1)
  const descriptor = realFileSystem.open(logFiles(directory).lock, 'update')
  assert.ok(realFileSystem.tryLock(descriptor))
  return { directory, log, descriptor }
}

lock('a lock that is held ends as busy at the deadline and names the process', async () => {
  const { log, descriptor } = await heldLog()
  const error = await log.append(sampleEvent(2), 'any').catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LogError)
  assert.is(error.code, 'busy')
  assert.is(error.facts['processId'], process.pid)
  assert.match(error.message, new RegExp(`process ${process.pid} `))
  assert.match(error.message, /run the command again/)
  realFileSystem.close(descriptor)
  assert.is((await log.append(sampleEvent(2), 1)).kind, 'appended', 'it is free when its holder closes')
  log.close()
})

lock('readers do not wait for it', async () => {
  const { log, descriptor } = await heldLog()
  assert.is((await readAll(log)).length, 1)
  assert.is(log.head().sequence, 1)
  realFileSystem.close(descriptor)
  log.close()
})

lock('calls of one process that wait for it are never inside together, though they share the descriptor', async () => {
  const { directory, log, descriptor } = await heldLog()
  const patient = await openFileLog(directory, { lockDeadlineMs: 10_000 })
  const appends = Array.from({ length: 20 }, (_, index) => patient.append(sampleEvent(index + 2), 'any'))
  setTimeout(() => realFileSystem.close(descriptor), 30)
  const sequences = (await Promise.all(appends)).map(({ sequence }) => sequence).sort((left, right) => left - right)
  assert.equal(
    sequences,
    Array.from({ length: 20 }, (_, index) => index + 2),
  )
  assert.is((await readAll(log)).length, 21)
  log.close()
  patient.close()
})

lock('the holder is found in /proc/locks by its inode, and only a flock counts', () => {
  const text = [
    '1: POSIX  ADVISORY  WRITE 11 fe:00:500 0 EOF',
    '2: FLOCK  ADVISORY  WRITE 22 fe:00:400 0 EOF',
    '3: FLOCK  ADVISORY  WRITE 33 fe:00:500 0 EOF',
    '3: -> FLOCK  ADVISORY  WRITE 44 fe:00:500 0 EOF',
  ].join('\n')
  assert.is(holderFrom(text, 500), 33)
  assert.is(holderFrom(text, 50), undefined)
})

lock('where the system does not tell, the process that wrote last is named as that', () => {
  const silent = { ...realFileSystem, systemText: () => undefined }
  assert.match(busyError(silent, 'x/lock', 1, 60, 777).message, /the process that wrote last is 777/)
  assert.match(busyError(silent, 'x/lock', 1, 60, undefined).message, /its holder is not known/)
})

lock('pauses double up to 50 ms, shortened by chance, and end with the deadline', async () => {
  let time = 0
  const patience = startPatience({ deadlineMs: 5, now: () => time, random: () => 0 })
  assert.not(patience.isOver())
  await patience.pause()
  time = 5
  assert.ok(patience.isOver())
  assert.is(patience.waitedMs(), 5)
})

lock.run()
