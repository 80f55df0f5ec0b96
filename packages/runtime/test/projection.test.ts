import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { realFileSystem } from '@coordlog/log/fileSystem'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCoordination } from '../src/coordination.js'
import { acquire, decide, eventsOf, holders, register, type Stage, stage } from './projectionStage.js'

const test = suite<Stage>('the compatibility files')
test.before.each((context) => {
  Object.assign(context, stage())
})
test.after.each((context) => context.remove())

test('every worktree has the same files, as the fold of one sequence', async (s) => {
  await s.act(s.main, register('a', s.main))
  await s.act(s.side, register('b', s.side))
  await s.act(s.side, acquire('b', 'src/x y.ts', 'z.ts'))
  await s.act(s.main, decide('a', 'first'))
  for (const worktree of [s.main, s.side]) {
    const { sequence, instances } = s.json(worktree, 'work-registry.json')
    assert.is(sequence, 4)
    assert.equal(
      instances.map((each: { instance_id: string; worktree_path: string; files_locked: string[] }) => [
        each.instance_id,
        each.worktree_path,
        each.files_locked,
      ]),
      [
        ['a', s.main, []],
        ['b', s.side, ['src/x y.ts', 'z.ts']],
      ],
    )
    assert.equal(
      s.locks(worktree).map((name) => s.json(worktree, `locks/${name}`).file_path),
      ['src/x y.ts', 'z.ts'],
    )
    assert.equal(readdirSync(s.file(worktree, 'heartbeats')).sort(), ['a.json', 'b.json'])
    assert.equal(
      s.json(worktree, 'decision-log.json').decisions.map((each: { title: string }) => each.title),
      ['first'],
    )
  }
  assert.equal(readFileSync(s.file(s.main, 'work-registry.json')), readFileSync(s.file(s.side, 'work-registry.json')))
})

test('what ends goes: locks with their lease, heartbeats with their instance', async (s) => {
  await s.act(s.main, register('a'))
  await s.act(s.main, acquire('a', 'x.ts'))
  assert.is(s.locks(s.side).length, 1)
  await s.act(s.main, (coordination) =>
    coordination.execute<'instance.end'>({
      type: 'instance.end',
      by: 'a',
      instance: 'a',
      reason: 'done',
      manual: true,
    }),
  )
  assert.equal([s.locks(s.main), s.locks(s.side), readdirSync(s.file(s.side, 'heartbeats'))], [[], [], []])
  assert.equal(await eventsOf(s, 'lock.released'), [], 'what coordlog took away was taken for handwork')
})

test('only what changed is written again', async (s) => {
  await s.act(s.main, register('a'))
  await s.act(s.main, acquire('a', 'x.ts'))
  await s.act(s.main, decide('a', 'one'))
  const old = new Date('2020-01-01T00:00:00Z')
  const lock = s.file(s.main, join('locks', s.locks(s.main)[0] ?? ''))
  utimesSync(lock, old, old)
  const registryBefore = readFileSync(s.file(s.main, 'work-registry.json'), 'utf8')
  await s.act(s.main)
  assert.is(readFileSync(s.file(s.main, 'work-registry.json'), 'utf8'), registryBefore, 'nothing happened')
  await s.act(s.main, register('b'))
  assert.is.not(readFileSync(s.file(s.main, 'work-registry.json'), 'utf8'), registryBefore)
  assert.ok(realFileSystem.facts(lock))
  assert.is(readdirSync(s.file(s.main, 'locks')).length, 1)
  const status = (await import('node:fs')).statSync(lock)
  assert.is(status.mtimeMs, old.getTime(), 'an unchanged lock file was written again')
})

test('only the newest decisions are shown when that is asked for; the log keeps all', async (s) => {
  await s.act(s.main, register('a'))
  for (const title of ['one', 'two', 'three']) await s.act(s.main, decide('a', title))
  writeFileSync(s.file(s.main, 'config.json'), '{"compat":{"decisions":2}}')
  await s.act(s.side, decide('a', 'four'))
  assert.equal(
    s.json(s.main, 'decision-log.json').decisions.map((each: { title: string }) => each.title),
    ['three', 'four'],
  )
})

