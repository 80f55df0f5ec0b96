import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fold } from '@coordlog/coordination/fold'
import { compactLog } from '@coordlog/log/compaction'
import { openFileLog } from '@coordlog/log/fileLog'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord bundle')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`
const now = { at: clock('13:00') }
const secret = 'Zebra'

async function story({ coord, repository }: Scratch): Promise<void> {
  const who = ['--instance', `alice${secret}`, '--role', `role${secret}`, '--task', `task ${secret}`]
  const env = { USER: `user${secret}` }
  await coord(['instance', 'register', ...who], { at: clock('12:00'), env })
  const file = `src/${secret}/a.ts`
  mkdirSync(join(repository, `src/${secret}`))
  await coord(['lock', 'acquire', file, '--instance', `alice${secret}`, '--reason', `because ${secret}`], {
    at: clock('12:01'),
  })
  await coord(['lock', 'acquire', file, 'src/app.ts', '--instance', 'bob'], { at: clock('12:02') })
  await coord(
    ['decisions', 'add', '--category=testing', `--title=T${secret}`, `--description=D${secret}`, '--instance', 'bob'],
    { at: clock('12:03') },
  )
  await coord(['lock', 'release', file, '--force', '--reason', `${secret}!`, '--instance', 'bob'], {
    at: clock('12:04'),
  })
  writeFileSync(join(repository, '.git/coordlog/hooks.log'), `${clock('12:05')} coordination: ${secret} failed\n`)
}

