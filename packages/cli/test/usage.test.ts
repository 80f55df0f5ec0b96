import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePosition } from '../src/flags/position.js'
import { distance, nearest } from '../src/nearest.js'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('what was typed')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

test('a wrong word is answered with the nearest right one, on one line, without a trace', async ({ coord }) => {
  const rows: readonly (readonly [string, string])[] = [
    ['statsu', 'There is no command "statsu". Did you mean: coord status? Run: coord --help'],
    [
      'lock aquire f',
      'There is no command "lock aquire". It has: acquire, release, check, list, cleanup. Did you mean: coord lock acquire? Run: coord --help',
    ],
    ['lokc list', 'There is no command "lokc list". Did you mean: coord lock list? Run: coord --help'],
    ['xyzzy', 'There is no command "xyzzy". Run: coord --help'],
    [
      'help lock chekc',
      'There is no command "lock chekc". It has: acquire, release, check, list, cleanup. Did you mean: coord lock check? Run: coord --help',
    ],
    ['status --verbos', 'There is no flag --verbos here. Did you mean --verbose? Run: coord status --help'],
    ['status --limit=3', 'There is no flag --limit=3 here. Run: coord status --help'],
    ['lock list extra', 'extra: one argument too many. Run: coord lock list --help'],
    ['lock acquire', 'PATH... is missing. Run: coord lock acquire --help'],
    ['lock acquire f --ttl', '--ttl needs a value. Run: coord lock acquire --help'],
    ['lock acquire f --ttl 5m --ttl 6m', '--ttl was given twice. Run: coord lock acquire --help'],
    ['decisions add --title t', 'Missing: --category, --description. Run: coord decisions add --help'],
    [
      'decisions add --category=api-desing --title t --description d',
      '--category "api-desing" is not one of: architecture, api-design, database-schema, security, performance, testing, workflow, ui-pattern, integration. Did you mean api-design? Run: coord decisions add --help',
    ],
    [
      'decisions status DEC-1 acepted',
      '"acepted" is not one of: proposed, accepted, implemented, deprecated, superseded. Did you mean accepted? Run: coord decisions status --help',
    ],
    ['completion fihs', '"fihs" is not one of: bash, zsh, fish. Did you mean fish? Run: coord completion --help'],
    ['config get lock.tll', 'There is no setting "lock.tll". Did you mean lock.ttl? Run: coord config list'],
  ]
  for (const [line, answer] of rows) {
    assert.equal(await coord(line.split(' ')), { code: 2, stdout: '', stderr: `${answer}\n` }, line)
    const { ok, error, exitCode, message } = JSON.parse((await coord([...line.split(' '), '--json'])).stdout)
    assert.equal({ ok, error, exitCode, message }, { ok: false, error: 'usage', exitCode: 2, message: answer }, line)
  }
})

test('numbers and durations: the range is named, whatever is tried', async ({ coord }) => {
  for (const value of ['0', '-1', 'NaN', '1e308', '25h', '0x10', '', ' 5m', '5 m', '9'.repeat(400)]) {
    const { code, stderr } = await coord(['lock', 'acquire', 'f', `--ttl=${value}`])
    assert.is(code, 2, value)
    assert.match(stderr, /is not a duration from 1s to 24h/, value)
    assert.ok(stderr.length < 300)
  }
  for (const value of ['0', '-1', '1.5', 'NaN', '1e3', '']) {
    const { code, stderr } = await coord(['decisions', 'list', `--limit=${value}`])
    assert.equal([code, /is not a whole number from 1 to 1000000/.test(stderr)], [2, true], value)
  }
  for (const value of ['1', '1s', '300', '5m', '24h'])
    assert.is((await coord(['lock', 'acquire', 'f', '--ttl', value])).code, 0, value)
})

test('an instance id has no blanks and a limit', async ({ coord }) => {
  for (const value of ['', 'a b', 'a\nb', 'x'.repeat(129), '\u202eabc']) {
    const { code, stderr } = await coord(['lock', 'acquire', 'f', `--instance=${value}`])
    assert.equal([code, /is no instance id: 1 to 128 characters/.test(stderr)], [2, true], JSON.stringify(value))
  }
  const fromEnvironment = await coord(['lock', 'acquire', 'f'], { env: { CLAUDE_INSTANCE_ID: 'a b' } })
  assert.match(fromEnvironment.stderr, /^CLAUDE_INSTANCE_ID "a b" is no instance id/)
})

