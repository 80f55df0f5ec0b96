import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { realFileSystem } from '@coordlog/log/fileSystem'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Coordination, openCoordination } from '../src/coordination.js'
import { randomId } from '../src/identity.js'
import { forgetRepositories } from '../src/place.js'
import { type Scratch, scratch } from './scratchRepository.js'

/** A repository with a linked worktree, coordlog set up in both; what stands in their .claude/coordination. */
interface Stage extends Scratch {
  main: string
  side: string
  opened: Coordination[]
  open(worktree: string, at?: string): Promise<Coordination>
  /** What a command does: open, work, tidy up, close. Returns the notes. */
  act(worktree: string, work?: (coordination: Coordination) => Promise<unknown>, at?: string): Promise<string[]>
  file(worktree: string, name: string): string
  // biome-ignore lint/suspicious/noExplicitAny: documents are read as a script would read them
  json(worktree: string, name: string): any
  locks(worktree: string): string[]
}

const test = suite<Stage>('the compatibility files')

test.before.each((context) => {
  const made = scratch()
  const main = made.repository('main')
  const side = join(made.root, 'side')
  made.git(main, 'worktree', 'add', '-q', side, '-b', 'side')
  for (const worktree of [main, side]) setUp(worktree)
  forgetRepositories()
  const file = (worktree: string, name: string) => join(worktree, '.claude/coordination', name)
  const open: Stage['open'] = (cwd, at) => {
    const clock = { now: () => at ?? new Date().toISOString(), monotonicMs: () => performance.now() }
    return openCoordination({ cwd, env: {}, lockDeadlineMs: 5_000, clock })
  }
  Object.assign(context, made, {
    main,
    side,
    open,
    file,
    json: (worktree: string, name: string) => JSON.parse(readFileSync(file(worktree, name), 'utf8')),
    locks: (worktree: string) => readdirSync(file(worktree, 'locks')).sort(),
    act: async (
      worktree: string,
      work: (coordination: Coordination) => Promise<unknown> = async () => {},
      at?: string,
    ) => {
      const coordination = await open(worktree, at)
      await work(coordination)
      await coordination.tidyUp()
      coordination.close()
      return [...coordination.notes]
    },
  })
})
test.after.each((context) => context.remove())

function setUp(worktree: string): void {
  mkdirSync(join(worktree, '.claude/coordination/bin'), { recursive: true })
  writeFileSync(join(worktree, '.claude/coordination/bin/coord'), '#!/bin/sh\n')
}

const register =
  (id: string, worktree = 'w') =>
  (coordination: Coordination) =>
    coordination.execute<'instance.register'>({
      type: 'instance.register',
      session: id,
      id,
      idPrefix: 'x',
      nonce: '0'.repeat(32),
      host: 'test',
      role: 'backend',
      task: 'login',
      worktree,
      cwd: worktree,
      manual: true,
    })

const acquire =
  (by: string, ...paths: string[]) =>
  async (coordination: Coordination) => {
    const { reply } = await coordination.execute<'lock.acquire'>({
      type: 'lock.acquire',
      by,
      manual: true,
      paths,
      worktree: 'w',
      reason: 'edit',
      policy: coordination.policy,
      requestId: randomId(),
    })
    return reply.kind
  }

const decide = (by: string, title: string) => (coordination: Coordination) =>
  coordination.execute<'decision.add'>({
    type: 'decision.add',
    by,
    manual: true,
    category: 'testing',
    title,
    description: 'd',
    scope: 'module',
    status: 'accepted',
    alternatives: [],
    files: [],
    requestId: randomId(),
  })

const holders = async (stage: Stage) => {
  const coordination = await stage.open(stage.main)
  const { state } = await coordination.load()
  const found = Object.values(state.leases).flatMap((leases) => leases.map(({ path, holder }) => `${holder} ${path}`))
  coordination.close()
  return found.sort()
}

const eventsOf = async (stage: Stage, type: string) => {
  const coordination = await stage.open(stage.main)
  const found = []
  for await (const record of coordination.log.read()) if (record.type === type) found.push(record)
  coordination.close()
  return found
}

