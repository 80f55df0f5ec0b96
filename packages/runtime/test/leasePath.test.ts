import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leaseKey } from '../src/leasePath.js'
import { findPlace, forgetRepositories, type Place } from '../src/place.js'
import { type Scratch, scratch } from './scratchRepository.js'

const test = suite<{ scratch: Scratch; top: string; place: Place }>('leasePath')
test.before.each((context) => {
  context.scratch = scratch()
  forgetRepositories()
  context.top = context.scratch.repository('app')
  mkdirSync(join(context.top, 'src'))
  writeFileSync(join(context.top, 'src', 'a.ts'), '')
  context.place = findPlace({ cwd: context.top, env: {} })
})
test.after.each((context) => context.scratch.remove())

test('every spelling of one file meets in one key', ({ scratch, top, place }) => {
  symlinkSync(top, join(scratch.root, 'alias'))
  symlinkSync('src', join(top, 'code'))
  symlinkSync('a.ts', join(top, 'src', 'link.ts'))
  symlinkSync('../src/a.ts', join(top, 'src', 'again.ts'))
  const spellings: [string, string][] = [
    [top, 'src/a.ts'],
    [top, './src/./a.ts'],
    [top, 'src/../src//a.ts'],
    [join(top, 'src'), 'a.ts'],
    [join(top, 'src'), '../src/a.ts'],
    ['/', join(top, 'src', 'a.ts')],
    ['/', join(scratch.root, 'alias', 'src', 'a.ts')],
    [top, 'code/a.ts'],
    [top, 'src/link.ts'],
    [top, 'code/again.ts'],
  ]
  for (const [cwd, path] of spellings) {
    assert.equal(leaseKey(place, cwd, path), { kind: 'key', path: 'src/a.ts', worktree: top }, `${cwd} ${path}`)
  }
})

test('a file that does not exist yet, in a folder that does not exist yet', ({ top, place }) => {
  symlinkSync('src', join(top, 'code'))
  assert.equal(leaseKey(place, top, 'code/new/deep/b.ts'), { kind: 'key', path: 'src/new/deep/b.ts', worktree: top })
})

test('a dangling link is the file that a write would create', ({ scratch, top, place }) => {
  symlinkSync('later/c.ts', join(top, 'c.ts'))
  symlinkSync(join(scratch.root, 'elsewhere.ts'), join(top, 'd.ts'))
  assert.equal(leaseKey(place, top, 'c.ts'), { kind: 'key', path: 'later/c.ts', worktree: top })
  assert.equal(leaseKey(place, top, 'd.ts'), { kind: 'outside', path: join(scratch.root, 'elsewhere.ts') })
})

test('both Unicode forms of a name are one key', ({ top, place }) => {
  const composed = 'src/caf\u00e9.ts'
  assert.equal(leaseKey(place, top, composed.normalize('NFD')), { kind: 'key', path: composed, worktree: top })
  assert.equal(leaseKey(place, top, composed), { kind: 'key', path: composed, worktree: top })
})

test('names with spaces, quotes, backslashes, newlines, ESC and __proto__ are names', ({ top, place }) => {
  for (const path of [
    'a b.ts',
    'it\'s "q".ts',
    'back\\slash.ts',
    'new\nline.ts',
    '\u001b[31m.ts',
    '__proto__',
    '-rf',
    '日本.ts',
  ]) {
    assert.equal(leaseKey(place, top, path), { kind: 'key', path, worktree: top })
  }
})

test('the same file in two worktrees has one key, and each its own worktree', ({ scratch, top, place }) => {
  const linked = join(scratch.root, 'app-two')
  scratch.git(top, 'worktree', 'add', '-q', '-b', 'two', linked)
  const inside = join(top, '.claude', 'worktrees', 'three')
  scratch.git(top, 'worktree', 'add', '-q', '-b', 'three', inside)
  assert.equal(leaseKey(findPlace({ cwd: linked, env: {} }), linked, 'src/a.ts'), {
    kind: 'key',
    path: 'src/a.ts',
    worktree: linked,
  })
  assert.equal(leaseKey(place, top, join(linked, 'src', 'a.ts')), { kind: 'key', path: 'src/a.ts', worktree: linked })
  assert.equal(leaseKey(place, top, join(inside, 'src', 'a.ts')), { kind: 'key', path: 'src/a.ts', worktree: inside })
})

test('a nested repository belongs to the worktree around it', ({ scratch, top, place }) => {
  scratch.git(top, 'init', '-q', join(top, 'vendor', 'lib'))
  assert.equal(leaseKey(place, top, 'vendor/lib/x.c'), { kind: 'key', path: 'vendor/lib/x.c', worktree: top })
})

test('outside the repository: not tracked, with its real path', ({ scratch, top, place }) => {
  assert.equal(leaseKey(place, top, '../other.ts'), { kind: 'outside', path: join(scratch.root, 'other.ts') })
  assert.equal(leaseKey(place, top, '/etc/hosts'), { kind: 'outside', path: '/etc/hosts' })
  assert.equal(leaseKey(place, top, '.git/config'), { kind: 'outside', path: join(top, '.git', 'config') })
  const sibling = scratch.repository('app-other')
  assert.is(leaseKey(place, top, join(sibling, 'a.ts')).kind, 'outside')
})

test('what can be no file is refused with the reason', ({ top, place }) => {
  symlinkSync('round', join(top, 'round'))
  const refused: [string, RegExp][] = [
    ['', /empty/],
    ['.', /folder/],
    ['src', /folder/],
    ['src/', /folder/],
    ['a\0b', /NUL/],
    ['a\ud800b', /well-formed/],
    ['~/a.ts', /not expanded/],
    ['x'.repeat(4097), /4097 bytes; the limit is 4096/],
    ['round', /circle/],
  ]
  for (const [path, reason] of refused) {
    const key = leaseKey(place, top, path)
    assert.is(key.kind, 'refused', path)
    if (key.kind === 'refused') assert.match(key.reason, reason)
  }
})

test('a path of many levels and 4,096 bytes has a key although the system could not open it', ({ top, place }) => {
  const long = `${'d/'.repeat(2000)}${'n'.repeat(96)}`
  assert.equal(leaseKey(place, top, long), { kind: 'key', path: long, worktree: top })
  const name = 'n'.repeat(300)
  assert.equal(leaseKey(place, top, name), { kind: 'key', path: name, worktree: top })
})

test('a folder that may not be entered does not stop the answer', ({ top, place }) => {
  const closed = join(top, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0)
  const key = leaseKey(place, top, 'closed/a.ts')
  chmodSync(closed, 0o700)
  assert.equal(key, { kind: 'key', path: 'closed/a.ts', worktree: top })
})

test('outside git the keys are relative to the project', ({ scratch }) => {
  const project = join(scratch.root, 'plain')
  mkdirSync(join(project, '.claude', 'coordination'), { recursive: true })
  const place = findPlace({ cwd: project, env: {} })
  assert.equal(leaseKey(place, project, 'x/y.ts'), { kind: 'key', path: 'x/y.ts', worktree: project })
  assert.is(leaseKey(place, project, '../z.ts').kind, 'outside')
})

test.run()
