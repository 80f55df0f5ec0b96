import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogErrorCode } from '../../src/contract.js'
import { LogError } from '../../src/errors.js'
import { openFileLog } from '../../src/fileLog.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'

/** An open log believes for 2 ms that its paths still lead to its files (PATH_TRUST_MS). */
const trustIsOver = () => sleep(20)

const hostile = suite('hostile files')

const SEGMENT = 'segments/00000000000000000001.ndjson'

async function smallLog(): Promise<string> {
  const directory = scratchDirectory()
  const log = await openFileLog(directory)
  await appendSamples(log, 3)
  log.close()
  return directory
}

/** Opens, appends and loads; the code and message of what goes wrong. */
async function refusal(directory: string): Promise<[LogErrorCode | 'none', string]> {
  try {
    const log = await openFileLog(directory, { lockDeadlineMs: 100 })
    try {
      await log.append(sampleEvent(4), 'any')
      const { damage } = await log.load(tallyFold())
      return ['none', damage?.reason ?? 'nothing went wrong']
    } finally {
      log.close()
    }
  } catch (error) {
    if (error instanceof LogError) return [error.code, error.message]
    throw error
  }
}

async function isRefused(directory: string, code: LogErrorCode, what: RegExp): Promise<void> {
  const [found, message] = await refusal(directory)
  assert.is(found, code, message)
  assert.match(message, what)
  assert.match(message, /run: coord doctor|coord doctor/i, 'what to run next')
}

function fifo(path: string): void {
  assert.is(spawnSync('mkfifo', [path]).status, 0)
}

hostile('a directory that is a link, a file, or writable by everybody', async () => {
  const real = await smallLog()
  const link = `${scratchDirectory()}-link`
  symlinkSync(real, link)
  await isRefused(link, 'unsafe', /is a symbolic link/)
  const file = scratchDirectory()
  writeFileSync(file, 'x')
  await isRefused(file, 'unsafe', /is not a directory/)
  chmodSync(real, 0o777)
  await isRefused(real, 'unsafe', /has mode 777 and is writable by everybody/)
})

hostile('a directory of somebody else', async () => {
  if (process.geteuid?.() !== 0) {
    process.stdout.write('\nSKIP a directory of somebody else: only root can give a file away\n')
    return
  }
  const directory = await smallLog()
  chownSync(directory, 12345, 12345)
  await isRefused(directory, 'unsafe', /belongs to user 12345, and this process is user 0/)
})

for (const name of ['lock', SEGMENT]) {
  hostile(`${name}: a link, a fifo or a folder in its place is refused, and nothing waits`, async () => {
    const elsewhere = `${scratchDirectory()}-elsewhere`
    for (const put of [
      (path: string) => {
        writeFileSync(elsewhere, '')
        symlinkSync(elsewhere, path)
      },
      fifo,
      (path: string) => mkdirSync(path),
    ]) {
      const directory = await smallLog()
      const path = join(directory, name)
      rmSync(path)
      put(path)
      const [code, message] = await refusal(directory)
      assert.ok(code === 'unsafe' || code === 'io' || code === 'damaged', `${code} ${message}`)
      assert.match(message, /coord (doctor|verify)/)
      assert.is(existsSync(elsewhere) ? readFileSync(elsewhere, 'utf8') : '', '', 'a file was written elsewhere')
    }
  })
}

hostile('readers of a directory that is not there create nothing', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory)
  assert.is((await log.load(tallyFold())).sequence, 0)
  assert.equal(log.head(), { sequence: 0, h: '636f6f72646c6f67' })
  assert.equal(await readAll(log), [])
  log.close()
  assert.not(existsSync(directory))
})

hostile('a read-only directory is read, and an append says why it is denied', async () => {
  const directory = await smallLog()
  const script = `
    process.setegid(54321); process.seteuid(54321)
    const { openFileLog } = await import(${JSON.stringify(new URL('../../src/fileLog.js', import.meta.url).href)})
    const log = await openFileLog(${JSON.stringify(directory)})
    let count = 0
    for await (const record of log.read()) count += record.seq > 0 ? 1 : 0
    const denied = await log.append({ ts: '2026-01-08T12:45:32.000Z', type: 'a.b', by: 'c', data: {}, durable: true }, 'any').catch((error) => error.code)
    console.log(count + ' ' + denied)`
  if (process.geteuid?.() !== 0) {
    process.stdout.write('\nSKIP a read-only directory: only root can hand a directory to another user\n')
    return
  }
  const names = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)))
  for (const path of [directory, ...names]) {
    chownSync(path, 54321, 54321)
    chmodSync(path, path.endsWith('lock') || path.endsWith('.ndjson') ? 0o400 : 0o500)
  }
  for (
    let folder = dirname(directory);
    folder !== dirname(folder) && folder.includes('coordlog-log-');
    folder = dirname(folder)
  )
    chmodSync(folder, 0o755)
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.is(ran.stdout.trim(), '3 denied', ran.stderr)
})

