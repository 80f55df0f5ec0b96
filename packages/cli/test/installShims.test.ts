// timeout: 120s
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startingBash } from '../src/install/files.js'
import { scratch } from './scratchInstall.js'
import { noteHome, run, type Stage, stage, standIn } from './shimStage.js'

const test = suite<Stage>('the installed shell programs')

test.before.each((context) => {
  Object.assign(context, stage())
})
test.after.each((context) => context.remove())

test('everything is handed over: arguments, standard input, environment, exit code', (s) => {
  const args = ['hook', 'a b', '', '*', 'x\ny', '\'"$HOME']
  const ended = run(s.shim, args, { input: '{"a":\n1}', env: { SEEN: 'here', EXIT: '65' } })
  assert.is(ended.stdout, `${args.map((arg) => `<${arg}>`).join('')}|{"a":\n1}|here`)
  assert.is(ended.status, 65)
})

test('found however it is called', (s) => {
  symlinkSync(s.shim, join(s.root, 'link'))
  symlinkSync('link', join(s.root, 'link to link'))
  for (const [cwd, file] of [
    [s.repository, '.claude/coordination/bin/coord'],
    [dirname(s.shim), './coord'],
    [dirname(dirname(s.shim)), 'bin/coord'],
    [s.root, './link to link'],
  ] as const) {
    assert.is(run(file, ['x'], { cwd }).stderr, 'noted\n', `${file} in ${cwd}`)
  }
  assert.is(run('/bin/bash', ['coord', 'x'], { cwd: dirname(s.shim) }).stderr, 'noted\n')
})

test('bash by its usual path, or looked for where that is not', (s) => {
  const text = readFileSync(s.shim, 'utf8')
  assert.is(text.split('\n')[0], existsSync('/bin/bash') ? '#!/bin/bash' : '#!/usr/bin/env bash')
  assert.is(startingBash('#!/bin/bash\nexit\n', false), '#!/usr/bin/env bash\nexit\n')
  assert.is(startingBash('#!/bin/bash\nexit\n', true), '#!/bin/bash\nexit\n')
})

test('no other program is needed to find it', (s) => {
  assert.is(run('/bin/bash', [s.shim, 'x'], { env: { PATH: '/nowhere' } }).stderr, 'noted\n')
})

test('one that has not been built, or is no program for bash, is started as it says', (s) => {
  rmSync(join(s.program, 'hooks'), { recursive: true })
  const ended = run(s.shim, ['a b', ''], { input: 'in', env: { EXIT: '3' } })
  assert.equal([ended.stdout, ended.stderr, ended.status], ['<a b><>|in|', 'noted\n', 3])
  const script = 'process.stdout.write(JSON.stringify(process.argv.slice(2)))\n'
  writeFileSync(join(s.program, 'bin/coord'), `#!${process.execPath}\n${script}`)
  assert.is(run(s.shim, ['a b', '']).stdout, '["a b",""]')
})

test('in a linked worktree and a submodule the note of the shared git folder counts', (s) => {
  s.git(s.repository, 'add', '-A')
  s.git(s.repository, 'commit', '-q', '-m', 'set up')
  const linked = join(s.root, 'linked tree')
  s.git(s.repository, 'worktree', 'add', '-q', '-b', 'two', linked)
  assert.is(run(join(linked, '.claude/coordination/bin/coord'), ['x']).stderr, 'noted\n')
  const parent = join(s.root, 'parent')
  s.git(s.root, 'init', '-q', parent)
  s.git(parent, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', s.repository, 'sub')
  noteHome(join(parent, '.git/modules/sub/coordlog/home'), s.program)
  assert.is(run(join(parent, 'sub/.claude/coordination/bin/coord'), ['x']).stderr, 'noted\n')
})

test('outside git the note beside the log counts', (s) => {
  rmSync(join(s.repository, '.git'), { recursive: true })
  noteHome(join(s.repository, '.claude/coordination/log/home'), s.program)
  assert.is(run(s.shim, ['x']).stderr, 'noted\n')
})

test('the order: environment, note, dependency, PATH', (s) => {
  const onPath = standIn(join(s.root, 'on path'), 'path')
  const env = { COORDLOG_HOME: standIn(join(s.root, 'env'), 'environment'), PATH: `/usr/bin:/bin:${onPath}/bin` }
  const dependency = join(s.repository, 'node_modules/.bin/coord')
  mkdirSync(dirname(dependency), { recursive: true })
  symlinkSync(join(standIn(join(s.root, 'dependency'), 'dependency'), 'bin/coord'), dependency)
  assert.is(run(s.shim, ['x'], { env }).stderr, 'environment\n')
  assert.is(run(s.shim, ['x'], { env: { ...env, COORDLOG_HOME: '/gone' } }).stderr, 'noted\n')
  rmSync(s.program, { recursive: true })
  assert.is(run(s.shim, ['x'], { env: { PATH: env.PATH } }).stderr, 'dependency\n')
  rmSync(dependency)
  assert.is(run(s.shim, ['x'], { env: { PATH: env.PATH } }).stderr, 'path\n')
})

test('a program of that name that is not coordlog’s is not run, and two shims do not call each other for ever', (s) => {
  rmSync(s.program, { recursive: true })
  const foreign = join(s.root, 'foreign')
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'coord'), '#!/bin/sh\necho foreign\nexit 2\n', { mode: 0o755 })
  const other = scratch()
  other.install()
  rmSync(join(other.repository, '.git/coordlog/home'))
  const PATH = `/usr/bin:/bin:${foreign}:${dirname(s.shim)}:${other.repository}/.claude/coordination/bin`
  const ended = run(s.shim, ['status'], { env: { PATH } })
  other.remove()
  assert.is(ended.error, undefined)
  assert.is(ended.stdout, '')
  assert.is(ended.status, 78)
})