test('every worktree has the same files, as the fold of one sequence', async (s) => {
  await s.act(s.main, register('a', s.main))
  await s.act(s.side, register('b', s.side))
  await s.act(s.side, acquire('b', 'src/x y.ts', 'z.ts'))
  await s.act(s.main, decide('a', 'first'))
  for (const worktree of [s.main, s.side]) {
    const registry = s.json(worktree, 'work-registry.json')
    assert.is(registry.sequence, 4)
    assert.equal(
      registry.instances.map((each: { instance_id: string; worktree_path: string; files_locked: string[] }) => [
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

test('a lock file removed by hand ends that lease at the next action, from whichever worktree', async (s) => {
  await s.act(s.main, register('a'))
  await s.act(s.main, register('b'))
  await s.act(s.main, acquire('a', 'x.ts', 'y.ts'))
  const [x = '', y = ''] = s.locks(s.side)
  rmSync(s.file(s.side, `locks/${x}`))
  let outcome: unknown
  await s.act(s.side, async (coordination) => {
    outcome = await acquire('b', 'x.ts')(coordination)
  })
  assert.is(outcome, 'granted', 'noticed before the next decision in that place')
  const [event] = await eventsOf(s, 'lock.released')
  assert.equal(
    [event?.by, event?.data['cause'], event?.data['reason'], event?.data['released']],
    ['terminal', 'forced', 'lock file removed', [{ path: 'x.ts', holder: 'a', token: 3 }]],
  )
  rmSync(s.file(s.side, `locks/${y}`))
  await s.act(s.main, decide('a', 'somewhere else'))
  assert.equal(await holders(s), ['b x.ts'], 'the next projection notices what another worktree has lost')
  assert.equal(s.locks(s.main), s.locks(s.side))
})

test('a lock file that was not yet written, or whose lease has passed on, is not missed', async (s) => {
  await s.act(s.main, register('a'))
  // No tidyUp: the process ended before its projection.
  const killed = await s.open(s.main)
  await acquire('a', 'x.ts')(killed)
  killed.close()
  await s.act(s.side)
  await s.act(s.main)
  assert.equal([await holders(s), s.locks(s.main).length], [['a x.ts'], 1])
  const release = (coordination: Coordination) =>
    coordination.execute<'lock.release'>({ type: 'lock.release', by: 'a', paths: ['x.ts'], manual: true })
  const again = await s.open(s.main)
  await release(again)
  await acquire('a', 'x.ts')(again)
  again.close()
  for (const name of s.locks(s.main)) rmSync(s.file(s.main, `locks/${name}`))
  await s.act(s.main)
  assert.equal(await holders(s), ['a x.ts'], 'the removed file was that of an earlier lease')
})

for (const [name, remove] of [
  ['the marker is gone', (s: Stage) => rmSync(s.file(s.main, '.projection'))],
  ['the marker is damaged', (s: Stage) => writeFileSync(s.file(s.main, '.projection'), '{"sequence":')],
  ['the marker is of another form', (s: Stage) => writeFileSync(s.file(s.main, '.projection'), '[]\n{"locks":[]}\n')],
  ['git clean -fdx', (s: Stage) => s.git(s.main, 'clean', '-fdxq', '-e', 'bin')],
  ['the whole folder is gone', (s: Stage) => rmSync(s.file(s.main, 'locks'), { recursive: true })],
] as const) {
  test(`nothing is taken for a removal when ${name}`, async (s) => {
    await s.act(s.main, register('a'))
    await s.act(s.main, acquire('a', 'x.ts'))
    remove(s)
    if (existsSync(s.file(s.main, 'locks'))) for (const each of s.locks(s.main)) rmSync(s.file(s.main, `locks/${each}`))
    setUp(s.main)
    await s.act(s.main)
    assert.equal([await holders(s), s.locks(s.main).length], [['a x.ts'], 1])
  })
}

test('a log that began anew: markers of the old one mean nothing, though path and token are the same', async (s) => {
  await s.act(s.main, register('a'))
  await s.act(s.main, acquire('a', 'x.ts'))
  for (const id of ['b', 'c', 'd']) await s.act(s.main, register(id))
  rmSync(join(s.main, '.git/coordlog'), { recursive: true })
  for (const each of s.locks(s.main)) rmSync(s.file(s.main, `locks/${each}`))
  writeFileSync(s.file(s.main, 'config.json'), '{"compat":{"files":"off"}}')
  await s.act(s.main, register('a'))
  await s.act(s.main, acquire('a', 'x.ts'))
  rmSync(s.file(s.main, 'config.json'))
  await s.act(s.main)
  assert.equal(await holders(s), ['a x.ts'])
  assert.is(s.json(s.side, 'work-registry.json').sequence, 2)
  assert.equal([s.locks(s.side).length, readdirSync(s.file(s.side, 'heartbeats'))], [1, ['a.json']])
})

test('an edited decision log is kept aside with a message, and written anew', async (s) => {
  await s.act(s.main, register('a'))
  for (const title of ['one', 'two', 'three']) await s.act(s.main, decide('a', title))
  const file = s.file(s.main, 'decision-log.json')
  const edited = s.json(s.main, 'decision-log.json')
  edited.decisions = edited.decisions.slice(-1)
  writeFileSync(`${file}.tmp`, JSON.stringify(edited, undefined, 2))
  renameSync(`${file}.tmp`, file)
  const [note = '', ...others] = await s.act(s.main, async () => {}, '2026-01-08T12:45:32.123Z')
  assert.equal(others, [])
  assert.match(note, /decision-log\.json was edited by hand.*decision-log\.edited-20260108T124532Z\.json/s)
  assert.match(readFileSync(join(s.main, '.claude/logs/hooks.log'), 'utf8'), /coordination: .*was edited by hand/)
  assert.equal(s.json(s.main, 'decision-log.edited-20260108T124532Z.json'), edited)
  const titles = (worktree: string) =>
    s.json(worktree, 'decision-log.json').decisions.map((each: { title: string }) => each.title)
  assert.equal(
    [titles(s.main), titles(s.side)],
    [
      ['one', 'two', 'three'],
      ['one', 'two', 'three'],
    ],
  )
  assert.equal(await s.act(s.main), [])
  writeFileSync(file, 'not json at all')
  assert.is((await s.act(s.side)).length, 1, 'seen from another worktree')
  assert.equal(titles(s.main), ['one', 'two', 'three'])
})

test('a file that coordlog wrote is not an edit, though its marker was lost or its time has changed', async (s) => {
  await s.act(s.main, register('a'))
  await s.act(s.main, decide('a', 'one'))
  const later = new Date(Date.now() + 5_000)
  utimesSync(s.file(s.main, 'decision-log.json'), later, later)
  assert.equal(await s.act(s.main), [])
  rmSync(s.file(s.main, '.projection'))
  assert.equal(await s.act(s.main), [])
  assert.not(readdirSync(join(s.main, '.claude/coordination')).some((name) => name.includes('edited')))
})

test('the files of an earlier system are moved aside before the first write, all together', async (s) => {
  writeFileSync(s.file(s.main, 'work-registry.json'), '{"instances":[]}')
  writeFileSync(s.file(s.main, 'decision-log.json'), '{"decisions":[{"decision_id":"D"}]}')
  mkdirSync(s.file(s.main, 'locks'))
  writeFileSync(s.file(s.main, 'locks/abc.json'), '{}')
  const [note = ''] = await s.act(s.main, register('a'), '2026-01-08T12:45:32.123Z')
  assert.match(note, /moved to .*before-coordlog-20260108T124532Z.*coord import/)
  const kept = 'before-coordlog-20260108T124532Z'
  assert.is(readFileSync(s.file(s.main, `${kept}/decision-log.json`), 'utf8'), '{"decisions":[{"decision_id":"D"}]}')
  assert.is(readFileSync(s.file(s.main, `${kept}/locks/abc.json`), 'utf8'), '{}')
  assert.equal(s.json(s.main, 'decision-log.json').decisions, [])
  assert.equal(await s.act(s.main), [])
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
