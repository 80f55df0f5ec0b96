import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathMatcher } from '@coordlog/coordination/pathPattern'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pagerOf, startPager } from '../src/output/pager.js'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('how coord log looks')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`

async function story({ coord }: Scratch): Promise<void> {
  const register = ['instance', 'register', '--instance', 'alice', '--role', 'backend', '--task', 'log in']
  await coord(register, { at: clock('12:00') })
  await coord(['lock', 'acquire', 'src/a.ts', 'docs/b.md', '--instance', 'alice'], { at: clock('12:01') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob', '--reason', 'tab\there'], { at: clock('12:02') })
}

test('filters by role, pattern and text', async (context) => {
  await story(context)
  const { coord } = context
  const rows: readonly (readonly [string[], readonly number[]])[] = [
    [
      ['--role', 'backend'],
      [1, 2],
    ],
    [['--role', 'manual', '--since', '4'], [4]],
    [
      ['--path', 'src/*'],
      [2, 4],
    ],
    [['--path', '**/*.md'], [2]],
    [
      ['--path', 'src/?.[jt]s'],
      [2, 4],
    ],
    [['--path', '*.ts'], []],
    [['--text', 'LOG IN'], [1]],
    [
      ['--text', 'alice'],
      [1, 2, 4],
    ],
  ]
  for (const [args, sequences] of rows) {
    const { stdout } = await coord(['log', '--format', '{sequence}', ...args], { at: clock('12:03') })
    assert.equal(stdout.split('\n').slice(0, -1).map(Number), sequences, args.join(' '))
  }
})

test('the last of those asked for, found from the end, are the last that a full reading gives', async (context) => {
  await story(context)
  const { coord } = context
  for (let minute = 10; minute < 40; minute += 1) {
    const who = minute % 3 === 0 ? 'alice' : 'bob'
    const path = `src/${'abc'[minute % 2]}.ts`
    await coord(['lock', 'acquire', path, '--instance', who], { at: clock(`12:${minute}`) })
  }
  const list = async (...args: string[]) => {
    const { stdout } = await coord(['log', '--json', ...args], { at: clock('13:00') })
    return stdout.split('\n').slice(0, -1)
  }
  for (const asked of [
    ['--path', 'src/a.ts'],
    ['--path', 'src/a.ts', '--instance', 'bob', '--type', 'lock'],
    ['--type', 'lock.denied'],
    ['--type', 'lock.denied', '--type', 'instance'],
    ['--instance', 'alice', '--since', '2026-01-08T12:20Z'],
    ['--instance', 'alice', '--until', '12', '--since', '3'],
    ['--role', 'backend', '--type', 'lock'],
    ['--path', 'src/*', '--text', 'alice'],
    ['--path', 'never.ts'],
  ]) {
    const all = await list(...asked)
    for (const limit of [1, 3, 1_000]) {
      assert.equal(await list(...asked, '--limit', String(limit)), all.slice(-limit), `${asked.join(' ')} ${limit}`)
    }
  }
})

test('a pattern takes letters as they are', () => {
  for (const [glob, path, isMatch] of [
    ['**', 'a/b/c.ts', true],
    ['a/**/c.ts', 'a/c.ts', true],
    ['a/**/c.ts', 'a/b/d/c.ts', true],
    ['a/*.ts', 'a/b/c.ts', false],
    ['a.ts*', 'axts', false],
    ['(x)*', '(x)y', true],
    ['[!a]b', 'cb', true],
    ['[!a]b', 'ab', false],
    ['./a?', 'ab', true],
    ['ä*', 'äö', true],
  ] as const) {
    assert.is(pathMatcher(glob)(path), isMatch, `${glob} on ${path}`)
  }
})

test('on a terminal: relative times and colours; elsewhere neither, unless they are asked for', async (context) => {
  await story(context)
  const at = { at: clock('12:05') }
  const { stdout } = await context.coord(['log', '--limit', '1'], { ...at, isTerminal: true })
  assert.match(
    stdout.replaceAll('\u001b', '<'),
    /^ +4 {2}<\[2m +3m ago<\[22m {2}<\[31mlock\.denied {12}<\[39m {2}bob {2}src\/a\.ts/,
  )
  const plain = (await context.coord(['log', '--limit', '1'], { ...at, isTerminal: true, env: { NO_COLOR: '1' } }))
    .stdout
  assert.match(plain, /^ +4 {7}3m ago {2}lock\.denied {14}bob/)
  assert.match((await context.coord(['log', '--limit', '1'], at)).stdout, /^ +4 {2}2026-01-08T12:02:00Z {2}lock/)
  const relative = (await context.coord(['log', '--limit', '1', '--times', 'relative'], at)).stdout
  assert.match(relative, /^ +4 {7}3m ago {2}lock/)
})

test('templates: every placeholder, escaped as everywhere; an unknown one is refused with the list', async (context) => {
  await story(context)
  const ask = (format: string) => context.coord(['log', '--limit', '1', '--format', format], { at: clock('12:05') })
  const line = '{sequence}|{time}|{ago}|{type}|{by}|{role}|{paths}|{data.reason}|{data.enforced}|{data.none}|\\t{}'
  assert.is(
    (await ask(line.replace('{}', '{h}'))).stdout.replace(/\t[0-9a-f]{16}\n$/, 'h'),
    '4|2026-01-08T12:02:00.000Z|3m ago|lock.denied|bob|manual|src/a.ts|tab\\there|true||h',
  )
  assert.equal(JSON.parse((await ask('{data}')).stdout).paths, ['src/a.ts'])
  const wrong = await ask('{nonsense}')
  assert.equal([wrong.code, /\{sequence\} \{time\}/.test(wrong.stderr)], [2, true])
  assert.is((await context.coord(['log', '--json', '--format', 'x'])).code, 2)
})

test('show: bytes, checksum and the neighbours in the chain; a changed line is exit code 65', async (context) => {
  await story(context)
  const folder = join(context.repository, '.git/coordlog/segments')
  const file = join(folder, readdirSync(folder)[0] ?? '')
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const hashes = lines.map((line) => JSON.parse(line).h)
  const { type, stored } = JSON.parse((await context.coord(['show', '2', '--json'])).stdout)
  assert.equal([type, stored.line, stored.sound, stored.file], ['lock.acquired', lines[1], true, file])
  assert.equal(
    [stored.before, stored.written, stored.computed, stored.after],
    [hashes[0], hashes[1], hashes[1], hashes[2]],
  )
  assert.equal([stored.offset, stored.bytes], [(lines[0]?.length ?? 0) + 1, (lines[1]?.length ?? 0) + 1])
  const text = (await context.coord(['show', '2'])).stdout
  assert.ok(text.includes(`Chain: event 1 ${hashes[0]} → ${hashes[1]} → event 3 ${hashes[2]}`), text)
  assert.ok(text.includes(lines[1] ?? '-'))
  writeFileSync(file, readFileSync(file, 'utf8').replace('"docs/b.md"', '"docs/c.md"'))
  const changed = await context.coord(['show', '2', '--json'])
  assert.equal([changed.code, JSON.parse(changed.stdout).stored.sound], [65, false])
})

test('a pager gets the text on a terminal, never elsewhere, with --json or --follow; leaving it ends the reading', async (context) => {
  await story(context)
  const { coord, folder } = context
  const paged = join(folder, 'paged')
  let asked = 0
  const page = (command: string) => (whenGone: () => void) => {
    asked += 1
    const terminal = { isTerminal: true, columns: 80, write: async () => undefined }
    return startPager(command, { PATH: process.env['PATH'] ?? '' }, terminal, whenGone)
  }
  const terminal = { isTerminal: true, page: page(`cat > ${paged}`) }
  const { stdout } = await coord(['log'], terminal)
  assert.equal([stdout, readFileSync(paged, 'utf8').trim().split('\n').length], ['', 4])
  await coord(['log', '--json'], terminal)
  await coord(['log'], { page: page('false') })
  assert.is(asked, 1)
  assert.is((await coord(['log'], { isTerminal: true, page: page('true') })).code, 0)
  assert.is((await coord(['log'], { isTerminal: true, page: page(`not-installed-here > ${paged}`) })).code, 0)
  assert.is(pagerOf({}), 'less')
  assert.is(pagerOf({ PAGER: 'more', COORD_PAGER: '' }), undefined)
  assert.is(pagerOf({ PAGER: 'cat' }), undefined)
})

test.run()
