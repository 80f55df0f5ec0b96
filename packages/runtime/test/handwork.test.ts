import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Coordination } from '../src/coordination.js'
import { acquire, decide, eventsOf, holders, register, type Stage, setUp, stage } from './projectionStage.js'

const test = suite<Stage>('what people do to the compatibility files')
test.before.each((context) => {
  Object.assign(context, stage())
})
test.after.each((context) => context.remove())

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

test.run()
