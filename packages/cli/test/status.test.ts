import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endOf, outputOf, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord status')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const start = '2026-01-08T12:45:32.000Z'
const id = 'claude-20260108-124532-a3f7b2d1'
const files = ['backend/app/api/routes/auth.py', 'backend/app/services/auth_service.py', 'backend/app/models/user.py']

async function backend({ coord }: Scratch): Promise<void> {
  const who = ['--role', 'backend-system-architect', '--task', 'Implement user authentication API']
  await coord(['instance', 'register', '--instance', id, ...who], { at: start })
  await coord(['lock', 'acquire', ...files, '--instance', id], { at: start })
}

test("the guide's text, letter for letter", async (context) => {
  await backend(context)
  const { code, stdout, stderr } = await context.coord(['status'], { at: start })
  assert.equal([code, stderr], [0, ''])
  assert.is(
    stdout,
    `Active Instances: 1

Instance: ${id}
  Role: backend-system-architect
  Task: Implement user authentication API
  Files Locked: 3
  Locked Files:
    - backend/app/api/routes/auth.py
    - backend/app/models/user.py
    - backend/app/services/auth_service.py
`,
  )
})

test('nobody here', async ({ coord }) => {
  assert.equal(await coord(['status']), { code: 0, stdout: 'Active Instances: 0\n', stderr: '' })
  const document = JSON.parse((await coord(['status', '--json'])).stdout)
  assert.equal(document, { instances: [], locks: [], decisions: 0, sequence: 0, bypasses: [] })
})

test('what was left empty is never "undefined"', async ({ coord }) => {
  await coord(['lock', 'acquire', 'f'])
  for (const args of [['status'], ['status', '--verbose'], ['instance', 'list'], ['lock', 'list'], ['log']]) {
    const { stdout } = await coord(args)
    assert.ok(stdout.length > 20 && !/undefined|null|NaN/.test(stdout), stdout)
  }
})

test('--verbose tells the rest, expired locks too', async (context) => {
  await backend(context)
  const { stdout } = await context.coord(['status', '--verbose'], { at: '2026-01-08T12:50:31.000Z' })
  for (const line of [
    '  Status: active',
    '  Branch: main',
    '  Process: unknown',
    '    - backend/app/models/user.py (token 2, expires in 1s)',
  ]) {
    assert.ok(stdout.includes(`${line}\n`), `${line} in ${stdout}`)
  }
  const after = await context.coord(['status', '--verbose'], { at: '2026-01-08T12:50:32.000Z' })
  assert.match(after.stdout, /Files Locked: 0\n[\s\S]*Expired Locks: 3\n {2}- backend[^\n]*may be taken\)\n/)
  assert.match(after.stdout, /Status: stale \(no sign of life for 5m; coord lock cleanup ends it\)/)
})

test('--json has instances, locks, decisions and the sequence of which it is true', async (context) => {
  await backend(context)
  const { instances, locks, decisions, sequence } = JSON.parse(
    (await context.coord(['status', '--json'], { at: start })).stdout,
  )
  assert.equal([decisions, sequence, instances.length, locks.length], [0, 2, 1, 3])
  const { role, task, status, filesLocked } = instances[0]
  assert.equal(
    [role, task, status, filesLocked.length],
    ['backend-system-architect', 'Implement user authentication API', 'active', 3],
  )
  assert.equal(locks[0].expiresAt, '2026-01-08T12:50:32.000Z')
})

test('--at: after an event, at a time, and at the very instant of an expiry', async (context) => {
  await backend(context)
  const at = '2026-01-08T14:00:00.000Z'
  const held = async (position: string) => {
    const { code, stdout } = await context.coord(['lock', 'list', '--json', '--at', position], { at })
    if (code !== 0) return stdout
    const { locks, sequence } = JSON.parse(stdout)
    return [sequence, locks.filter((lock: { expired: boolean }) => !lock.expired).length]
  }
  assert.equal(await held('0'), [0, 0])
  assert.equal(await held('1'), [1, 0])
  assert.equal(await held('2'), [2, 3])
  assert.equal(await held('2026-01-08T12:45:31.999Z'), [0, 0])
  assert.equal(await held('2026-01-08T12:45:32Z'), [2, 3])
  assert.equal(await held('2026-01-08 12:50:31.999'), [2, 3])
  assert.equal(await held('2026-01-08T12:50:32.000Z'), [2, 0])
  assert.equal(await held('2026-01-08T13:50:32.000+01:00'), [2, 0])
  assert.equal(await held('75m ago'), [0, 0])
  assert.equal(await held('1h10m ago'), [2, 3])
  assert.equal(await held('1h9m ago'), [2, 0])
  assert.match(String(await held('3')), /the log ends at sequence 2/)
  assert.match(String(await held('2027-01-01')), /is in the future/)
})

test('--at shows nobody as crashed: a process of then cannot be asked', async ({ coord }) => {
  await coord(['instance', 'register', '--instance', 'x', '--pid', String(process.pid)])
  assert.is(JSON.parse((await coord(['status', '--json'])).stdout).instances[0].liveness, 'alive')
  const { status, liveness } = JSON.parse((await coord(['status', '--json', '--at', '1'])).stdout).instances[0]
  assert.equal([status, liveness], ['active', 'unknown'])
})

test('--watch without a terminal prints again when something changes, and ends on an interrupt', async ({
  start,
  coord,
}) => {
  const watching = start(['status', '--watch', '--json'])
  const first = outputOf(watching, (text) => text.includes('\n'))
  await first
  const second = outputOf(watching, (text) => text.includes('"f"'))
  await coord(['lock', 'acquire', 'f'])
  const last = (await second).trim().split('\n').at(-1) ?? ''
  assert.is(JSON.parse(last).locks.length, 1)
  watching.kill('SIGINT')
  assert.equal(await endOf(watching), { code: 130, signal: null })
})

test('--watch on a terminal draws on the alternate screen and leaves it', async ({ coord }) => {
  const stop = new AbortController()
  const { stdout } = await coord(['status', '--watch'], {
    isTerminal: true,
    signal: stop.signal,
    write: (text) => text.includes('Active Instances') && stop.abort(),
  })
  assert.ok(stdout.startsWith('\u001b[?1049h\u001b[?25l'))
  assert.ok(stdout.endsWith('\u001b[?25h\u001b[?1049l'))
})

test.run()
