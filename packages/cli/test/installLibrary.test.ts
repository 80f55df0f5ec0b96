// timeout: 120s
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run, type Stage, stage } from './shimStage.js'

const test = suite<Stage>('the installed shell library')
test.before.each((context) => {
  Object.assign(context, stage())
})
test.after.each((context) => context.remove())

/** A stand-in that writes down how it was called, and ends as ANSWERS says: lines "words of the call:exit code:output". */
function recordingStandIn(s: Stage): void {
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
  s: Stage,
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

const registered = 'claude-20260108-124532-a3f7b2d1'

test('the guide’s script, in one instance from register to unregister', (s) => {
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
    `instance register:0:${registered}\ndecisions add:0:DEC-20260108-0001`,
  )
  assert.is(code, 0, err)
  const [decision, id, after] = out.trim().split('\n')
  assert.equal([decision, id, after], ['DEC-20260108-0001', registered, 'after:'])
  assert.match(calls[0] ?? '', /^none instance register --compat --pid=\d+ --role=db-admin --task=Database migration$/)
  assert.equal(calls.slice(1), [
    `${id} lock acquire --reason=Running migration -- backend/a b.py`,
    `${id} lock release -- backend/a b.py`,
    `${id} decisions add --category=database-schema --title=Added users table --description=Initial migration --scope=system`,
    `${id} instance end`,
  ])
})

test('each function is one call, whatever IFS the script has chosen', (s) => {
  const { calls } = library(
    s,
    `IFS=$'\\n\\t'
INSTANCE_ID=me
coord_register_instance "a b" "c d" >/dev/null
INSTANCE_ID=me
coord_heartbeat
coord_acquire_lock "x y"
coord_renew_lock "x y"
coord_check_lock "x y"
coord_detect_conflict "x y"
coord_query_decisions "api-design" 2
coord_query_decisions
coord_list_instances
coord_get_work
coord_get_work you
coord_cleanup_stale_instances
coord_release_locks_by_instance you`,
  )
  assert.match(calls[0] ?? '', / --role=c d --task=a b$/)
  assert.equal(calls.slice(1), [
    'me instance heartbeat',
    'me lock acquire --reason=Editing file -- x y',
    'me lock acquire --renew --reason=Renewed -- x y',
    'me lock check -- x y',
    'me lock check --changed -- x y',
    'me decisions list --compat --limit=2 --category=api-design',
    'me decisions list --compat --limit=10',
    'me instance list --compat',
    'me instance show --compat -- me',
    'me instance show --compat -- you',
    'me lock cleanup --compat',
    'you lock release --all',
  ])
})

test('the program is called past bin/coord where the note of init names it, and found by bin/coord elsewhere', (s) => {
  const shim = '.claude/coordination/bin/coord'
  const again = 'COORD_LIBRARY=; source .claude/coordination/lib/coordination.sh; INSTANCE_ID=me; coord_heartbeat'
  const { code, err, calls } = library(
    s,
    `mv ${shim} aside; ${again}
mv aside ${shim}; mv .git/coordlog/home aside; export COORDLOG_HOME='${s.program}'; ${again}
mv aside .git/coordlog/home; COORDLOG_HOME=/nowhere; ${again}
unset COORDLOG_HOME; echo /nowhere >.git/coordlog/home; ${again} || exit $?`,
  )
  assert.equal(calls, Array(3).fill('me instance heartbeat'))
  assert.is(code, 78, err)
})

test('no function starts a program but coord', (s) => {
  const calls = functions.map((call) => `INSTANCE_ID=me; ${call} >/dev/null`)
  const { code, err } = library(s, ['PATH=/nowhere', 'coord_register_instance t r >/dev/null', ...calls].join('\n'))
  assert.equal([code, err], [0, ''])
})

const functions = [
  'coord_acquire_lock f',
  'coord_release_lock f',
  'coord_check_lock f',
  'coord_detect_conflict f',
  'coord_heartbeat',
  'coord_renew_lock f',
  'coord_release_all_locks',
  'coord_log_decision a b c',
  'coord_unregister_instance',
]

/** What coord ends with, for each call → what the functions return, in their order. */
const codes: [number, number[]][] = [
  [0, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  [1, [1, 1, 10, 12, 1, 1, 1, 1, 1]],
  [2, [2, 2, 2, 2, 2, 2, 2, 2, 2]],
  [3, [10, 10, 3, 1, 1, 1, 3, 3, 0]],
  [75, [75, 75, 75, 75, 75, 75, 75, 75, 75]],
]

for (const [code, expected] of codes) {
  test(`return codes when coord ends with ${code}`, (s) => {
    const calls = functions.map((call) => `INSTANCE_ID=me; code=0; ${call} >/dev/null 2>&1 || code=$?; echo "$code"`)
    const { out, err } = library(
      s,
      calls.join('\n'),
      ['lock', 'instance', 'decisions'].map((w) => `${w}:${code}:`).join('\n'),
    )
    assert.equal(out.trim().split('\n').map(Number), expected, err)
  })
}

test('acts as the agent’s own instance by default, and not as some INSTANCE_ID of the environment', (s) => {
  assert.equal(library(s, 'coord_release_lock f').calls, ['none lock release -- f'])
  rmSync(join(s.root, 'calls'))
  const { calls } = library(
    s,
    'export INSTANCE_ID\nCOORD_LIBRARY= CLAUDE_INSTANCE_ID=agent-1\nsource .claude/coordination/lib/coordination.sh\ncd /\ncoord_release_lock f',
  )
  assert.equal(calls, ['agent-1 lock release -- f'])
})

test.run()
