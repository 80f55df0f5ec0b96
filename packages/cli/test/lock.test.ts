import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { openCoordination } from '@coordlog/runtime/coordination'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CallOptions, endOf, git, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord lock')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const alice = { env: { COORD_INSTANCE_ID: 'alice' } }
const bob = { env: { COORD_INSTANCE_ID: 'bob' } }

function events(text: string): { seq: number; type: string; by: string; data: Record<string, unknown> }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('a lock is taken, refused to others with all that they need, and given back', async ({ coord }) => {
  const taken = JSON.parse(
    (await coord(['lock', 'acquire', 'src/app.ts', '--reason', 'rename', '--json'], alice)).stdout,
  )
  assert.is(taken.ok, true)
  assert.equal(taken.paths, ['src/app.ts'])
  assert.is(taken.token, taken.sequence)
  assert.match(taken.expiresAt, /^\d{4}-\d\d-\d\dT.*Z$/)

  const refused = await coord(['lock', 'acquire', './src/../src/app.ts'], bob)
  assert.is(refused.code, 3)
  assert.is(refused.stdout, '')
  assert.match(refused.stderr, /^File src\/app\.ts is locked by instance alice\n/)
  for (const label of [
    'Role: manual',
    'Task: (none)',
    'Reason: rename',
    'Since: ',
    `token ${taken.token}`,
    'Until: ',
  ]) {
    assert.ok(refused.stderr.includes(label), `${label} in ${refused.stderr}`)
  }
  assert.match(refused.stderr, /coord lock acquire --wait 5m \.\/src\/\.\.\/src\/app\.ts\n/)

  const document = JSON.parse((await coord(['lock', 'acquire', 'src/app.ts', '--json'], bob)).stdout)
  const { ok, error, exitCode, holder, path } = document
  assert.equal(
    { ok, error, exitCode, holder, path },
    { ok: false, error: 'held', exitCode: 3, holder: 'alice', path: 'src/app.ts' },
  )

  const released = JSON.parse((await coord(['lock', 'release', 'src/app.ts', '--json'], alice)).stdout)
  assert.equal(released.released, [{ path: 'src/app.ts', holder: 'alice', token: taken.token }])
  assert.is((await coord(['lock', 'acquire', 'src/app.ts'], bob)).code, 0)
  const types = events((await coord(['log', '--json', '--type', 'lock'])).stdout).map(({ type }) => type)
  assert.equal(types, ['lock.acquired', 'lock.denied', 'lock.denied', 'lock.released', 'lock.acquired'])
})

test('several paths: all of them or none, and one event', async ({ coord }) => {
  await coord(['lock', 'acquire', 'src/b.ts'], alice)
  assert.is((await coord(['lock', 'acquire', 'src/a.ts', 'src/b.ts', 'src/c.ts'], bob)).code, 3)
  assert.equal(
    JSON.parse((await coord(['lock', 'list', '--json'])).stdout).locks.map((lock: { path: string }) => lock.path),
    ['src/b.ts'],
  )
  await coord(['lock', 'acquire', 'src/a.ts', 'src/c.ts', 'src/a.ts'], bob)
  const last = events((await coord(['log', '--json', '--limit', '1'])).stdout)[0]
  assert.equal(last?.data['paths'], ['src/a.ts', 'src/c.ts'])
})

test('check: 0 for free and own, 1 for held, and nothing is recorded', async ({ coord }) => {
  assert.equal(await coord(['lock', 'check', 'src/app.ts']), { code: 0, stdout: 'Free: src/app.ts\n', stderr: '' })
  await coord(['lock', 'acquire', 'src/app.ts'], alice)
  const before = (await coord(['log', '--json'])).stdout
  assert.is((await coord(['lock', 'check', 'src/app.ts'], alice)).code, 0)
  const held = await coord(['lock', 'check', 'src/app.ts'], bob)
  assert.is(held.code, 1)
  assert.match(held.stdout, /^File src\/app\.ts is locked by instance alice\n/)
  const document = JSON.parse((await coord(['lock', 'check', 'src/app.ts', '--json'], bob)).stdout)
  assert.equal([document.held, document.mine, document.refusals.length], [true, false, 1])
  assert.is((await coord(['log', '--json'])).stdout, before)
})