test('off is off, elsewhere is elsewhere, and where coordlog is not set up nothing is written', async (s) => {
  writeFileSync(s.file(s.main, 'config.json'), '{"compat":{"files":"off"}}')
  await s.act(s.main, register('a'))
  assert.not(existsSync(s.file(s.main, 'work-registry.json')))
  rmSync(s.file(s.main, 'config.json'))
  const elsewhere = await openCoordination({
    cwd: s.main,
    env: {},
    dir: join(s.root, 'other'),
    lockDeadlineMs: 1_000,
  })
  await register('b')(elsewhere)
  await elsewhere.tidyUp()
  elsewhere.close()
  assert.not(existsSync(s.file(s.main, 'work-registry.json')))
  rmSync(join(s.side, '.claude'), { recursive: true })
  await s.act(s.main)
  assert.ok(existsSync(s.file(s.main, 'work-registry.json')))
  assert.not(existsSync(join(s.side, '.claude')))
})

test('links are not followed out of the worktree', async (s) => {
  const outside = join(s.root, 'outside')
  rmSync(join(s.side, '.claude'), { recursive: true })
  mkdirSync(join(outside, 'coordination/bin'), { recursive: true })
  writeFileSync(join(outside, 'coordination/bin/coord'), '')
  symlinkSync(outside, join(s.side, '.claude'))
  await s.act(s.main, register('a'))
  rmSync(s.file(s.main, 'locks'), { recursive: true })
  symlinkSync(outside, s.file(s.main, 'locks'))
  await s.act(s.main, acquire('a', 'x.ts'))
  assert.equal(readdirSync(outside), ['coordination'])
  assert.equal(readdirSync(join(outside, 'coordination')), ['bin'])
  assert.match(readFileSync(join(s.main, '.claude/logs/hooks.log'), 'utf8'), /locks is no folder of its own/)
})

test('many at once: in the end all files are the fold of the last event, and nothing was taken for handwork', async (s) => {
  await s.act(s.main, register('a'))
  const all = Array.from({ length: 24 }, async (_, n) => {
    const worktree = n % 2 === 0 ? s.main : s.side
    await s.act(worktree, acquire('a', `f${n}.ts`))
    if (n % 3 === 0) return
    await s.act(worktree, (coordination) =>
      coordination.execute<'lock.release'>({ type: 'lock.release', by: 'a', paths: [`f${n}.ts`], manual: true }),
    )
  })
  await Promise.all(all)
  await s.act(s.side)
  for (const worktree of [s.main, s.side]) {
    assert.is(s.json(worktree, 'work-registry.json').sequence, 1 + 24 + 16)
    assert.is(s.locks(worktree).length, 8)
  }
  const causes = (await eventsOf(s, 'lock.released')).map(({ data }) => data['cause'])
  assert.equal(new Set(causes), new Set(['released']))
})

test('whoever writes keeps others from writing, and a failure is one line', async (s) => {
  await s.act(s.main, register('a'))
  const descriptor = realFileSystem.open(join(s.main, '.git/coordlog/projection.lock'), 'update')
  assert.ok(realFileSystem.tryLock(descriptor))
  await s.act(s.main, register('b'))
  assert.is(s.json(s.main, 'work-registry.json').sequence, 1)
  realFileSystem.close(descriptor)
  await s.act(s.main)
  assert.is(s.json(s.main, 'work-registry.json').sequence, 2)
  if (process.getuid?.() === 0) {
    process.stdout.write('\nSKIP a folder that may not be written: the tests run as root\n')
    return
  }
  chmodSync(s.file(s.main, ''), 0o500)
  await s.act(s.main, register('c'))
  chmodSync(s.file(s.main, ''), 0o700)
  assert.match(readFileSync(join(s.main, '.claude/logs/hooks.log'), 'utf8'), /were not brought up to date: EACCES/)
})

test('hostile names make files here and nowhere else', async (s) => {
  for (const id of ['..', '../../../evil', '__proto__', '-rf']) await s.act(s.main, register(id))
  await s.act(s.main, acquire('..', '__proto__', 'a\n"b"\u202e.ts', 'x'.repeat(3000)))
  assert.is(s.locks(s.main).length, 3)
  assert.equal(
    s
      .locks(s.main)
      .map((name) => s.json(s.main, `locks/${name}`).file_path)
      .sort(),
    ['__proto__', 'a\n"b"\u202e.ts', 'x'.repeat(3000)],
  )
  assert.is(readdirSync(s.file(s.main, 'heartbeats')).length, 4)
  const names = readdirSync(s.root, { recursive: true, encoding: 'utf8' })
  assert.not(names.some((name) => /evil/.test(name) && !name.includes('coordination/heartbeats')))
  const bytes = s
    .locks(s.main)
    .map((name) => readFileSync(s.file(s.main, `locks/${name}`), 'utf8'))
    .join('')
  assert.not(bytes.includes('\u202e'), 'stored escaped')
  await s.act(s.main)
  assert.is((await holders(s)).length, 3)
})

test.run()
