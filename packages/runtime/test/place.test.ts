import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findPlace, forgetRepositories } from '../src/place.js'
import { RuntimeProblem } from '../src/problems.js'
import { type Scratch, scratch } from './scratchRepository.js'

const test = suite<{ scratch: Scratch }>('place')
test.before.each((context) => {
  context.scratch = scratch()
  forgetRepositories()
})
test.after.each((context) => context.scratch.remove())

test('a repository, seen from its top, from below and through a link', ({ scratch }) => {
  const top = scratch.repository('app')
  mkdirSync(join(top, 'src', 'deep'), { recursive: true })
  symlinkSync(join(top, 'src'), join(scratch.root, 'link'))
  for (const cwd of [top, join(top, 'src', 'deep'), join(scratch.root, 'link', 'deep')]) {
    assert.equal(findPlace({ cwd, env: {} }), {
      kind: 'git',
      worktree: top,
      mainCheckout: top,
      commonDir: join(top, '.git'),
      branch: 'main',
      directory: join(top, '.git', 'coordlog'),
    })
  }
})

test('a linked worktree shares the directory and has its own top and branch', ({ scratch }) => {
  const top = scratch.repository('app')
  const linked = join(scratch.root, 'app-two')
  scratch.git(top, 'worktree', 'add', '-q', '-b', 'feature/two', linked)
  const place = findPlace({ cwd: linked, env: {} })
  assert.is(place.worktree, linked)
  assert.is(place.mainCheckout, top)
  assert.is(place.branch, 'feature/two')
  assert.is(place.directory, join(top, '.git', 'coordlog'))
})

test('a worktree inside the main checkout is itself, not its surroundings', ({ scratch }) => {
  const top = scratch.repository('app')
  const linked = join(top, '.claude', 'worktrees', 'two')
  scratch.git(top, 'worktree', 'add', '-q', '-b', 'two', linked)
  assert.is(findPlace({ cwd: linked, env: {} }).worktree, linked)
})

test('worktrees of a bare repository share it and have no main checkout', ({ scratch }) => {
  const top = scratch.repository('app')
  const bare = join(scratch.root, 'app.git')
  scratch.git(scratch.root, 'clone', '-q', '--bare', top, bare)
  const linked = join(scratch.root, 'one')
  scratch.git(bare, 'worktree', 'add', '-q', linked, 'main')
  const place = findPlace({ cwd: linked, env: {} })
  assert.is(place.mainCheckout, undefined)
  assert.is(place.directory, join(bare, 'coordlog'))
})

test('a submodule is a repository of its own', ({ scratch }) => {
  const inner = scratch.repository('inner')
  const top = scratch.repository('app')
  scratch.git(top, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner, 'lib/inner')
  const place = findPlace({ cwd: join(top, 'lib', 'inner'), env: {} })
  assert.is(place.worktree, join(top, 'lib', 'inner'))
  assert.is(place.directory, join(top, '.git', 'modules', 'lib', 'inner', 'coordlog'))
})

test('outside git: the folder that was set up, else the one we stand in', ({ scratch }) => {
  const below = join(scratch.root, 'project', 'src')
  mkdirSync(below, { recursive: true })
  assert.is(findPlace({ cwd: below, env: {} }).worktree, below)
  mkdirSync(join(scratch.root, 'project', '.claude', 'coordination'), { recursive: true })
  const place = findPlace({ cwd: below, env: {} })
  assert.is(place.kind, 'folder')
  assert.is(place.worktree, join(scratch.root, 'project'))
  assert.is(place.directory, join(scratch.root, 'project', '.claude', 'coordination', 'log'))
})

test('a folder named .git that is no repository does not count', ({ scratch }) => {
  const folder = join(scratch.root, 'x')
  mkdirSync(join(folder, '.git'), { recursive: true })
  assert.is(findPlace({ cwd: folder, env: {} }).kind, 'folder')
})

test('COORD_DIR and --dir choose the directory; --dir wins; both are relative to the working folder', ({ scratch }) => {
  const top = scratch.repository('app')
  const env = { COORD_DIR: 'from-env' }
  assert.is(findPlace({ cwd: top, env }).directory, join(top, 'from-env'))
  assert.is(findPlace({ cwd: top, env, dir: '../from-flag' }).directory, join(scratch.root, 'from-flag'))
  assert.is(findPlace({ cwd: top, env: { COORD_DIR: '' } }).directory, join(top, '.git', 'coordlog'))
})

test('--repo is as if one stood there, and must exist', ({ scratch }) => {
  const top = scratch.repository('app')
  assert.is(findPlace({ cwd: scratch.root, env: {}, repo: 'app' }).worktree, top)
  assert.throws(
    () => findPlace({ cwd: scratch.root, env: {}, repo: 'nowhere' }),
    (error: unknown) => error instanceof RuntimeProblem && error.code === 'usage' && /nowhere/.test(error.message),
  )
})

test('a working folder that has been removed still leads to its repository', ({ scratch }) => {
  const top = scratch.repository('app')
  const gone = join(top, 'build', 'tmp')
  mkdirSync(gone, { recursive: true })
  rmSync(join(top, 'build'), { recursive: true })
  assert.is(findPlace({ cwd: gone, env: {} }).worktree, top)
})

test('a detached head is named by its commit', ({ scratch }) => {
  const top = scratch.repository('app')
  const commit = scratch.git(top, 'rev-parse', 'HEAD')
  writeFileSync(join(top, '.git', 'HEAD'), `${commit}\n`)
  assert.is(findPlace({ cwd: top, env: {} }).branch, commit.slice(0, 12))
})

test.run()
