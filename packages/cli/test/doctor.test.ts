import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPlace } from '@coordlog/runtime/place'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Check } from '../src/doctor/check.js'
import { fileSystemCheck } from '../src/doctor/system.js'
import { git, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord doctor')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

async function examined({ coord }: Scratch, cwd?: string): Promise<{ code: number; checks: Check[]; bad: Check[] }> {
  const { code, stdout } = await coord(['doctor', '--json'], cwd === undefined ? {} : { cwd })
  const { ok, faults, checks } = JSON.parse(stdout)
  assert.equal([ok, faults], [code === 0, checks.filter((check: Check) => check.result === 'fault').length])
  return { code, checks, bad: checks.filter((check: Check) => check.result !== 'ok') }
}

test('a fresh repository: one warning, the hooks, with the command; then none', async (context) => {
  const before = await examined(context)
  assert.equal([before.code, before.bad.map(({ name, run }) => [name, run])], [0, [['hooks', 'coord init']]])
  assert.is((await context.coord(['init'])).code, 0)
  const after = await examined(context)
  assert.equal([after.code, after.bad], [0, []])
  const { stdout } = await context.coord(['doctor'])
  assert.match(stdout, /^ok {5}node {9}Node \d+/)
  assert.match(stdout, /\nFaults: 0, warnings: 0\n$/)
})

test('the plugin of the person: its hooks work where no settings have them, and are silent where some do', async (context) => {
  mkdirSync(join(context.home, '.claude'))
  const settings = join(context.home, '.claude', 'settings.json')
  const named = (checks: Check[]) =>
    checks.filter(({ name }) => ['hooks', 'plugin'].includes(name)).map(({ says }) => says)
  writeFileSync(settings, '{"enabledPlugins":{"coordlog@team":true}}')
  const alone = await examined(context)
  assert.equal([alone.bad, named(alone.checks).length], [[], 1])
  assert.match(named(alone.checks)[0] ?? '', /plugin switched on, and its hooks work here/)
  assert.is((await context.coord(['init'])).code, 0)
  const both = await examined(context)
  assert.equal([both.bad, named(both.checks).length], [[], 2])
  assert.match(named(both.checks)[1] ?? '', /silent here/)
  writeFileSync(settings, '{"enabledPlugins":{"coordlog@team":false,"other@coordlog":true}}')
  assert.is(named((await examined(context)).checks).length, 1)
})

test('what is broken is a fault, with what to run', async (context) => {
  const { coord, repository } = context
  await coord(['init'])
  const shim = join(repository, '.claude/coordination/bin/coord')
  chmodSync(shim, 0o644)
  const unusable = await examined(context)
  assert.equal(
    [unusable.code, unusable.bad.map(({ name, result, run }) => [name, result, run])],
    [1, [['hooks', 'fault', 'coord init --scope project']]],
  )
  chmodSync(shim, 0o755)
  writeFileSync(join(repository, '.git/coordlog/home'), '/nowhere\n')
  assert.equal(
    (await examined(context)).bad.map(({ name, result }) => [name, result]),
    [['program', 'fault']],
  )
  await coord(['init'])
  chmodSync(join(repository, '.git/coordlog'), 0o777)
  assert.equal(
    (await examined(context)).bad.map(({ name }) => name),
    ['directory', 'log'],
  )
  chmodSync(join(repository, '.git/coordlog'), 0o755)
  assert.equal(
    (await examined(context)).bad.map(({ name, result }) => [name, result]),
    [['directory', 'warn']],
  )
})

test('settings, stale instances, complaints of hooks, worktrees without hooks, a clock that went back', async (context) => {
  const { coord, repository, folder } = context
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'first')
  await coord(['init', '--scope', 'local'])
  assert.equal((await examined(context)).bad, [])
  writeFileSync(join(repository, '.claude/coordination/config.json'), '{"lock":{"ttl":"never"},"x":1}')
  assert.equal(
    (await examined(context)).bad.map(({ name }) => name),
    ['config', 'config'],
  )
  rmSync(join(repository, '.claude/coordination/config.json'))
  await coord(['lock', 'acquire', 'f', '--instance', 'old'], { at: '2026-01-08T12:00:00.000Z' })
  assert.equal(
    (await examined(context)).bad.map(({ name, run }) => [name, run]),
    [['instances', 'coord lock cleanup']],
  )
  await coord(['lock', 'cleanup'])
  mkdirSync(join(repository, '.claude/logs'), { recursive: true })
  writeFileSync(join(repository, '.claude/logs/hooks.log'), `${new Date().toISOString()} coordination: no payload\n`)
  assert.match((await examined(context)).bad[0]?.says ?? '', /no payload/)
  rmSync(join(repository, '.claude/logs/hooks.log'))
  await coord(['uninstall'])
  await coord(['init'])
  git(repository, 'worktree', 'add', '-q', join(folder, 'side'))
  assert.equal(
    (await examined(context)).bad.map(({ name, run }) => [name, run]),
    [['worktrees', `coord init ${join(folder, 'side')}`]],
  )
  await coord(['instance', 'register', '--instance', 'late'], { at: '2099-01-01T00:00:00.000Z' })
  assert.ok((await examined(context)).bad.some(({ name, result }) => name === 'clock' && result === 'warn'))
})

test('a file system that machines share is warned of, and that it was allowed is said', async ({
  coord,
  repository,
}) => {
  const check = () => {
    const place = findPlace({ cwd: repository, env: {} })
    return ['nfs', 'cifs', '9p', 'virtiofs'].map((name) => {
      const { result, says } = fileSystemCheck({ place }, () => ({
        name,
        concern: 'flock may not hold',
        isShared: true,
      }))
      assert.ok(says.startsWith(`${name} under ${repository}/.git`), says)
      return `${result}${says.includes('allowed by log.networkFs') ? ', allowed' : ''}`
    })
  }
  assert.equal(check(), ['warn', 'warn', 'warn', 'warn'])
  await coord(['config', 'set', 'log.networkFs', 'allow'])
  assert.equal(check(), ['warn, allowed', 'warn, allowed', 'warn, allowed', 'warn, allowed'])
})

test('outside git it says who meets there', async (context) => {
  const { code, bad } = await examined(context, context.folder)
  assert.equal([code, bad.map(({ name }) => name)], [0, ['place', 'hooks']])
})

test('it changes nothing', async ({ coord, repository }) => {
  await coord(['doctor'])
  assert.is((await coord(['log'])).stdout, '')
  const { spawnSync } = await import('node:child_process')
  assert.is(
    spawnSync('git', ['status', '--porcelain', '--ignored'], { cwd: repository, encoding: 'utf8' }).stdout,
    '?? src/\n',
  )
})

test.run()