/** Unpacked by the system's tar; the folder in it. */
function unpacked({ folder }: Scratch, file: string): { root: string; text: string } {
  const into = join(folder, `unpacked-${Date.now()}-${Math.floor(performance.now())}`)
  mkdirSync(into)
  const { status, stderr } = spawnSync('tar', ['xzf', file, '-C', into], { encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
  const [name = ''] = readdirSync(into)
  return { root: join(into, name), text: gunzipSync(readFileSync(file)).toString('latin1') }
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

test('one file that tar opens: the log as it is, settings, reports, versions; for its owner alone', async (context) => {
  const { coord, folder, repository } = context
  await story(context)
  const file = join(folder, 'bundle.tar.gz')
  const made = JSON.parse((await coord(['bundle', '--output', file, '--json'], now)).stdout)
  assert.equal([made.ok, made.firstSequence, made.sequence, made.redacted], [true, 1, 6, false])
  assert.equal([made.bytes, statSync(file).mode & 0o777], [statSync(file).size, 0o600])
  assert.is((await coord(['bundle', '--output', file], now)).code, 74, 'it is not written over')
  const { root } = unpacked(context, file)
  assert.equal(
    made.files.map(({ path, bytes }: { path: string; bytes: number }) => [
      path,
      statSync(join(root, path)).size === bytes,
    ]),
    made.files.map(({ path }: { path: string }) => [path, true]),
  )
  const original = join(repository, '.git/coordlog/segments/00000000000000000001.ndjson')
  assert.equal(readFileSync(join(root, 'coordlog/segments/00000000000000000001.ndjson')), readFileSync(original))
  const dir = ['--dir', join(root, 'coordlog')]
  assert.is((await coord(['verify', ...dir], now)).code, 0)
  for (const ask of [
    ['status', '--json'],
    ['log', '--json'],
    ['audit', '--json'],
  ]) {
    assert.equal(await coord([...ask, ...dir], now), await coord(ask, now), ask.join(' '))
  }
  assert.is(read(join(root, 'verify.json')).ok, true)
  assert.ok(read(join(root, 'doctor.json')).some(({ name }: { name: string }) => name === 'flock'))
  assert.is(read(join(root, 'config.json')).settings['lock.ttl'], '5m')
  assert.is(read(join(root, 'bundle.json')).versions.node, process.versions.node)
  assert.match(readFileSync(join(root, 'hooks.log'), 'utf8'), /Zebra failed\n$/)
  assert.match(readFileSync(join(root, 'README.txt'), 'utf8'), /NOT redacted/)
})

test('redacted: no word, name or path of anybody is in it; it verifies, folds, and counts what the original counts', async (context) => {
  const { coord, folder, repository } = context
  await story(context)
  const file = join(folder, 'bundle.tar.gz')
  const { stdout, code } = await coord(['bundle', '--redact', '--output', file], now)
  assert.equal([code, /Redacted: nothing that anybody wrote/.test(stdout)], [0, true])
  const { root, text } = unpacked(context, file)
  for (const word of [secret, 'alice', 'src/', 'app.ts', 'because', repository, folder]) {
    assert.not.ok(text.includes(word), `${word} in ${text.slice(Math.max(0, text.indexOf(word) - 200)).slice(0, 400)}`)
  }
  const dir = ['--dir', join(root, 'coordlog')]
  assert.match((await coord(['verify', ...dir], now)).stdout, /^Sound: .*\n {2}Events: 6\n/)
  assert.is((await coord(['replay', '--verify', ...dir], now)).code, 0)
  assert.is((await coord(['what-if', ...dir], now)).code, 0)
  const audit = async (args: string[]) => JSON.parse((await coord(['audit', '--json', ...args], now)).stdout)
  const [own, theirs] = [await audit(dir), await audit([])]
  assert.equal([own.totals, own.types, own.hours], [theirs.totals, theirs.types, theirs.hours])
  const refused = (await coord(['log', '--json', '--type', 'lock.denied', ...dir], now)).stdout
  const { data, by } = JSON.parse(refused)
  const granted = JSON.parse(
    (await coord(['log', '--json', '--type', 'lock.acquired', '--limit', '1', ...dir], now)).stdout,
  )
  assert.is(data.heldBy[0].path, granted.data.paths[0], 'the same file has the same name')
  assert.equal([data.heldBy[0].holder, by === granted.by], [granted.by, false])
  assert.equal(
    [read(join(root, 'bundle.json')).redacted, readFileSync(join(root, 'hooks.log'), 'utf8')],
    [true, `${clock('12:05')}\n`],
  )
  assert.match(readFileSync(join(root, 'README.txt'), 'utf8'), /REDACTED/)
})

test('secrets never: tokens of the resident, settings that open something, the environment', async (context) => {
  const { coord, folder, repository } = context
  await story(context)
  const token = `${'c0ffee'.repeat(10)}abcd`
  const directory = join(repository, '.git/coordlog')
  writeFileSync(join(directory, 'resident'), `coordlog-resident-1 build 4242 1 ${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'resident.port'), `coordlog-hooks-1 24242 ${token}\n`, { mode: 0o600 })
  mkdirSync(join(repository, '.claude/coordination'), { recursive: true })
  const settings = { decisions: { folder: 'papers' }, webhook: { url: 'https://x.example', secret: `s3cret${token}` } }
  writeFileSync(join(repository, '.claude/coordination/config.json'), JSON.stringify(settings))
  const env = { COORD_WEBHOOK_SECRET: `env${token}`, ANTHROPIC_API_KEY: `key${token}` }
  for (const [name, flags] of [
    ['open', []],
    ['redacted', ['--redact']],
  ] as const) {
    const file = join(folder, `${name}.tar.gz`)
    assert.is((await coord(['bundle', ...flags, '--output', file], { ...now, env })).code, 0)
    const { root, text } = unpacked(context, file)
    assert.not.ok(text.includes(token), name)
    assert.is(read(join(root, 'config.json')).settings['decisions.folder'], 'papers')
    assert.equal(readdirSync(join(root, 'coordlog')).sort(), ['lock', 'segments'])
  }
})

/** The same history in segments of a few events each. */
async function inSmallSegments({ coord, repository }: Scratch): Promise<string> {
  for (let n = 0; n < 12; n += 1) {
    await coord(['lock', 'acquire', `src/${n}.ts`, '--instance', n % 2 ? 'alice' : 'bob'], {
      at: clock(`12:${10 + n}`),
    })
  }
  const directory = join(repository, '.git/coordlog-small')
  const log = await openFileLog(directory, { segmentBytesMax: 1_500 })
  const lines = (await coord(['log', '--json'])).stdout.trimEnd().split('\n')
  for (const line of lines) {
    const { ts, type, by, data } = JSON.parse(line)
    await log.append({ ts, type, by, data, durable: false }, 'any')
  }
  log.close()
  return directory
}

test('the last part stands by itself, with the state before it; also out of archives, also redacted', async (context) => {
  const { coord, folder } = context
  await story(context)
  const small = await inSmallSegments(context)
  const last = Number(JSON.parse((await coord(['status', '--json', '--dir', small], now)).stdout).sequence)
  await compactLog(small, fold, { segmentBytesMax: 1_500, olderThan: clock('12:15') })
  for (const flags of [[], ['--redact']]) {
    const file = join(folder, `part${flags.length}.tar.gz`)
    const ask = ['bundle', '--last', '5', '--output', file, '--json', '--dir', small, ...flags]
    const made = JSON.parse((await coord(ask, now)).stdout)
    assert.ok(made.firstSequence > 1 && made.firstSequence <= last - 4, `${made.firstSequence} of ${last}`)
    const dir = ['--dir', join(unpacked(context, file).root, 'coordlog')]
    const verdict = JSON.parse((await coord(['verify', '--json', ...dir], now)).stdout)
    assert.equal([verdict.ok, verdict.firstSequence, verdict.sequence], [true, made.firstSequence, last])
    const { locks, instances } = JSON.parse((await coord(['status', '--json', ...dir], now)).stdout)
    const whole = JSON.parse((await coord(['status', '--json', '--dir', small], now)).stdout)
    assert.equal([locks.length, instances.length], [whole.locks.length, whole.instances.length])
    if (flags.length === 0) assert.equal(locks, whole.locks)
  }
})

test('a damaged log is bundled as it is; redacted, what comes before the damage', async (context) => {
  const { coord, folder } = context
  await story(context)
  const small = await inSmallSegments(context)
  const [, second = ''] = readdirSync(join(small, 'segments')).sort()
  const path = join(small, 'segments', second)
  writeFileSync(path, readFileSync(path, 'utf8').replace('"lock.', '"lokk.'))
  appendFileSync(join(small, 'segments', readdirSync(join(small, 'segments')).sort().at(-1) ?? ''), '{"v":1,"se')
  for (const flags of [[], ['--redact']]) {
    const file = join(folder, `damaged${flags.length}.tar.gz`)
    const { code } = await coord(['bundle', '--last', '1', '--output', file, '--dir', small, ...flags], now)
    assert.is(code, 0)
    const { root } = unpacked(context, file)
    const { damage } = read(join(root, 'verify.json'))
    assert.equal([damage.kind, damage.lastGoodSequence > 0], ['corrupt', true])
    const verdict = await coord(['verify', '--json', '--dir', join(root, 'coordlog')], now)
    const { sequence } = JSON.parse(verdict.stdout)
    assert.equal([verdict.code, sequence], [flags.length === 0 ? 1 : 0, damage.lastGoodSequence])
    assert.match(readFileSync(join(root, 'README.txt'), 'utf8'), /The log is damaged/)
    if (flags.length === 0) assert.equal(readFileSync(join(root, 'coordlog/segments', second)), readFileSync(path))
  }
})

test('of nothing there is a bundle too; one that is interrupted leaves no file', async (context) => {
  const { coord, folder } = context
  const file = join(folder, 'empty.tar.gz')
  assert.is((await coord(['bundle', '--output', file], now)).code, 0)
  assert.is(read(join(unpacked(context, file).root, 'bundle.json')).sequence, 0)
  assert.is((await coord(['bundle', '--redact', '--output', join(folder, 'none.tar.gz')], now)).code, 0)
  const cut = join(folder, 'cut.tar.gz')
  await coord(['bundle', '--output', cut], { ...now, signal: AbortSignal.abort() })
  assert.not.ok(existsSync(cut))
})

test.run()
