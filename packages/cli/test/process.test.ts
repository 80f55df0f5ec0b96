import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LOCK_FILE } from '@coordlog/log/format'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { coordlogRoot, program, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord as a process')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

function shell(repository: string, script: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    cwd: repository,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'] ?? '', HOME: repository, COORD: program, ...env },
  })
  return { status, stdout, stderr }
}

test('exit codes, data on stdout, talk on stderr', ({ run }) => {
  assert.equal(run(['lock', 'check', 'f']), { code: 0, stdout: 'Free: f\n', stderr: '' })
  assert.is(run(['lock', 'acquire', 'f', '--instance', 'alice']).code, 0)
  const refused = run(['lock', 'acquire', 'f', '--instance', 'bob'])
  assert.equal([refused.code, refused.stdout], [3, ''])
  assert.match(refused.stderr, /^File f is locked by instance alice\n/)
  assert.is(run(['lock', 'check', 'f']).code, 1)
  assert.is(run(['nonsense']).code, 2)
})

test('all that is started from one terminal is one instance', ({ run }) => {
  run(['lock', 'acquire', 'a'])
  run(['lock', 'acquire', 'b'])
  const { instances } = JSON.parse(run(['status', '--json']).stdout)
  assert.equal([instances.length, instances[0].filesLocked, instances[0].liveness], [1, ['a', 'b'], 'alive'])
})

test('a reader that goes away ends it without a word', async ({ coord, repository }) => {
  for (let n = 0; n < 40; n++)
    await coord(['decisions', 'add', '--category=testing', `--title=t${n}`, `--description=${'x'.repeat(4000)}`])
  const { status, stdout, stderr } = shell(
    repository,
    'set -o pipefail; node "$COORD" log --json | head -1 | wc -l; echo "${PIPESTATUS[0]}"',
  )
  assert.equal([status, stdout.trim().split(/\s+/), stderr], [0, ['1', '0'], ''])
  const help = shell(repository, 'node "$COORD" --help | true; echo "${PIPESTATUS[0]}"')
  assert.equal([help.stdout, help.stderr], ['0\n', ''])
  const following = shell(repository, 'node "$COORD" log --follow --json | head -1 | wc -l; echo "${PIPESTATUS[0]}"')
  assert.equal([following.status, following.stdout.trim().split(/\s+/), following.stderr], [0, ['1', '0'], ''])
})

test('an answer that cannot be written is an error, not a trace', ({ repository }) => {
  if (!existsSync('/dev/full')) {
    process.stdout.write('\nSKIP an answer that cannot be written: there is no /dev/full here\n')
    return
  }
  const { status, stderr } = shell(repository, 'node "$COORD" --help > /dev/full')
  assert.is(status, 74)
  assert.match(stderr, /^The system said ENOSPC/)
  assert.is(stderr.trim().split('\n').length, 1)
})

test('without stdin, stderr or a terminal', ({ repository }) => {
  assert.equal(shell(repository, 'node "$COORD" status <&-').stdout, 'Active Instances: 0\n')
  assert.equal(shell(repository, 'node "$COORD" status 2>&-').stdout, 'Active Instances: 0\n')
  assert.is(shell(repository, 'node "$COORD" lock acquire 2>&-').status, 2)
  assert.is(shell(repository, 'node "$COORD" lock acquire < /dev/zero').status, 2)
})

test('colours only where somebody wants them', ({ repository }) => {
  const colour = '\u001b['
  assert.not.ok(shell(repository, 'node "$COORD" --help').stdout.includes(colour))
  assert.ok(shell(repository, 'node "$COORD" --help', { FORCE_COLOR: '1' }).stdout.includes(colour))
  assert.not.ok(shell(repository, 'node "$COORD" --help', { FORCE_COLOR: '0' }).stdout.includes(colour))
  assert.not.ok(shell(repository, 'node "$COORD" --help', { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout.includes(colour))
  assert.not.ok(shell(repository, 'node "$COORD" status --nonsense', { FORCE_COLOR: '1' }).stderr.includes(colour))
})

test('--version is the version of the package', ({ run }) => {
  const { version } = JSON.parse(readFileSync(join(coordlogRoot, 'package.json'), 'utf8'))
  assert.equal(run(['--version']), { code: 0, stdout: `coord ${version}\n`, stderr: '' })
})

test('somebody else is writing and does not stop: exit code 75, and the holder is named', ({ run, repository }) => {
  run(['lock', 'acquire', 'f', '--instance', 'alice'])
  const fsExt = createRequire(import.meta.url).resolve('fs-ext')
  const hold = `const fs=require('fs');const fd=fs.openSync(process.argv[1],'r+');require(process.argv[2]).flockSync(fd,'exnb');console.log(process.pid);setInterval(()=>{},1e9)`
  const lockFile = join(repository, '.git/coordlog', LOCK_FILE)
  const script = `exec 3< <(exec node -e "$HOLD" "${lockFile}" "${fsExt}"); read -u 3 holder
    node "$COORD" lock acquire g --instance bob --json; code=$?
    kill "$holder"; echo "$code $holder"; node "$COORD" status --json`
  const { stdout } = shell(repository, script, { HOLD: hold })
  const [document = '', ended = '', status = ''] = stdout.split('\n')
  const [code, holder] = ended.split(' ')
  const { error, exitCode, message } = JSON.parse(document)
  assert.equal([code, error, exitCode, JSON.parse(status).locks.length], ['75', 'busy', 75, 1])
  if (existsSync('/proc/locks')) assert.ok(message.includes(`process ${holder} holds it`), message)
})

test('a full disk: nothing is recorded, exit code 74 with the cause', ({ repository, folder }) => {
  const mounted = shell(repository, `mkdir ${folder}/small && mount -t tmpfs -o size=64k tmpfs ${folder}/small`)
  if (mounted.status !== 0) {
    process.stdout.write('\nSKIP a full disk: a small file system cannot be mounted here\n')
    return
  }
  try {
    const script = `mkdir -m 700 ${folder}/small/log && export COORD_DIR=${folder}/small/log
      node "$COORD" lock acquire a || exit 1
      dd if=/dev/zero of=${folder}/small/fill bs=1k count=100 2>/dev/null
      for n in $(seq 60); do node "$COORD" decisions add --category=testing --title=t --description="$(head -c 4000 /dev/zero | tr '\\0' x)" --json || exit $?; done`
    const { status, stdout } = shell(repository, script)
    assert.is(status, 74, stdout)
    const { error, cause } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    assert.equal([error, cause], ['io', 'ENOSPC'])
    const good = shell(repository, `COORD_DIR=${folder}/small/log node "$COORD" log --json | wc -l`)
    assert.is(Number(good.stdout), stdout.trim().split('\n').length - 1 + 1)
  } finally {
    shell(repository, `umount ${folder}/small`)
  }
})

test.run()
