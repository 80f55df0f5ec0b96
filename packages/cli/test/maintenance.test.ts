import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileLog } from '@coordlog/log/fileLog'
import { scanLog } from '@coordlog/log/search'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('verify with its flags, and compact')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`

/** Ten events, one after the other a minute apart, in segments of a few. */
async function inSegments({ coord, repository }: Scratch): Promise<string> {
  for (let n = 0; n < 9; n += 1) {
    await coord(['lock', 'acquire', `src/${n}.ts`, '--instance', 'alice'], { at: clock(`12:0${n}`) })
  }
  const directory = join(repository, '.git/coordlog-small')
  const log = await openFileLog(directory, { segmentBytesMax: 1_000 })
  const events: Parameters<typeof log.append>[0][] = []
  await scanLog(join(repository, '.git/coordlog'), 1, ({ ts, type, by, data }) => {
    events.push({ ts, type, by, data, durable: false })
    return true
  })
  for (const event of events) await log.append(event, 'any')
  log.close()
  return directory
}

/** Each file of a log, with its bytes. */
function bytesBelow(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return new Map(paths.map((path) => [path, readFileSync(path, 'latin1')]))
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).length : 0)

test('compact: says what it would do, does it, and every answer stays', async (context) => {
  const { coord } = context
  const directory = await inSegments(context)
  const dir = ['--dir', directory]
  const segments = filesIn(join(directory, 'segments'))
  assert.ok(segments >= 4, `${segments} segments`)
  const answers = async () => {
    const asked = [
      ['status', '--json'],
      ['log', '--json'],
      ['status', '--json', '--at', '3'],
      ['why', 'src/1.ts', '--json'],
      ['replay', '--json'],
    ]
    return Promise.all(asked.map((args) => coord([...args, ...dir], { at: clock('12:30') })))
  }
  const before = await answers()
  const dry = JSON.parse((await coord(['compact', '--keep-days', '0', '--dry-run', '--json', ...dir])).stdout)
  assert.equal([dry.dryRun, dry.segments.length, filesIn(join(directory, 'segments'))], [true, segments - 1, segments])
  assert.match((await coord(['compact', ...dir], { at: clock('12:30') })).stdout, /^Nothing to compact: .* 30 days/)
  const { code, stdout } = await coord(['compact', '--keep-days', '0', ...dir])
  assert.is(code, 0)
  assert.match(stdout, new RegExp(`^Segments packed: ${segments - 1} \\(events 1 to \\d+\\)\nSpace saved: `))
  assert.equal([filesIn(join(directory, 'segments')), filesIn(join(directory, 'archive'))], [1, segments - 1])
  assert.equal(await answers(), before)
  assert.is((await coord(['verify', ...dir])).code, 0)
  const dropped = JSON.parse((await coord(['compact', '--keep-days', '0', '--drop', '--json', ...dir])).stdout)
  assert.equal([dropped.ok, dropped.mode, dropped.bytesSaved < 0 || dropped.segments.length > 0], [true, 'drop', true])
  assert.is((await coord(['status', '--json', ...dir], { at: clock('12:30') })).stdout, before[0]?.stdout)
  assert.is((await coord(['compact', '--archive', '--drop'])).code, 2)
})

test('compact and verify show on a terminal how far they are, on standard error, and take it away again', async (context) => {
  const directory = await inSegments(context)
  let nowMs = 0
  const monotonicMs = () => (nowMs += 60)
  for (const words of [['verify'], ['compact', '--keep-days', '0']]) {
    const args = [...words, '--dir', directory]
    const { code, stdout, stderr } = await context.coord(args, { isTerminal: true, monotonicMs })
    assert.is(code, 0)
    assert.match(stderr.split('\u001b[K')[0] ?? '', /^\r█*░* \d+ %, \d+ of \d+ (segments|verified)$/)
    assert.ok(stderr.endsWith('\r\u001b[K'), JSON.stringify(stderr))
    assert.not.match(stdout, '█')
    const piped = await context.coord(args, { monotonicMs })
    assert.equal([piped.code, piped.stderr], [0, ''])
  }
})

test('--attest writes a new file, --against proves that the log still begins so, and finds a rewriting', async (context) => {
  const { coord, folder } = context
  const directory = await inSegments(context)
  const dir = ['--dir', directory]
  const file = join(folder, 'kept.json')
  const attested = await coord(['verify', '--attest', file, '--json', ...dir])
  assert.equal([attested.code, JSON.parse(attested.stdout).sequence], [0, 10])
  const again = await coord(['verify', '--attest', file, ...dir])
  assert.is(again.code, 2, 'it is not written over')
  assert.match(again.stderr, `coord verify --against ${file}`)
  await coord(['lock', 'release', 'src/1.ts', '--instance', 'alice', ...dir], { at: clock('12:20') })
  await coord(['compact', '--keep-days', '0', ...dir])
  const same = await coord(['verify', '--against', file, '--json', ...dir])
  assert.equal([same.code, JSON.parse(same.stdout).proven], [0, 10])
  const lie = readFileSync(file, 'utf8').replace('"bytes": ', '"bytes": 1')
  writeFileSync(file, lie)
  const other = await coord(['verify', '--against', file, ...dir])
  assert.equal([other.code, /^CHANGED:\n {2}- /.test(other.stdout)], [1, true])
  assert.is((await coord(['verify', '--against', join(folder, 'repo/src/app.ts'), ...dir])).code, 2)
  assert.is((await coord(['verify', '--against', join(folder, 'none'), ...dir])).code, 74)
  assert.is((await coord(['verify', '--repair', '--attest', file])).code, 2)
})

test('closed segments are sealed; their head, kept elsewhere, tells later whether the history still leads to it', async (context) => {
  const { coord } = context
  const directory = await inSegments(context)
  const dir = ['--dir', directory]
  await coord(['compact', '--keep-days', '0', ...dir])
  const { stdout } = await coord(['verify', ...dir])
  const head = / {2}Sealed: \d+ segments by SHA-256, head ([0-9a-f]{64})\n/.exec(stdout)?.[1] ?? ''
  const same = await coord(['verify', '--against', head, '--json', ...dir])
  const { proven, sequence } = JSON.parse(same.stdout)
  assert.equal([same.code, proven > 0 && proven === sequence], [0, true])
  assert.is((await coord(['verify', '--against', '0'.repeat(64), ...dir])).code, 1)
  const file = join(directory, 'seals.ndjson')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"first":1,', '"first":2,'))
  const changed = await coord(['verify', ...dir])
  assert.is(changed.code, 1)
  assert.match(changed.stdout, /^CHANGED: .*\n[\s\S]* {2}Changed: line 1 of .* does not follow/)
  assert.match((await coord(['verify', '--repair', ...dir])).stdout, /left as it is/)
})

test('--repair mends a torn end; damage it leaves alone, and --salvage copies what verifies', async (context) => {
  const { coord, folder } = context
  const directory = await inSegments(context)
  const dir = ['--dir', directory]
  assert.match((await coord(['verify', '--repair', ...dir])).stdout, /^Nothing had to be mended/)
  const folderOfSegments = join(directory, 'segments')
  const names = readdirSync(folderOfSegments).sort()
  appendFileSync(join(folderOfSegments, names.at(-1) ?? ''), '{"v":1,"se')
  const mended = JSON.parse((await coord(['verify', '--repair', '--json', ...dir])).stdout)
  assert.equal([mended.ok, mended.done.length, mended.sequence], [true, 1, 11])
  const second = join(folderOfSegments, names[1] ?? '')
  const size = statSync(second).size
  writeFileSync(second, readFileSync(second, 'utf8').replace('"alice"', '"alicf"'))
  assert.is(statSync(second).size, size)
  const refused = await coord(['verify', '--repair', ...dir])
  assert.equal([refused.code, /Run: coord verify --salvage DIR\n$/.test(refused.stdout)], [1, true])
  const target = join(folder, 'saved')
  const original = bytesBelow(directory)
  assert.is((await coord(['verify', ...dir])).code, 1)
  const saved = JSON.parse((await coord(['verify', '--salvage', target, '--json', ...dir])).stdout)
  assert.equal([saved.ok, saved.saved, saved.lost.length], [true, 10, 1])
  assert.is((await coord(['verify', '--dir', target])).code, 0)
  assert.is((await coord(['verify', '--salvage', target, ...dir])).code, 78, 'there is something there')
  assert.equal(bytesBelow(directory), original, 'neither a look at it nor a rescue touches the damaged log')
})

test.run()