test('release: not by others, not with a stale token, by force only with a reason', async ({ coord }) => {
  const { token } = JSON.parse((await coord(['lock', 'acquire', 'src/app.ts', '--json'], alice)).stdout)
  const foreign = await coord(['lock', 'release', 'src/app.ts', '--json'], bob)
  assert.equal([foreign.code, JSON.parse(foreign.stdout).error], [3, 'not-holder'])
  const stale = await coord(['lock', 'release', 'src/app.ts', '--token', String(token + 1)], alice)
  assert.is(stale.code, 3)
  assert.ok(
    stale.stderr.includes(`Token ${token + 1} of src/app.ts is stale: its lock has token ${token} now`),
    stale.stderr,
  )
  assert.is((await coord(['lock', 'release', 'src/app.ts', '--force'], bob)).code, 2)
  assert.is((await coord(['lock', 'release', 'src/app.ts', '--force', '--reason', 'gone home'], bob)).code, 0)
  const last = events((await coord(['log', '--json', '--limit', '1'])).stdout)[0]
  assert.equal([last?.by, last?.data['cause'], last?.data['reason']], ['bob', 'forced', 'gone home'])
  const nothing = await coord(['lock', 'release', 'src/app.ts'], alice)
  assert.equal([nothing.code, nothing.stdout], [0, 'Nothing to release: src/app.ts was not locked\n'])
})

test('release --all gives back what the instance holds, and nothing of others', async ({ coord }) => {
  await coord(['lock', 'acquire', 'a', 'b'], alice)
  await coord(['lock', 'acquire', 'c'], bob)
  assert.is((await coord(['lock', 'release', '--all', 'a'], alice)).code, 2)
  assert.is(JSON.parse((await coord(['lock', 'release', '--all', '--json'], alice)).stdout).released.length, 2)
  assert.equal(
    JSON.parse((await coord(['lock', 'list', '--json'])).stdout).locks.map((lock: { path: string }) => lock.path),
    ['c'],
  )
})

test('--wait gets the lock when it is given back, and records one refusal for all its tries', async ({ coord }) => {
  await coord(['lock', 'acquire', 'src/app.ts'], alice)
  let tries = 0
  const open: CallOptions['open'] = async (options) => {
    const coordination = await openCoordination(options)
    const { execute } = coordination
    return Object.assign(coordination, {
      execute: (ask: Parameters<typeof execute>[0]) => {
        if (ask.type === 'lock.acquire') tries++
        return execute(ask)
      },
    })
  }
  const waiting = coord(['lock', 'acquire', 'src/app.ts', '--wait', '1h', '--json'], { ...bob, open })
  const denials = async () => events((await coord(['log', '--type', 'lock.denied', '--json'])).stdout).length
  // What others record wakes it; it is given back only when it has tried in vain three times.
  for (let n = 0; tries < 4; n++) {
    await coord(['lock', 'acquire', `other${n}`], alice)
    await breathe()
  }
  await coord(['lock', 'release', 'src/app.ts'], alice)
  const { code, stdout } = await waiting
  assert.equal([code, JSON.parse(stdout).ok, await denials()], [0, true, 1])
})

test('--wait gives up in time with the refusal, and ends quietly on an interrupt', async ({ coord, start }) => {
  await coord(['lock', 'acquire', 'src/app.ts'], alice)
  const late = await coord(['lock', 'acquire', 'src/app.ts', '--wait', '1s'], bob)
  assert.is(late.code, 3)
  assert.match(late.stderr, /^File src\/app\.ts is locked by instance alice/)
  const waiting = start(['lock', 'acquire', 'src/app.ts', '--wait', '1h'], { env: { COORD_INSTANCE_ID: 'carol' } })
  while ((await coord(['log', '--instance', 'carol', '--type', 'lock.denied'])).stdout === '') await breathe()
  waiting.kill('SIGINT')
  let said = ''
  waiting.stderr?.on('data', (chunk) => {
    said += chunk
  })
  assert.equal([await endOf(waiting), said], [{ code: 130, signal: null }, ''])
})