hostile('opened to be read only, it refuses to append and writes nothing', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { readOnly: true })
  const error = await log.append(sampleEvent(1), 'any').catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LogError && error.code === 'denied')
  assert.not(existsSync(directory))
  log.close()
})

hostile('I8: the lock file replaced in use: the open log goes over to the new one', async () => {
  const directory = await smallLog()
  const log = await openFileLog(directory)
  await appendSamples(log, 1, 4)
  const bytes = readFileSync(join(directory, 'lock'))
  rmSync(join(directory, 'lock'))
  writeFileSync(join(directory, 'lock'), bytes, { mode: 0o600 })
  const other = await openFileLog(directory)
  await appendSamples(other, 1, 5)
  await trustIsOver()
  await appendSamples(log, 1, 6)
  assert.equal(
    (await readAll(log)).map(({ data }) => data['n']),
    [1, 2, 3, 4, 5, 6],
  )
  log.close()
  other.close()
})

hostile(
  'the segment replaced in use by a copy: the open log writes to the copy, not to the file that is gone',
  async () => {
    const directory = await smallLog()
    const log = await openFileLog(directory)
    await appendSamples(log, 1, 4)
    const path = join(directory, SEGMENT)
    const bytes = readFileSync(path)
    renameSync(path, `${path}.old`)
    writeFileSync(path, bytes, { mode: 0o600 })
    await trustIsOver()
    await appendSamples(log, 1, 5)
    assert.ok(readFileSync(path).length > bytes.length)
    assert.is(readFileSync(`${path}.old`).length, bytes.length)
    assert.is((await readAll(log)).length, 5)
    log.close()
  },
)

hostile('I14: an older copy put back in use is noticed by the open log and by others', async () => {
  const directory = await smallLog()
  const path = join(directory, SEGMENT)
  const old = readFileSync(path)
  const log = await openFileLog(directory)
  const fold = tallyFold()
  await appendSamples(log, 2, 4)
  await log.load(fold)
  rmSync(path)
  writeFileSync(path, old, { mode: 0o600 })
  await trustIsOver()
  assert.is((await log.load(fold)).damage?.kind, 'rewound')
  assert.is((await refusal(directory))[0], 'damaged')
  const error = await log.append(sampleEvent(9), 'any').catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LogError && error.code === 'damaged')
  log.close()
})

hostile(
  'the whole directory removed in use (git clean -fdx): a new log begins, and nobody writes to the old one',
  async () => {
    const directory = await smallLog()
    const log = await openFileLog(directory)
    const fold = tallyFold()
    await appendSamples(log, 1, 4)
    assert.is((await log.load(fold)).sequence, 4)
    rmSync(directory, { recursive: true })
    await trustIsOver()
    assert.is((await log.load(fold)).sequence, 0)
    assert.equal(await log.append(sampleEvent(5), 4), { kind: 'conflict', sequence: 0 })
    await appendSamples(log, 1, 5)
    const other = await openFileLog(directory)
    assert.equal(
      (await readAll(other)).map(({ seq, data }) => [seq, data['n']]),
      [[1, 5]],
    )
    assert.equal((await log.load(fold)).state.numbers, [5])
    log.close()
    other.close()
  },
)

hostile('moved away and back (git stash, a branch switch) it is the log that it was', async () => {
  const directory = await smallLog()
  const log = await openFileLog(directory)
  await log.load(tallyFold())
  renameSync(directory, `${directory}-away`)
  renameSync(`${directory}-away`, directory)
  await trustIsOver()
  await appendSamples(log, 1, 4)
  assert.is((await readAll(log)).length, 4)
  log.close()
})

hostile('names that do not belong there mean nothing', async () => {
  const directory = await smallLog()
  for (const name of [
    'segments/README',
    'segments/00000000000000000002.ndjson.aside',
    'segments/2.ndjson',
    'snapshots',
    'snapshots/x.json',
    'notes.txt',
  ]) {
    const path = join(directory, name)
    if (name === 'snapshots') mkdirSync(path)
    else writeFileSync(path, 'x')
  }
  assert.equal(await refusal(directory), ['none', 'nothing went wrong'])
})

hostile.run()
