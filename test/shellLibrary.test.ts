// timeout: 200s
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStage, type Stage } from './seedGuide/stage.js'

/** lib/coordination.sh over the real coord, with and without a resident, under set -euo pipefail. */

const test = suite('the shell library')
let stage: Stage
test.before(() => {
  stage = createStage()
})
test.after(() => stage?.remove())

const head = `set -euo pipefail
IFS=$'\\n\\t'
source .claude/coordination/lib/coordination.sh
code() { local code=0; "$@" || code=$?; echo "$code"; }
`

const paths = [
  'plain.ts',
  'with blank/and "quotes".ts',
  "it's.ts",
  'back\\slash.ts',
  'new\nline.ts',
  '$(touch x) `id` $HOME;&|.ts',
  '*.ts',
  'ünïcode/日本語 😀.ts',
  'e\u0301-nfd.ts',
  '-starts-with-dash.ts',
  `long/${'x'.repeat(240)}.ts`,
  'folder/that/does/not/exist/yet.ts',
]

for (const resident of ['on', 'off']) {
  const env = { COORD_RESIDENT: resident }

  test(`every path meets in one lock, taken, refused, renewed and released (resident ${resident})`, () => {
    if (resident === 'on') stage.session('brings up the resident', { role: 'main' }).end()
    for (const [n, path] of paths.entries()) {
      const script = `${head}
coord_register_instance first >/dev/null; one=$INSTANCE_ID
coord_register_instance second >/dev/null; two=$INSTANCE_ID
INSTANCE_ID=$one; code coord_acquire_lock "$P" "why \\"not\\""
INSTANCE_ID=$two; code coord_acquire_lock "./x/../$P" 2>/dev/null; code coord_check_lock "$P" 2>/dev/null; code coord_release_lock "$P" 2>/dev/null; code coord_renew_lock "$P" 2>/dev/null
INSTANCE_ID=$one; code coord_check_lock "$P"; code coord_renew_lock "$P"; coord_get_work; code coord_release_lock "$P"
INSTANCE_ID=$two; code coord_check_lock "$P"; coord_unregister_instance; INSTANCE_ID=$one; coord_unregister_instance`
      const lines = stage
        .said(script, { env: { ...env, P: path } })
        .trim()
        .split('\n')
      const work = JSON.parse(lines.splice(7, 1)[0] ?? '{}')
      assert.equal(lines.map(Number), [0, 10, 10, 10, 1, 0, 0, 0, 0], `path ${n}: ${JSON.stringify(path)}`)
      assert.equal(work.files_locked, [path.normalize('NFC')])
      if (resident === 'off' && n === 5) break
    }
    assert.not(readdirSync(stage.top).includes('x'), 'a path was executed')
  })

  test(`a file that changed behind the lock, in this process or another (resident ${resident})`, () => {
    writeFileSync(join(stage.top, 'a b.ts'), 'one')
    const id = stage
      .said(`${head}coord_register_instance t >/dev/null; coord_acquire_lock "a b.ts"; echo "$INSTANCE_ID"`, { env })
      .trim()
    const ask = () => stage.said(`${head}INSTANCE_ID=${id}; code coord_detect_conflict "a b.ts" 2>&1`, { env }).trim()
    assert.match(id, /^claude-\d{8}-\d{6}-[0-9a-f]{8}$/)
    // The script that registered it is gone, and so is its instance for everybody else; asked about itself, it is there.
    assert.is(ask(), '0')
    writeFileSync(join(stage.top, 'a b.ts'), 'two')
    assert.match(ask(), /^Changed: a b\.ts is not what it was when it was locked at .*\n12$/)
    assert.match(
      stage.said(`${head}INSTANCE_ID=${id}; code coord_detect_conflict other.ts 2>&1`, { env }),
      /holds no lock on other\.ts[\s\S]*\n1\n$/,
    )
    stage.said(`${head}INSTANCE_ID=${id}; coord_unregister_instance; coord_unregister_instance`, { env })
  })

  test(`a lock is as old in every time zone, and nobody need be anybody's user (resident ${resident})`, () => {
    const east = { ...env, TZ: 'Pacific/Kiritimati', CLAUDE_PID: String(process.pid), USER: '' }
    const west = { ...env, TZ: 'Pacific/Pago_Pago' }
    const take = `${head}unset USER LOGNAME; coord_register_instance t >/dev/null; coord_acquire_lock zone.ts; echo "$INSTANCE_ID"`
    const id = stage.said(take, { env: east }).trim()
    const look = `${head}coord_cleanup_stale_instances; code coord_check_lock zone.ts 2>/dev/null`
    for (const zone of [east, west]) assert.is(stage.said(look, { env: zone }), '0\n10\n')
    const [lock] = stage
      .json('.claude/coordination/bin/coord-lock list --json')
      .locks.filter(({ path }: { path: string }) => path === 'zone.ts')
    const leftMs = Date.parse(lock.expiresAt) - Date.now()
    assert.ok(lock.expiresAt.endsWith('Z') && leftMs > 0 && leftMs <= 300_000, lock.expiresAt)
    stage.said(`${head}INSTANCE_ID=${id}; coord_unregister_instance`, { env: west })
  })

  test(`what is asked of nobody and of those who have ended (resident ${resident})`, () => {
    const script = `${head}
code coord_heartbeat
coord_get_work
coord_get_work nobody
coord_register_instance t >/dev/null; id=$INSTANCE_ID
code coord_heartbeat
coord_unregister_instance
INSTANCE_ID=$id
code coord_heartbeat 2>/dev/null
coord_release_locks_by_instance "$id"
code coord_release_locks_by_instance '' 2>/dev/null
coord_list_instances
coord_query_decisions security 1
code coord_log_decision nonsense t d 2>/dev/null
coord_cleanup_stale_instances`
    const lines = stage.said(script, { env }).trim().split('\n')
    assert.equal(lines, ['1', '{}', '{}', '0', '1', '2', '[]', '[]', '2', '0'])
  })
}

test('the scripts of the examples folder run, and say what happens', () => {
  const run = (name: string) => stage.said(`.claude/coordination/examples/${name}`)
  assert.match(run('two-instances.sh'), /return code 10[\s\S]*Recorded DEC-[\s\S]*\[DEC-\d{8}-\d+\] Tokens expire/)
  assert.match(run('crashed-instance.sh'), /Status: crashed[\s\S]*Instances ended: 1/)
  assert.match(run('changed-behind-the-lock.sh'), /it is what it was[\s\S]*return code 12[\s\S]*No conflict\.\n$/)
  assert.not(stage.git(stage.top, 'status', '--porcelain').includes('examples'))
})

test.run()