test('who acts: flag, then COORD_INSTANCE_ID, then CLAUDE_INSTANCE_ID, then the terminal', async ({ coord }) => {
  const env = { COORD_INSTANCE_ID: 'second', CLAUDE_INSTANCE_ID: 'third' }
  await coord(['lock', 'acquire', 'a', '--instance', 'first'], { env })
  await coord(['lock', 'acquire', 'b'], { env })
  await coord(['lock', 'acquire', 'c'], { env: { ...env, COORD_INSTANCE_ID: '' } })
  await coord(['lock', 'acquire', 'd'])
  const { locks } = JSON.parse((await coord(['lock', 'list', '--json'])).stdout)
  const holders = locks.map((lock: { holder: string }) => lock.holder)
  assert.equal(holders.slice(0, 3), ['first', 'second', 'third'])
  assert.match(holders[3], /^manual-\d{8}-\d{6}-[0-9a-f]{8}$/)
  await coord(['lock', 'acquire', 'e'])
  const { instances } = JSON.parse((await coord(['status', '--json'])).stdout)
  assert.equal(
    instances.map((row: { role: string }) => row.role),
    ['manual', 'manual', 'manual', 'manual'],
  )
})

test('what follows "--" is an argument', async ({ coord }) => {
  assert.equal(JSON.parse((await coord(['lock', 'acquire', '--json', '--', '--ttl', '-x'])).stdout).paths, [
    '--ttl',
    '-x',
  ])
  assert.match(
    (await coord(['lock', 'acquire', '--instance', 'other', '--', '-x'])).stderr,
    /coord lock acquire --wait 5m -- '-x'\n/,
  )
})

test('set-ups that are not to be trusted: exit code 78, and permission denied: 77', async ({
  coord,
  folder,
  repository,
}) => {
  mkdirSync(join(folder, 'elsewhere'))
  symlinkSync(join(folder, 'elsewhere'), join(repository, '.git/coordlog'))
  const linked = await coord(['lock', 'acquire', 'f', '--json'])
  assert.equal([linked.code, JSON.parse(linked.stdout).error], [78, 'unsafe'])
  mkdirSync(join(folder, 'open'), { mode: 0o777 })
  chmodSync(join(folder, 'open'), 0o777)
  assert.is((await coord(['lock', 'acquire', 'f', '--dir', join(folder, 'open')])).code, 78)
  writeFileSync(join(folder, 'file'), '')
  assert.is((await coord(['lock', 'acquire', 'f'], { env: { COORD_DIR: join(folder, 'file') } })).code, 78)
  const missing = await coord(['status', '--repo', join(folder, 'nowhere')])
  assert.equal([missing.code, /there is no such folder/.test(missing.stderr)], [2, true])
})

test('distance and nearest', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['', 'abc', 3],
    ['lock', 'lock', 0],
    ['lokc', 'lock', 1],
    ['kitten', 'sitting', 3],
    ['aquire', 'acquire', 1],
  ]
  for (const [a, b, far] of rows) {
    assert.is(distance(a, b), far, `${a} ${b}`)
    assert.is(distance(b, a), far, `${b} ${a}`)
  }
  assert.is(nearest('foo', ['log', 'lock']), undefined)
  assert.is(nearest('stat', ['log', 'status']), 'status')
})

test('positions', () => {
  assert.equal(parsePosition('57'), { kind: 'sequence', sequence: 57 })
  assert.equal(parsePosition('10m ago'), { kind: 'ago', ms: 600_000 })
  assert.equal(parsePosition('1h 30m ago'), { kind: 'ago', ms: 5_400_000 })
  assert.equal(parsePosition('2026-01-08'), { kind: 'time', at: '2026-01-08T00:00:00.000Z' })
  assert.equal(parsePosition('2026-01-08T14:05'), { kind: 'time', at: '2026-01-08T14:05:00.000Z' })
  assert.equal(parsePosition('2026-01-08 14:05+02:00'), { kind: 'time', at: '2026-01-08T12:05:00.000Z' })
  for (const wrong of ['', '-1', '1.5', 'ago', 'x ago', '2026-13-01', '2026-01-08T25:00Z', 'yesterday', '1e3']) {
    assert.is(parsePosition(wrong), undefined, wrong)
  }
})

test.run()
