import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endOf, outputOf, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord log')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

function records(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

async function story({ coord }: Scratch): Promise<void> {
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'alice'], { at: '2026-01-08T12:00:00.000Z' })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob'], { at: '2026-01-08T12:01:00.000Z' })
  await coord(['lock', 'release', 'src/a.ts', '--instance', 'alice'], { at: '2026-01-08T12:02:00.000Z' })
  await coord(['decisions', 'add', '--category=testing', '--title=T', '--description=D', '--instance', 'bob'], {
    at: '2026-01-08T12:03:00.000Z',
  })
}

test('every event on one line, in order; --json is the records as they are stored', async (context) => {
  await story(context)
  const { stdout } = await context.coord(['log'])
  assert.equal(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).slice(0, 4)),
    [
      ['1', '2026-01-08T12:00:00Z', 'instance.registered', 'alice'],
      ['2', '2026-01-08T12:00:00Z', 'lock.acquired', 'alice'],
      ['3', '2026-01-08T12:01:00Z', 'instance.registered', 'bob'],
      ['4', '2026-01-08T12:01:00Z', 'lock.denied', 'bob'],
      ['5', '2026-01-08T12:02:00Z', 'lock.released', 'alice'],
      ['6', '2026-01-08T12:03:00Z', 'decision.recorded', 'bob'],
    ],
  )
  const directory = join(context.repository, '.git/coordlog/segments')
  const stored = readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('')
  assert.equal(records((await context.coord(['log', '--json'])).stdout), records(stored))
})

test('filters', async (context) => {
  await story(context)
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['--type lock', [2, 4, 5]],
    ['--type lock.denied --type decision', [4, 6]],
    ['--instance alice', [1, 2, 4, 5]],
    ['--instance bob', [3, 4, 6]],
    ['--path ./src/a.ts', [2, 4, 5]],
    ['--path src/b.ts', []],
    ['--since 5', [5, 6]],
    ['--until 2', [1, 2]],
    ['--at 2', [1, 2]],
    ['--since 2026-01-08T12:01:00Z --until 2026-01-08T12:02:00.000Z', [3, 4, 5]],
    ['--limit 2', [5, 6]],
    ['--limit 1 --type lock', [5]],
  ]
  for (const [args, sequences] of rows) {
    const { stdout } = await context.coord(['log', '--json', ...args.split(' ')])
    assert.equal(
      records(stdout).map(({ seq }) => seq),
      sequences,
      args,
    )
  }
})

test('one event: log show and show', async (context) => {
  await story(context)
  const { stdout } = await context.coord(['show', '4', '--json'])
  assert.is(JSON.parse(stdout).type, 'lock.denied')
  assert.match(
    (await context.coord(['log', 'show', '4'])).stdout,
    /^Sequence: 4\n {2}Time: 2026-01-08T12:01:00Z\n {2}Type: lock\.denied\n/,
  )
  assert.is((await context.coord(['log', 'show', '7'])).code, 3)
  for (const wrong of ['0', '-1', 'x', '1.5'])
    assert.is((await context.coord(['log', 'show', '--', wrong])).code, 2, wrong)
})

test('--follow tells each event as it comes, from every process', async ({ coord, start }) => {
  await coord(['lock', 'acquire', 'a', '--instance', 'alice'])
  const following = start(['log', '--follow', '--json', '--limit', '1'])
  await outputOf(following, (text) => text.includes('"seq":2'))
  const rest = outputOf(following, (text) => text.includes('"seq":4'))
  await coord(['lock', 'acquire', 'b', '--instance', 'bob'])
  assert.equal(
    records(await rest).map(({ seq }) => seq),
    [3, 4],
  )
  following.kill('SIGINT')
  assert.equal(await endOf(following), { code: 130, signal: null })
})

test('a damaged log: the part before is shown with a note, exit code 65; writing is refused', async (context) => {
  await story(context)
  const directory = join(context.repository, '.git/coordlog/segments')
  const file = join(directory, readdirSync(directory)[0] ?? '')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"seq":3', '"seq":8'))
  const shown = await context.coord(['log', '--json'])
  assert.equal([shown.code, records(shown.stdout.replace(/\{"ok":false.*\n$/, '')).map(({ seq }) => seq)], [65, [1, 2]])
  for (const asked of [[], ['--type', 'lock'], ['--instance', 'alice']]) {
    const last = await context.coord(['log', '--format', '{sequence}', '--limit', '1', ...asked])
    assert.equal([last.code, last.stdout], [65, '2\n'], `the last ones too, ${asked.join(' ')}`)
  }
  const status = await context.coord(['status', '--json'])
  const { sequence, damage } = JSON.parse(status.stdout)
  assert.equal([status.code, sequence, damage.lastGoodSequence], [65, 2, 2])
  assert.match(status.stderr, /The log is damaged at byte \d+ of [\s\S]*true as of sequence 2\./)
  const refused = await context.coord(['lock', 'acquire', 'z', '--json'])
  assert.equal(
    [refused.code, JSON.parse(refused.stdout).error, JSON.parse(refused.stdout).lastGoodSequence],
    [65, 'damaged', 2],
  )
  const doctor = await context.coord(['doctor', '--json'])
  assert.is(doctor.code, 1)
})

test('verify: sound, or the first bad byte and exit code 1; it changes nothing', async (context) => {
  const { coord, repository } = context
  assert.match((await coord(['verify'])).stdout, /^Sound: .*\n {2}Events: 0\n/)
  await story(context)
  const sound = JSON.parse((await coord(['verify', '--json'])).stdout)
  assert.equal([sound.ok, sound.sequence, sound.firstSequence, sound.segments], [true, 6, 1, 1])
  const directory = join(repository, '.git/coordlog/segments')
  const file = join(directory, readdirSync(directory)[0] ?? '')
  const bytes = readFileSync(file)
  const lineStart = bytes.indexOf('{"v":1,"seq":4')
  const flipped = bytes.indexOf('denied', lineStart)
  bytes[flipped] = (bytes[flipped] ?? 0) ^ 1
  writeFileSync(file, bytes)
  const { code, stdout } = await coord(['verify', '--json'])
  const { ok, damage } = JSON.parse(stdout)
  assert.equal([code, ok, damage.kind, damage.file, damage.lastGoodSequence], [1, false, 'corrupt', file, 3])
  assert.ok(damage.offset >= lineStart && damage.offset < bytes.indexOf('\n', lineStart), `${damage.offset}`)
  assert.match((await coord(['verify'])).stdout, /^DAMAGED: [\s\S]*Last Good Sequence: 3\./)
  assert.equal(readFileSync(file), bytes)
})

test('a torn last line is no damage', async (context) => {
  await story(context)
  const directory = join(context.repository, '.git/coordlog/segments')
  appendFileSync(join(directory, readdirSync(directory)[0] ?? ''), '{"v":1,"seq":7,"ts":"2026')
  assert.equal([(await context.coord(['status'])).code, (await context.coord(['log'])).code], [0, 0])
})

test.run()
