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

test('return codes', (s) => {
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
  assert.match(no.err, /no such "a"\n/)
  const broken = library(s, body, 'lock:75:')
  assert.match(broken.out, /coord_acquire_lock f 75\n/)
})

test('what changed since the lock', (s) => {
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

test('JSON, without jq', (s) => {
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
