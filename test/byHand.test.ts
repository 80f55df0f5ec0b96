// timeout: 300s

import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Ended, edit, openStage, payload, type Stage } from './resident/stage.js'
import { skip } from './skip.js'

/** What a person can do to a log while sessions live: each case with what they are told, and never two truths. */

const byHand = suite<{ stage: Stage }>('damage by hand')
byHand.before.each((context) => {
  context.stage = openStage()
  git(context.stage, 'init', '-q', '-b', 'main')
  git(context.stage, 'commit', '-q', '--allow-empty', '-m', 'first')
})
byHand.after.each(({ stage }) => stage.remove())

const off = { env: { COORD_RESIDENT: 'off' } }

function git({ repo, env }: Stage, ...args: string[]): void {
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org']
  const ended = spawnSync('git', [...identity, ...args], { cwd: repo, encoding: 'utf8', env })
  assert.is(ended.status, 0, ended.stderr)
}

/** A session asks for a file by its hook; what its agent hears. */
const asks = (stage: Stage, session: string, file: string): Ended =>
  stage.hook(edit(stage.repo, session, `${session}-${file}-${Math.random()}`, file), off)

const isDenied = ({ code, stdout }: Ended) => code === 0 && stdout.includes('"deny"')

/** Nothing said, nothing refused. */
function isAllowed({ code, stdout, stderr }: Ended): void {
  assert.equal([code, stdout, stderr], [0, '', ''])
}

/** A hook that cannot record lets the edit go, exits 0, and says one line with what to run. */
function isLetGo({ code, stdout, stderr }: Ended, says: RegExp): void {
  assert.is(code, 0)
  assert.not.match(stdout, '"deny"')
  assert.ok(says.test(stderr + stdout), stderr + stdout)
  assert.ok(stderr.trim().split('\n').length <= 1, stderr)
}

const statusOf = (stage: Stage) => JSON.parse(stage.direct(['status', '--json']).stdout)
const verifyCode = (stage: Stage) => stage.direct(['verify']).code

function twoSessions(stage: Stage): void {
  for (const session of ['one', 'two'])
    stage.hook(payload(stage.repo, session, 'SessionStart', { source: 'startup' }), off)
  isAllowed(asks(stage, 'one', 'a.ts'))
  assert.ok(isDenied(asks(stage, 'two', 'a.ts')))
}

byHand(
  'the directory deleted while sessions live: a new log, the same for both, and nobody is blocked',
  ({ stage }) => {
    twoSessions(stage)
    rmSync(stage.directory, { recursive: true })
    assert.is(stage.direct(['status', '--json']).code, 0)
    isAllowed(asks(stage, 'two', 'a.ts'))
    assert.ok(isDenied(asks(stage, 'one', 'a.ts')), 'the lease of before is gone, that of now counts')
    assert.equal([statusOf(stage).locks.length, verifyCode(stage)], [1, 0])
  },
)

byHand('segments put back to an older copy: noticed, nothing is written, and it is said what to run', ({ stage }) => {
  twoSessions(stage)
  const segments = join(stage.directory, 'segments')
  cpSync(segments, join(stage.folder, 'copy'), { recursive: true })
  isAllowed(asks(stage, 'one', 'b.ts'))
  rmSync(segments, { recursive: true })
  cpSync(join(stage.folder, 'copy'), segments, { recursive: true })
  const before = readFileSync(join(segments, readdirSync(segments)[0] ?? ''))
  const refused = stage.direct(['lock', 'acquire', 'c.ts', '--json'])
  assert.equal([refused.code, JSON.parse(refused.stdout).error], [65, 'damaged'])
  assert.match(JSON.parse(refused.stdout).message, /last good sequence is \d+.* Run: coord verify/s)
  isLetGo(asks(stage, 'two', 'b.ts'), /damaged|coord verify/)
  assert.is(verifyCode(stage), 1)
  assert.equal(readFileSync(join(segments, readdirSync(segments)[0] ?? '')), before)
})

byHand('the whole directory put back to an older copy is that older log, and goes on as one', ({ stage }) => {
  twoSessions(stage)
  cpSync(stage.directory, join(stage.folder, 'copy'), { recursive: true })
  isAllowed(asks(stage, 'one', 'b.ts'))
  rmSync(stage.directory, { recursive: true })
  cpSync(join(stage.folder, 'copy'), stage.directory, { recursive: true })
  isAllowed(asks(stage, 'two', 'b.ts'))
  assert.ok(isDenied(asks(stage, 'one', 'b.ts')))
  assert.is(verifyCode(stage), 0)
})

byHand('a line edited by hand: its byte is named, what comes before it is served, nothing is written', ({ stage }) => {
  twoSessions(stage)
  isAllowed(asks(stage, 'one', 'b.ts'))
  const segments = join(stage.directory, 'segments')
  const file = join(segments, readdirSync(segments)[0] ?? '')
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.includes('"paths":["b.ts"]'))
  writeFileSync(file, text.replace('"paths":["b.ts"]', '"paths":["c.ts"]'))
  const found = JSON.parse(stage.direct(['verify', '--json']).stdout)
  const offset = Buffer.byteLength(lines.slice(0, at).join('\n')) + 1
  assert.equal([found.ok, found.damage.kind, found.damage.offset], [false, 'corrupt', offset])
  assert.is(found.damage.lastGoodSequence, at)
  assert.is(stage.direct(['lock', 'acquire', 'd.ts']).code, 65)
  isLetGo(asks(stage, 'two', 'd.ts'), /damaged|coord verify/)
  const shownLines = stage.direct(['log', '--json']).stdout.trim().split('\n')
  assert.ok(shownLines.length >= at && !shownLines.some((line) => line.includes('c.ts')))
})

