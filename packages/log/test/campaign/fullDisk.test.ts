import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogError } from '../../src/errors.js'
import { openFileLog } from '../../src/fileLog.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'
import { rounds } from './length.js'

const fullDisk = suite('a full disk')

/** Appends large events until one is refused; how many were taken, and the refusal. */
async function fill(log: Awaited<ReturnType<typeof openFileLog>>, first: number): Promise<[number, LogError]> {
  for (let n = first; ; n += 1) {
    try {
      await log.append({ ...sampleEvent(n), data: { n, text: 'x'.repeat(30_000) } }, 'any')
    } catch (error) {
      if (error instanceof LogError) return [n - first, error]
      throw error
    }
  }
}

/** Four rounds on one small disk: full, room again. More would leave no room for what fills it. */
async function fillAndMakeRoom(mountPoint: string, variation: number): Promise<void> {
  const directory = join(mountPoint, 'log')
  const log = await openFileLog(directory)
  let count = 0
  for (let round = 0; round < 4; round += 1) {
    writeFileSync(join(mountPoint, 'ballast'), Buffer.alloc(120_000 - variation - round * 9_111))
    const [taken, refusal] = await fill(log, count + 1)
    count += taken
    assert.is(refusal.code, 'io')
    assert.match(refusal.message, /Make room|make room/)
    assert.is((await readAll(log)).length, count)
    rmSync(join(mountPoint, 'ballast'))
    assert.is((await log.append(sampleEvent(count + 1), count)).kind, 'appended')
    count += 1
  }
  log.close()
  const report = await verifyLog(directory, tallyFold())
  assert.ok(report.ok)
  assert.is(report.sequence, count)
  assert.equal(report.notices, [])
}

fullDisk(
  'I1 I3: on a disk that is really full an append is refused, nothing half written stays, and with space it goes on',
  async () => {
    for (let disk = 0; disk < rounds(1, 30); disk += 1) {
      const mountPoint = scratchDirectory()
      mkdirSync(mountPoint)
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k,mode=0700', 'tmpfs', mountPoint])
      if (mounted.status !== 0) {
        process.stdout.write('\nSKIP a full disk: this user may not mount a small file system\n')
        return
      }
      try {
        await fillAndMakeRoom(mountPoint, disk * 997)
      } finally {
        // Lazily: after a failure the log may still be open.
        spawnSync('umount', ['-l', mountPoint])
      }
    }
  },
)

fullDisk.run()
