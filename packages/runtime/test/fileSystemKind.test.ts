import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configFile, setConfigValue } from '../src/config.js'
import { openCoordination } from '../src/coordination.js'
import { type FileSystemKind, fileSystemUnder, kindOf } from '../src/fileSystemKind.js'
import { forgetRepositories } from '../src/place.js'
import { RuntimeProblem } from '../src/problems.js'
import { type Scratch, scratch } from './scratchRepository.js'

const test = suite<{ scratch: Scratch; top: string }>('file system')
test.before.each((context) => {
  context.scratch = scratch()
  forgetRepositories()
  context.top = context.scratch.repository('app')
})
test.after.each((context) => context.scratch.remove())

const mounts = [
  '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '40 22 0:35 / /home/dev rw,relatime shared:1 - fuse.sshfs dev@host rw',
  '41 22 0:36 / /home/dev/my\\040app rw,relatime - virtiofs share rw',
].join('\n')

test('what machines share is told from what they do not', () => {
  const shared = (folder: string, magic: number) => kindOf(folder, magic, () => mounts).isShared
  for (const magic of [0x6969, 0xff534d42, 0xfe534d42, 0x01021997]) assert.ok(shared('/x', magic))
  for (const magic of [0xef53, 0x01021994, 0x1234]) assert.not.ok(shared('/x', magic))
  assert.ok(shared('/home/dev/my app/.git', 0x65735546), 'virtiofs looks like any fuse but for its mount')
  assert.not.ok(shared('/home/dev/other', 0x65735546))
  assert.is(kindOf('/home/dev/other', 0x65735546, () => mounts).name, 'fuse')
})

test('this folder is on something local', ({ top }) => {
  const kind = fileSystemUnder(join(top, 'not', 'there', 'yet'))
  if (process.platform === 'linux') assert.is(kind?.isShared, false)
})

const nfs: FileSystemKind = { name: 'nfs', concern: 'flock may not hold', isShared: true }

async function heartbeatOn(top: string, more: { allowNetworkFs?: boolean } = {}): Promise<number> {
  const options = { cwd: top, env: {}, lockDeadlineMs: 1_000, fileSystemUnder: () => nfs, ...more }
  const coordination = await openCoordination(options)
  try {
    const facts = { host: 'h', role: 'r', task: '', worktree: top, cwd: top, idPrefix: 'manual', nonce: '0'.repeat(32) }
    const register = { type: 'instance.register', session: 's', manual: true, ...facts } as const
    return (await coordination.execute<'instance.register'>(register)).sequence
  } finally {
    coordination.close()
  }
}

test('on a shared file system nothing is recorded, reading works, and it is said what to do', async ({ top }) => {
  let problem: unknown
  await heartbeatOn(top).catch((error: unknown) => {
    problem = error
  })
  assert.instance(problem, RuntimeProblem)
  assert.is((problem as RuntimeProblem).code, 'unsafe')
  assert.match((problem as RuntimeProblem).message, /nfs.*log\.networkFs allow.*--allow-network-fs/s)
  assert.not.ok(existsSync(join(top, '.git', 'coordlog')))
})

test('who knows better may allow it, once or for good', async ({ top }) => {
  assert.is(await heartbeatOn(top, { allowNetworkFs: true }), 1)
  const place = { worktree: top, mainCheckout: top, kind: 'git', commonDir: '', branch: '', directory: '' } as const
  setConfigValue(place, 'log.networkFs', 'allow')
  assert.ok(existsSync(configFile(place)))
  assert.is(await heartbeatOn(top), 1, 'registered before: nothing new')
})

test.run()