byHand('git clean -fdx: the log is not among what goes; doctor says what is missing', ({ stage }) => {
  assert.is(stage.direct(['init']).code, 0)
  twoSessions(stage)
  const { sequence } = statusOf(stage)
  git(stage, 'clean', '-fdxq')
  assert.not(existsSync(join(stage.repo, '.claude')))
  assert.equal([statusOf(stage).sequence, verifyCode(stage)], [sequence, 0])
  assert.ok(isDenied(asks(stage, 'two', 'a.ts')))
  const { checks } = JSON.parse(stage.direct(['doctor', '--json']).stdout)
  const hooks = checks.find(({ name }: { name: string }) => name === 'hooks')
  assert.equal([hooks.result, hooks.run], ['warn', 'coord init'])
})

byHand('another branch checked out, and changes stashed: one log for all of them', ({ stage }) => {
  twoSessions(stage)
  const { sequence } = statusOf(stage)
  writeFileSync(join(stage.repo, 'a.ts'), 'x')
  git(stage, 'add', 'a.ts')
  git(stage, 'stash', '-q')
  git(stage, 'checkout', '-q', '-b', 'other')
  assert.is(statusOf(stage).sequence, sequence)
  assert.ok(isDenied(asks(stage, 'two', 'a.ts')))
  git(stage, 'checkout', '-q', 'main')
  assert.equal([statusOf(stage).locks.length, verifyCode(stage)], [1, 0])
})

/** A small file system of its own under the log. False where that may not be. */
function mounted(stage: Stage, size: string, use: () => void): boolean {
  mkdirSync(stage.directory, { recursive: true })
  const options = `size=${size},mode=0700`
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', stage.directory]).status !== 0) return false
  try {
    use()
  } finally {
    spawnSync('umount', ['-l', stage.directory])
  }
  return true
}

byHand('a full disk: hooks let edits go and say so, commands end with 74, and with room it goes on', ({ stage }) => {
  const isDone = mounted(stage, '64k', () => {
    twoSessions(stage)
    const ballast = join(stage.directory, 'ballast')
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1k', 'count=100'])
    let refused: Ended | undefined
    for (let n = 0; n < 60 && refused === undefined; n += 1) {
      const long = 'x'.repeat(3_000)
      const words = ['--category=testing', '--title=t', `--description=${long}`, '--json']
      const ended = stage.direct(['decisions', 'add', ...words])
      if (ended.code !== 0) refused = ended
    }
    assert.equal([refused?.code, JSON.parse(refused?.stdout ?? '').cause], [74, 'ENOSPC'])
    for (let n = 0; n < 20; n += 1) {
      const ended = asks(stage, 'two', `${n}${'y'.repeat(150)}.ts`)
      if (ended.stderr === '') continue
      isLetGo(ended, /[Mm]ake room/)
      break
    }
    rmSync(ballast)
    isAllowed(asks(stage, 'two', 'z.ts'))
    assert.is(verifyCode(stage), 0)
  })
  if (!isDone) skip('a full disk', 'a small file system cannot be mounted here')
})

byHand('a read-only disk: it is read as ever, nothing is recorded, and it is said why', ({ stage }) => {
  const isDone = mounted(stage, '4m', () => {
    twoSessions(stage)
    const { sequence } = statusOf(stage)
    spawnSync('mount', ['-o', 'remount,ro', stage.directory])
    const refused = stage.direct(['lock', 'acquire', 'b.ts', '--json'])
    const { message } = JSON.parse(refused.stdout)
    assert.ok([74, 77].includes(refused.code ?? -1), `${refused.code} ${message}`)
    assert.match(message, /read-only|EROFS/i)
    isLetGo(asks(stage, 'two', 'b.ts'), /read-only|EROFS/i)
    assert.equal([statusOf(stage).sequence, verifyCode(stage)], [sequence, 0])
    assert.is(stage.direct(['doctor']).code, 1)
    spawnSync('mount', ['-o', 'remount,rw', stage.directory])
    isAllowed(asks(stage, 'two', 'b.ts'))
  })
  if (!isDone) skip('a read-only disk', 'a small file system cannot be mounted here')
})

byHand('a directory that others may write to: nothing is read or written, and it is said what to mend', ({ stage }) => {
  twoSessions(stage)
  chmodSync(stage.directory, 0o777)
  const refused = stage.direct(['lock', 'acquire', 'b.ts'])
  assert.is(refused.code, 78, refused.stderr)
  assert.match(refused.stderr, /writable by everybody.*coord doctor/s)
  isLetGo(asks(stage, 'two', 'b.ts'), /writable by everybody/)
  chmodSync(stage.directory, 0o700)
  assert.ok(isDenied(asks(stage, 'two', 'a.ts')))
})

byHand.run()
