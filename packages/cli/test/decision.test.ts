import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord decisions')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const at = '2026-01-08T12:45:32.000Z'
const jwt = ['--category=api-design', '--title=Use JWT with 15min expiry', '--description=Refresh tokens live 7 days']

test("add prints the id; list prints the guide's lines", async ({ coord }) => {
  assert.equal(await coord(['decisions', 'add', ...jwt, '--scope=service'], { at }), {
    code: 0,
    stdout: 'DEC-20260108-0001\n',
    stderr: '',
  })
  assert.is(
    (await coord(['decisions', 'list', '--category=api-design'])).stdout,
    `[DEC-20260108-0001] Use JWT with 15min expiry
  Category: api-design
  Made At: 2026-01-08T12:45:32Z
  Status: accepted
`,
  )
  assert.is((await coord(['decisions', 'list', '--category', 'security'])).stdout, 'No decisions.\n')
})

test('--opt=value and --opt value, before and after the arguments, say the same', async ({ coord }) => {
  const added = await coord(
    [
      '--json',
      'decisions',
      'add',
      '--category',
      'testing',
      '--title',
      '- a dash',
      '--description',
      '--',
      '--scope',
      'global',
    ],
    { at },
  )
  assert.equal(JSON.parse(added.stdout), { ok: true, sequence: 2, id: 'DEC-20260108-0001' })
  for (const args of [
    ['decisions', 'status', '--reason', 'built', 'DEC-20260108-0001', 'implemented', '--json'],
    ['--json', 'decisions', 'status', 'DEC-20260108-0001', 'implemented', '--reason=built'],
    ['decisions', 'status', '--json', '--', 'DEC-20260108-0001', 'implemented'],
  ]) {
    const { ok, id, status } = JSON.parse((await coord(args)).stdout)
    assert.equal({ ok, id, status }, { ok: true, id: 'DEC-20260108-0001', status: 'implemented' })
  }
  const types = (await coord(['log', '--json', '--type', 'decision.status_changed'])).stdout.trim().split('\n')
  assert.is(types.length, 1)
})

test('a whole decision, and who took its place', async ({ coord }) => {
  const more = [
    '--alternative',
    'sessions',
    '--alternative',
    'basic auth',
    '--file',
    'src/app.ts',
    '--rationale',
    'stateless',
  ]
  await coord(['decisions', 'add', ...jwt, ...more, '--scope', 'system', '--instance', 'alice'], { at })
  const second = ['--title', 'Cookies', '--description', 'JWT cannot be revoked\nnot even by us']
  const superseded = await coord(
    ['decisions', 'supersede', 'DEC-20260108-0001', ...second, '--instance', 'bob', '--json'],
    { at },
  )
  assert.is(JSON.parse(superseded.stdout).id, 'DEC-20260108-0002')
  const first = JSON.parse((await coord(['decisions', 'show', 'DEC-20260108-0001', '--json'])).stdout)
  assert.equal(
    [first.status, first.supersededBy, first.alternatives, first.files, first.by],
    ['superseded', 'DEC-20260108-0002', ['sessions', 'basic auth'], ['src/app.ts'], 'alice'],
  )
  const { stdout } = await coord(['decisions', 'show', 'DEC-20260108-0002'])
  assert.match(
    stdout,
    /Category: api-design\n[\s\S]*Scope: system\n[\s\S]*Supersedes: DEC-20260108-0001\n[\s\S]*\n {4}JWT cannot be revoked\n {4}not even by us\n/,
  )
  const before = JSON.parse((await coord(['decisions', 'show', 'DEC-20260108-0001', '--json', '--at', '2'])).stdout)
  assert.is(before.status, 'accepted')
})

test('list: in log order, filtered, the newest N', async ({ coord }) => {
  for (const [category, title] of [
    ['testing', 'one'],
    ['security', 'two'],
    ['testing', 'Three'],
  ] as const) {
    await coord(['decisions', 'add', `--category=${category}`, `--title=${title}`, '--description=d'], { at })
  }
  const titles = async (...args: string[]) =>
    JSON.parse((await coord(['decisions', 'list', '--json', ...args])).stdout).decisions.map(
      (each: { title: string }) => each.title,
    )
  assert.equal(await titles(), ['one', 'two', 'Three'])
  assert.equal(await titles('--category', 'testing'), ['one', 'Three'])
  assert.equal(await titles('--limit', '2'), ['two', 'Three'])
  assert.equal(await titles('--search', 'THREE'), ['Three'])
  assert.equal(await titles('--status', 'proposed'), [])
})

test('an unknown id is refused with the nearest one', async ({ coord }) => {
  await coord(['decisions', 'add', ...jwt], { at })
  for (const args of [
    ['show', 'DEC-20260108-001'],
    ['status', 'DEC-20260108-001', 'accepted'],
    ['supersede', 'DEC-20260108-001', '--title=t', '--description=d'],
  ]) {
    const { code, stderr } = await coord(['decisions', ...args])
    assert.is(code, 3)
    assert.is(
      stderr,
      'There is no decision "DEC-20260108-001". Did you mean DEC-20260108-0001? Run: coord decisions list\n',
    )
  }
})

test('limits: named with the value, and nothing is recorded', async ({ coord }) => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['--title', 'x'.repeat(201)], '--title has 201 characters; the limit is 200.'],
    [['--title', '  '], '--title is empty; give 1 to 200 characters.'],
    [['--title', 't', '--description', 'x'.repeat(4001)], '--description has 4001 characters; the limit is 4000.'],
  ]
  for (const [args, words] of rows) {
    const given = args.includes('--description') ? args : [...args, '--description', 'd']
    const { code, stderr } = await coord(['decisions', 'add', '--category=testing', ...given])
    assert.equal([code, stderr.trim()], [2, words])
  }
  assert.is((await coord(['log'])).stdout, '')
})

test.run()