test('somebody else’s note is not followed', (s) => {
  if (process.getuid?.() !== 0) {
    process.stdout.write('\nSKIP somebody else’s note is not followed: only root can give a file away\n')
    return
  }
  chownSync(join(s.repository, '.git/coordlog/home'), 65534, 65534)
  assert.is(run(s.shim, ['x']).status, 78)
})

test('not installed: a command says so in one sentence; a hook lets the work go on and says it once a day in the log', (s) => {
  rmSync(s.program, { recursive: true })
  const command = run(s.shim, ['status'])
  assert.is(command.status, 78)
  assert.is(command.stdout, '')
  assert.match(command.stderr, /^coordlog is not installed on this machine: .*coord init.*\n$/)
  for (let times = 0; times < 3; times += 1) {
    const hook = run(s.shim, ['hook', 'claude-code'], { input: 'x'.repeat(300_000) })
    assert.equal([hook.status, hook.stdout, hook.stderr, hook.error], [0, '', '', undefined])
  }
  const log = join(s.repository, '.claude/logs/hooks.log')
  assert.match(readFileSync(log, 'utf8'), /^\S+Z coordination: coordlog is not installed on this machine[^\n]*\n$/)
  writeFileSync(log, readFileSync(log, 'utf8').replace(/^\d+/, '2001'))
  run(s.shim, ['hook', 'claude-code'])
  assert.is(readFileSync(log, 'utf8').split('\n').length, 3)
})

test('not installed, and no place for the log: still nothing but exit 0', (s) => {
  rmSync(s.program, { recursive: true })
  writeFileSync(join(s.repository, '.claude/logs'), 'a file')
  const hook = run(s.shim, ['hook', 'claude-code'])
  assert.equal([hook.status, hook.stdout, hook.stderr], [0, '', ''])
})

test('the guide’s three names', (s) => {
  for (const [name, word] of [
    ['coord-status', 'status'],
    ['coord-lock', 'lock'],
    ['coord-decisions', 'decisions'],
  ]) {
    assert.is(run(`./${name}`, ['--a', 'b c'], { cwd: dirname(s.shim) }).stdout, `<${word}><--a><b c>||`)
    symlinkSync(join(dirname(s.shim), name ?? ''), join(s.root, name ?? ''))
    assert.is(run(join(s.root, name ?? ''), []).stdout, `<${word}>||`)
  }
})

test('start of a session as a hook: the payload goes to the hook command', (s) => {
  const script = join(s.repository, '.claude/hooks/lifecycle/coordination-init.sh')
  const payload = '{"hook_event_name":"SessionStart","text":"a\\nb"}'
  assert.is(run(script, ['claude-code'], { input: payload }).stdout, `<hook><claude-code>|${payload}|`)
  assert.is(
    run(script, [], { input: payload }).stdout,
    `<hook><claude-code>|${payload}|`,
    'also as older settings call it',
  )
})

test('start of a session without the rest: a hook goes on, a person is told', (s) => {
  const script = join(s.repository, '.claude/hooks/lifecycle/coordination-init.sh')
  rmSync(s.shim)
  assert.is(run(script, ['claude-code']).status, 0)
  const byHand = run(script, [])
  assert.is(byHand.status, 78)
  assert.match(byHand.stderr, /run 'coord init'/)
})

/** A stand-in that keeps one instance and answers like coord. */
function standInWithStatus(folder: string): void {
  writeFileSync(
    join(folder, 'bin/coord'),
    `#!/usr/bin/env bash
case "$1 $2" in
  'instance register') echo manual-20260108-124532-a3f7b2d1; touch '${folder}/registered' ;;
  'status --json') [ -e '${folder}/registered' ] && echo '{"instances":[{"id":"manual-20260108-124532-a3f7b2d1"}]}' || echo '{"instances":[]}' ;;
  *) echo "Active Instances: 1" ;;
esac
`,
  )
}

test('start of a session by hand: registers once, keeps the id where the guide looks for it, shows who is there', (s) => {
  standInWithStatus(s.program)
  const script = '.claude/hooks/lifecycle/coordination-init.sh'
  const first = run(script, [], { cwd: s.repository })
  assert.is(first.status, 0, first.stderr)
  assert.match(first.stdout, /Registered instance manual-20260108-124532-a3f7b2d1\.\nActive Instances: 1\n$/)
  const file = join(s.repository, '.claude/.instance_env')
  assert.match(readFileSync(file, 'utf8'), /^CLAUDE_INSTANCE_ID=manual-20260108-124532-a3f7b2d1\n/)
  const second = run(join(s.repository, script), [], { cwd: '/' })
  assert.match(second.stdout, /last session that started here is instance manual-20260108-124532-a3f7b2d1\./)
  rmSync(join(s.program, 'registered'))
  assert.match(
    run(script, [], { cwd: s.repository }).stdout,
    /Registered/,
    'an instance that is gone is not taken for present',
  )
})

test('start of a session by hand waits for nothing: an open pipe that never says anything, a terminal', async (s) => {
  standInWithStatus(s.program)
  const script = join(s.repository, '.claude/hooks/lifecycle/coordination-init.sh')
  const child = spawn(script, [], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin' } })
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  child.stdin.end()
  assert.is(code, 0)
  assert.match(text, /Registered instance/)
  if (!existsSync('/usr/bin/script')) {
    process.stdout.write('\nSKIP a terminal as standard input: there is no program named script\n')
    return
  }
  const inTerminal = spawnSync('/usr/bin/script', ['-qec', `'${script}'`, '/dev/null'], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  })
  assert.is(inTerminal.error, undefined)
  assert.match(inTerminal.stdout, /Coordination is on/)
})

test.run()
