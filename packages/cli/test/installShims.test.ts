// timeout: 120s
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchInstall.js'

interface Context extends Scratch {
  shim: string
  /** A stand-in for an installation of coordlog. */
  program: string
}

const test = suite<Context>('the installed shell programs')

/** Says who it is, how it was called and what it read; ends with the code in EXIT. */
function standIn(folder: string, name: string): string {
  const file = join(folder, 'bin/coord')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    `#!/usr/bin/env bash\n# coordlog\necho "${name}" >&2\nprintf '<%s>' "$@"\nIFS= read -r -d '' input\nprintf '|%s|%s' "$input" "\${SEEN-}"\nexit "\${EXIT-0}"\n`,
  )
  chmodSync(file, 0o755)
  return folder
}

test.before.each((context) => {
  Object.assign(context, scratch())
  context.install()
  context.shim = join(context.repository, '.claude/coordination/bin/coord')
  context.program = standIn(join(context.root, 'coordlog here'), 'noted')
  noteHome(join(context.repository, '.git/coordlog/home'), context.program)
})
test.after.each((context) => context.remove())

function noteHome(file: string, program: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${program}\n`)
}

interface Options {
  cwd?: string
  input?: string
  env?: Record<string, string>
}

/** With an environment of its own: the machine may have a coordlog. */
function run(
  file: string,
  args: string[],
  { cwd = '/', input = '', env = {} }: Options = {},
): SpawnSyncReturns<string> {
  return spawnSync(file, args, {
    cwd,
    input,
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: '/usr/bin:/bin', ...env },
  })
}

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

test('no other program is needed to find it', (s) => {
  assert.is(run('/bin/bash', [s.shim, 'x'], { env: { PATH: '/nowhere' } }).stderr, 'noted\n')
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

/** A stand-in that writes down how it was called, and ends as ANSWERS says: lines "words of the call:exit code:output". */
function recordingStandIn(s: Context): void {
  writeFileSync(
    join(s.program, 'bin/coord'),
    `#!/usr/bin/env bash
printf '%s' "\${COORD_INSTANCE_ID-none}" >>'${s.root}/calls'; printf ' %s' "$@" >>'${s.root}/calls'; echo >>'${s.root}/calls'
while IFS= read -r line; do
  [ -n "$line" ] || continue
  case "$*" in
    "\${line%%:*}"*) line=\${line#*:}; [ -z "\${line#*:}" ] || echo "\${line#*:}"; exit "\${line%%:*}" ;;
  esac
done <<<"$ANSWERS"
exit 0
`,
  )
}

function library(
  s: Context,
  body: string,
  answers = '',
): { code: number | null; out: string; err: string; calls: string[] } {
  recordingStandIn(s)
  const text = `set -euo pipefail\nsource '${join(s.repository, '.claude/coordination/lib/coordination.sh')}'\n${body}\n`
  const file = s.write('script.sh', text)
  const node = dirname(process.execPath)
  const ended = run('/bin/bash', [file], {
    cwd: s.repository,
    env: { ANSWERS: answers, PATH: `/usr/bin:/bin:${node}`, INSTANCE_ID: 'i-0abc' },
  })
  const calls = existsSync(join(s.root, 'calls')) ? readFileSync(join(s.root, 'calls'), 'utf8').trim().split('\n') : []
  return { code: ended.status, out: ended.stdout, err: ended.stderr, calls }
}

test('library: the guide’s script, in one instance from register to unregister', (s) => {
  const { code, out, err, calls } = library(
    s,
    `coord_init
INSTANCE_ID=$(coord_register_instance "Database migration" "db-admin")
if coord_acquire_lock "backend/a b.py" "Running migration"; then
  coord_release_lock "backend/a b.py"
  coord_log_decision "database-schema" "Added users table" "Initial migration" "system"
else
  exit 1
fi
echo "$INSTANCE_ID"
coord_unregister_instance
echo "after:$INSTANCE_ID"`,
    'decisions add:0:{"ok":true,"sequence":4,"id":"DEC-20260108-0001"}',
  )
  assert.is(code, 0, err)
  const [decision, id = '', after] = out.trim().split('\n')
  assert.is(decision, 'DEC-20260108-0001')
  assert.match(id, /^claude-\d{8}-\d{6}-[0-9a-f]{8}$/)
  assert.is(after, 'after:')
  assert.match(
    calls[0] ?? '',
    new RegExp(`^none instance register --instance ${id} --task Database migration --role db-admin --pid \\d+$`),
  )
  assert.equal(calls.slice(1), [
    `${id} lock acquire --reason Running migration -- backend/a b.py`,
    `${id} lock release -- backend/a b.py`,
    `${id} decisions add --json --category database-schema --title Added users table --description Initial migration --scope system`,
    `${id} instance end`,
  ])
})

test('library: return codes', (s) => {
  const body = `INSTANCE_ID=me
for call in "coord_acquire_lock f" "coord_release_lock f" "coord_check_lock f" "coord_heartbeat" "coord_renew_lock f" "coord_release_all_locks" "coord_log_decision a b c"; do
  code=0
  $call || code=$?
  echo "$call $code"
done`
  const yes = library(s, body, 'lock check --json:0:{"held":false,"mine":true}\ndecisions add:0:{"id":"D"}')
  assert.match(
    yes.out,
    /^coord_acquire_lock f 0\ncoord_release_lock f 0\ncoord_check_lock f 0\ncoord_heartbeat 0\ncoord_renew_lock f 0\ncoord_release_all_locks 0\nD\n/,
  )
  const no = library(
    s,
    body,
    'lock check --json:1:{"held":true,"mine":false}\nlock check:1:held\nlock:3:\ninstance heartbeat:3:\ndecisions add:2:{"ok":false,"message":"no such \\"a\\""}',
  )
  assert.is(
    no.out,
    'coord_acquire_lock f 10\ncoord_release_lock f 10\ncoord_check_lock f 10\ncoord_heartbeat 1\ncoord_renew_lock f 1\ncoord_release_all_locks 10\ncoord_log_decision a b c 2\n',
  )
  assert.match(no.err, /held\n/)
  assert.match(no.err, /no such \\"a\\"\n/)
  const broken = library(s, body, 'lock:75:')
  assert.match(broken.out, /coord_acquire_lock f 75\n/)
})

test('library: what changed since the lock', (s) => {
  const { out, err } = library(
    s,
    `say() { code=0; coord_detect_conflict "$1" || code=$?; echo "$code"; }
say a
echo 1 >a
coord_acquire_lock a; say a
echo 2 >a; say a
coord_acquire_lock a; say a
coord_acquire_lock new; say new
echo x >new; say new`,
  )
  assert.is(out, '1\n0\n12\n0\n0\n12\n', err)
  assert.match(err, /a has changed since it was locked/)
})

test('library: JSON, without jq', (s) => {
  const { code, out, err } = library(
    s,
    `coord_query_decisions "" 2
coord_list_instances
coord_get_work me
coord_get_work
coord_cleanup_stale_instances`,
    [
      'decisions list --limit 2:0:{"decisions":[{"id":"D1","title":"a: \\"b\\""},{"id":"D2"}]}',
      'status:0:{"instances":[{"id":"you"},{"id":"me","task":"t"}],"locks":[]}',
      'lock cleanup:0:{"ok":true,"ended":[{"instance":"x"},{"instance":"y"}]}',
    ].join('\n'),
  )
  assert.is(code, 0, err)
  assert.is(
    out,
    '[{"id":"D2"},{"id":"D1","title":"a: \\"b\\""}]\n[{"id":"you"},{"id":"me","task":"t"}]\n{"id":"me","task":"t"}\n{}\n2\n',
  )
  const failing = library(
    s,
    'coord_list_instances || echo "code $?"',
    'status:65:{"ok":false,"message":"The log is damaged"}',
  )
  assert.is(failing.out, 'code 65\n')
  assert.is(failing.err, 'The log is damaged\n')
})

test('library: acts as the agent’s own instance by default, and not as some INSTANCE_ID of the environment', (s) => {
  assert.equal(library(s, 'coord_release_lock f').calls, ['none lock release -- f'])
  rmSync(join(s.root, 'calls'))
  const { calls } = library(
    s,
    'export INSTANCE_ID\nCOORD_LIBRARY= CLAUDE_INSTANCE_ID=agent-1\nsource .claude/coordination/lib/coordination.sh\ncd /\ncoord_release_lock f',
  )
  assert.equal(calls, ['agent-1 lock release -- f'])
})

test.run()
