import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hooksLogFile, writeHooksLog } from '../src/hooksLog.js'
import { findPlace } from '../src/place.js'
import { project, type Source } from '../src/projection/project.js'
import { takeBack } from '../src/projection/vanishing.js'
import { acquire, decide, register, type Stage, setUp, stage } from './projectionStage.js'

/** A worktree that goes away while its files are written. */
const test = suite<Stage>('a worktree that vanishes')
test.before.each((context) => {
  Object.assign(context, stage())
})
test.after.each((context) => context.remove())

/** Writes the files of both worktrees; `meanwhile` is run when all is read and nothing is written yet. */
async function projecting(s: Stage, meanwhile: () => void): Promise<void> {
  const coordination = await s.open(s.main)
  const source: Source = {
    place: coordination.place,
    decisionsMax: undefined,
    load: () => coordination.load(),
    present: (state) => {
      meanwhile()
      return coordination.present(state)
    },
    now: () => coordination.clock.now(),
    releaseByHand: async () => undefined,
    tell: () => undefined,
  }
  await project(source)
  coordination.close()
}

async function twoEvents(s: Stage): Promise<number> {
  await s.act(s.main, register('a', s.main))
  const coordination = await s.open(s.main)
  await acquire('a', 'x.ts')(coordination)
  const { sequence } = await coordination.load()
  coordination.close()
  return sequence
}

test('one that has gone is not made again, and the others get theirs', async (s) => {
  const sequence = await twoEvents(s)
  await projecting(s, () => rmSync(s.side, { recursive: true }))
  assert.not.ok(existsSync(s.side))
  assert.is(s.json(s.main, 'work-registry.json').sequence, sequence)
})

test('one that git is half through with is not written into', async (s) => {
  const sequence = await twoEvents(s)
  const before = readdirSync(s.side, { recursive: true, encoding: 'utf8' }).filter((name) => name !== '.git')
  await projecting(s, () => rmSync(join(s.side, '.git')))
  assert.equal(readdirSync(s.side, { recursive: true, encoding: 'utf8' }).sort(), before.sort())
  assert.is(s.json(s.main, 'work-registry.json').sequence, sequence)
})

test('what was written into one that went meanwhile is taken back, and what is somebody else’s stays', async (s) => {
  await twoEvents(s)
  await s.act(s.main)
  const ids = { locks: s.locks(s.side).map((name) => name.replace('.json', '')), heartbeats: ['a'] }
  for (const name of ['.git', '.claude/coordination/bin']) rmSync(join(s.side, name), { recursive: true })
  const own = join(s.side, 'own.txt')
  writeFileSync(own, '')
  takeBack(s.side, ids)
  assert.equal(readdirSync(s.side), ['own.txt'])
  mkdirSync(join(s.side, '.claude/coordination'), { recursive: true })
  rmSync(own)
  takeBack(s.side, ids)
  assert.not.ok(existsSync(s.side))
})

test('the log of the hooks does not make it again either: it stands beside the log then', (s) => {
  const place = findPlace({ cwd: s.side, env: {} })
  mkdirSync(join(s.side, '.claude'), { recursive: true })
  renameSync(join(s.side, '.git'), join(s.root, 'taken'))
  assert.is(hooksLogFile(place), join(place.directory, 'hooks.log'))
  rmSync(s.side, { recursive: true })
  writeHooksLog(place, '2026-01-08T12:00:00.000Z', 'a line')
  assert.not.ok(existsSync(s.side))
  assert.ok(existsSync(join(place.directory, 'hooks.log')))
})

function git(s: Stage, ...args: string[]): Promise<number | null> {
  const child = spawn('git', args, { cwd: s.main, stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '' } })
  return new Promise((resolve) => child.once('exit', resolve))
}

test('real removals while files are written all the time: nothing is left, or git itself has said that it could not', async (s) => {
  await s.act(s.main, register('a', s.main))
  const left: string[] = []
  for (let round = 0; round < 25; round++) {
    const worktree = join(s.root, `round-${round}`)
    s.git(s.main, 'worktree', 'add', '-q', worktree, '-b', `round-${round}`)
    setUp(worktree)
    for (let n = 0; n < 30; n++) writeFileSync(join(worktree, '.claude', `file-${n}`), '')
    await s.act(worktree)
    let isOver = false
    const removal = git(s, 'worktree', 'remove', '--force', worktree).then((code) => {
      isOver = true
      return code
    })
    for (let n = 0; !isOver; n++) {
      await s.act(s.main, decide('a', `${round} ${n}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    if ((await removal) === 0 && existsSync(worktree)) left.push(worktree)
  }
  assert.equal(left, [])
})

test.run()