test('an expired lock is free, and taking it over is told and recorded', async ({ coord }) => {
  const env = { COORD_INSTANCE_ID: 'alice' }
  await coord(['lock', 'acquire', 'f', '--ttl', '10s'], { at: '2026-01-08T12:00:00.000Z', env })
  const before = await coord(['lock', 'check', 'f'], { at: '2026-01-08T12:00:09.999Z' })
  assert.is(before.code, 1)
  const at = '2026-01-08T12:00:10.000Z'
  assert.is((await coord(['lock', 'check', 'f'], { at })).code, 0)
  const taken = await coord(['lock', 'acquire', 'f'], { at, env: { COORD_INSTANCE_ID: 'bob' } })
  assert.is(taken.code, 0)
  assert.match(taken.stderr, /^Note: f was taken over from instance alice \(token 2\): its lock had expired\.\n/)
})

test('a lock of a process that is gone is free', async ({ coord, start }) => {
  const child = start(['log', '--follow'])
  await coord(['instance', 'register', '--instance', 'dying', '--pid', String(child.pid)])
  await coord(['lock', 'acquire', 'src/app.ts', '--instance', 'dying'])
  assert.is((await coord(['lock', 'check', 'src/app.ts'])).code, 1)
  child.kill('SIGKILL')
  await endOf(child)
  assert.is((await coord(['lock', 'check', 'src/app.ts'])).code, 0)
  const cleaned = await coord(['lock', 'cleanup'])
  assert.ok(cleaned.stderr.startsWith('Cleaning up crashed instance: dying (last seen '), cleaned.stderr)
  assert.is(cleaned.stdout, 'Instances ended: 1\nLocks freed: 1 (0 expired)\n  - src/app.ts (dying)\n')
  assert.is((await coord(['instance', 'list'])).stdout, 'No instances.\n')
})

test('cleanup of nothing says so and records nothing', async ({ coord }) => {
  await coord(['lock', 'acquire', 'f'], alice)
  const { sequence } = JSON.parse((await coord(['status', '--json'])).stdout)
  const document = JSON.parse((await coord(['lock', 'cleanup', '--json'])).stdout)
  assert.equal(document, { ok: true, sequence, ended: [], expired: [], released: [] })
})

test('one file has one lock, from every folder, worktree and name', async ({ coord, repository, folder }) => {
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'first')
  git(repository, 'worktree', 'add', '-q', join(folder, 'tree'), '-b', 'side')
  symlinkSync(join(repository, 'src'), join(repository, 'link'))
  mkdirSync(join(folder, 'tree/src'))
  await coord(['lock', 'acquire', 'src/app.ts'], alice)
  for (const [cwd, path] of [
    [join(repository, 'src'), 'app.ts'],
    [repository, join(repository, 'src/app.ts')],
    [repository, 'link/app.ts'],
    [join(folder, 'tree'), 'src/app.ts'],
  ] as const) {
    assert.is((await coord(['lock', 'check', path], { cwd, ...bob })).code, 1, `${cwd} ${path}`)
  }
  for (const path of ['src/app.ts', join(repository, 'src/app.ts')]) {
    assert.is(
      (await coord(['lock', 'check', path, '--repo', 'repo'], { cwd: folder, ...bob })).code,
      1,
      `--repo ${path}`,
    )
  }
})

test('a request too large for one record is refused whole, with the limit', async ({ coord }) => {
  const paths = Array.from({ length: 40 }, (_, n) => `${`${n}/${'x'.repeat(200)}/`.repeat(9)}f`)
  const { code, stderr } = await coord(['lock', 'acquire', ...paths])
  assert.is(code, 2, stderr)
  assert.match(stderr, /65,?536|64 KiB/)
  assert.is((await coord(['lock', 'list'])).stdout, 'No locks.\n')
})

test('what is no file of the repository is refused with the reason', async ({ coord, folder }) => {
  const rows = [
    ['../outside', 2, 'outside the repository'],
    ['/etc/passwd', 2, 'outside the repository'],
    ['.', 2, 'it is a folder'],
    ['src/', 2, 'it names a folder'],
    ['', 2, 'it is empty'],
    ['~/x', 2, 'not expanded'],
    ['x'.repeat(5000), 2, 'the limit is 4096'],
  ] as const
  for (const [path, code, words] of rows) {
    const ended = await coord(['lock', 'acquire', path])
    assert.is(ended.code, code, path)
    assert.ok(ended.stderr.includes(words), `${words} in ${ended.stderr}`)
  }
  assert.is((await coord(['log'], { cwd: folder })).stdout, '')
})

test.run()
