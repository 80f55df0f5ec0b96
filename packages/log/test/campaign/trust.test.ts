import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../../src/fileLog.js'
import { type FileSystem, realFileSystem } from '../../src/fileSystem.js'
import { verifyLog } from '../../src/verify.js'
import { appendSamples, readAll, sampleEvent, tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'

/**
 * The lock file replaced by hand within the 2 ms for which an open log believes its paths (docs/adr/0007). Where the clock of the
 * open log stands still, it never looks again.
 */
const trust = suite('a lock replaced while it is believed to be in place')

const stopped = { now: () => 0 }

/** Another process that appends the n-th sample; what it says. */
function appendElsewhere(directory: string, n: number): string {
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const script = `
    const { openFileLog } = await import(${at('../../src/fileLog.js')})
    const { sampleEvent } = await import(${at('../sample.js')})
    const log = await openFileLog(${JSON.stringify(directory)}, { lockDeadlineMs: 50 })
    console.log(await log.append(sampleEvent(${n}), 'any').then(({ sequence }) => sequence, (error) => error.code))
    log.close()`
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.is(ended.status, 0, ended.stderr)
  return ended.stdout.trim()
}

const replace = {
  'a copy renamed over it': (path: string) => {
    writeFileSync(`${path}.copy`, readFileSync(path), { mode: 0o600 })
    renameSync(`${path}.copy`, path)
  },
  'removed, and a copy in its place': (path: string) => {
    const bytes = readFileSync(path)
    rmSync(path)
    writeFileSync(path, bytes, { mode: 0o600 })
  },
}

const takeAway = {
  removed: (path: string) => rmSync(path),
  'moved away': (path: string) => renameSync(path, `${path}.away`),
}

/** A disk on which, once, something happens just before the line of an event is written. */
function beforeNextLine(happens: () => void): FileSystem {
  let isDone = false
  return {
    ...realFileSystem,
    write(descriptor, bytes, position) {
      if (!isDone && bytes[0] === 0x7b) {
        isDone = true
        happens()
      }
      return realFileSystem.write(descriptor, bytes, position)
    },
  }
}

for (const [how, act] of Object.entries(replace)) {
  trust(`${how}: whoever appends after the other one sees what that one wrote, and nothing is lost`, async () => {
    const directory = scratchDirectory()
    const log = await openFileLog(directory, stopped)
    await appendSamples(log, 3)
    act(join(directory, 'lock'))
    assert.is(appendElsewhere(directory, 4), '4')
    await appendSamples(log, 1, 5)
    assert.is(appendElsewhere(directory, 6), '6')
    await appendSamples(log, 1, 7)
    log.close()
    const again = await openFileLog(directory)
    assert.equal(
      (await readAll(again)).map(({ data }) => data['n']),
      [1, 2, 3, 4, 5, 6, 7],
    )
    again.close()
    assert.ok((await verifyLog(directory, tallyFold())).ok)
  })
}

trust('while one writes, the other is kept out by the lock', async () => {
  const directory = scratchDirectory()
  let said = ''
  const log = await openFileLog(directory)
  await appendSamples(log, 3)
  log.close()
  const fs = beforeNextLine(() => {
    said = appendElsewhere(directory, 4)
  })
  const writing = await openFileLog(directory, { fs })
  await appendSamples(writing, 1, 4)
  writing.close()
  assert.is(said, 'busy')
  assert.ok((await verifyLog(directory, tallyFold())).ok)
})

for (const [how, act] of Object.entries({ ...replace, ...takeAway })) {
  trust(
    `${how}, between a look at its path and a write: two write at once, and neither is told anything untrue`,
    async () => {
      const directory = scratchDirectory()
      const first = await openFileLog(directory)
      await appendSamples(first, 3)
      first.close()
      let said = ''
      const fs = beforeNextLine(() => {
        act(join(directory, 'lock'))
        said = appendElsewhere(directory, 4)
      })
      const writing = await openFileLog(directory, { fs })
      const result = await writing.append(sampleEvent(40), 'any')
      writing.close()
      /* Without a head note, the other one records first that there was none. */
      const other = how in replace ? 4 : 5
      assert.equal([said, result.sequence], [String(other), other + 1])
      const reader = await openFileLog(directory)
      const numbers = (await readAll(reader)).map(({ data }) => data['n']).filter((n) => n !== undefined)
      assert.equal(numbers, [1, 2, 3, 4, 40])
      reader.close()
      assert.ok((await verifyLog(directory, tallyFold())).ok)
    },
  )
}

trust('whoever expected to be the next one, and was not, is told of a conflict', async () => {
  const directory = scratchDirectory()
  const first = await openFileLog(directory)
  await appendSamples(first, 3)
  first.close()
  const fs = beforeNextLine(() => {
    replace['a copy renamed over it'](join(directory, 'lock'))
    assert.is(appendElsewhere(directory, 4), '4')
  })
  const writing = await openFileLog(directory, { fs })
  assert.equal(await writing.append(sampleEvent(40), 3), { kind: 'conflict', sequence: 4 })
  writing.close()
  assert.ok((await verifyLog(directory, tallyFold())).ok)
})

trust.run()
