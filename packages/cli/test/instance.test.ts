import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord instance')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

test('register prints the id alone; each call is another instance', async ({ coord }) => {
  const ids = []
  for (let n = 0; n < 3; n++) {
    const { stdout, stderr } = await coord([
      'instance',
      'register',
      '--task',
      'database migration',
      '--role',
      'db-admin',
    ])
    assert.match(stdout, /^manual-\d{8}-\d{6}-[0-9a-f]{8}\n$/)
    assert.is(stderr, '')
    ids.push(stdout.trim())
  }
  assert.is(new Set(ids).size, 3)
  const { instances } = JSON.parse((await coord(['instance', 'list', '--json'])).stdout)
  assert.equal(
    instances.map((row: { id: string }) => row.id),
    ids,
  )
  assert.equal([instances[0].task, instances[0].role], ['database migration', 'db-admin'])
})

test('register of an id that lives goes on under the new task; of one that ended, it comes back', async ({ coord }) => {
  await coord(['instance', 'register', '--instance', 'me', '--task', 'one'])
  const again = JSON.parse(
    (await coord(['instance', 'register', '--instance', 'me', '--task', 'two', '--json'])).stdout,
  )
  assert.equal(again, { ok: true, sequence: 2, id: 'me', instance: 'me', resumed: false })
  assert.match((await coord(['status'])).stdout, /Task: two\n/)
  await coord(['instance', 'end', '--instance', 'me'])
  const back = JSON.parse((await coord(['instance', 'register', '--instance', 'me', '--json'])).stdout)
  assert.equal(back, { ok: true, sequence: 4, id: 'me', instance: 'me', resumed: true })
})

test('a registration works without USER, and says whose it is with it', async ({ coord }) => {
  assert.is((await coord(['instance', 'register', '--instance', 'a'], { env: { USER: '' } })).code, 0)
  await coord(['instance', 'register', '--instance', 'b'])
  const records = (await coord(['log', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(
    records.map(({ data }) => data.user),
    [undefined, 'tester'],
  )
})

test('end releases the locks, of subagents too', async ({ coord }) => {
  await coord(['instance', 'register', '--instance', 'parent'])
  await coord(['instance', 'register', '--instance', 'child', '--parent', 'parent'])
  await coord(['lock', 'acquire', 'a', '--instance', 'parent'])
  await coord(['lock', 'acquire', 'b', '--instance', 'child'])
  const { ended, released } = JSON.parse((await coord(['instance', 'end', '--instance', 'parent', '--json'])).stdout)
  assert.equal(ended, ['parent', 'child'])
  assert.equal(
    released.map((lease: { path: string }) => lease.path),
    ['a', 'b'],
  )
  assert.is((await coord(['lock', 'list'])).stdout, 'No locks.\n')
  assert.match((await coord(['instance', 'show', 'child'])).stdout, /Status: ended\n[\s\S]*Ended: .*: by hand\n/)
  assert.match((await coord(['instance', 'list', '--ended'])).stdout, /^child +ended /m)
})

test('who is not registered cannot end or keep alive, and is not registered by trying', async ({ coord }) => {
  for (const args of [['heartbeat'], ['end'], ['show', 'nobody'], ['register', '--parent', 'nobody']]) {
    const named = args[0] === 'heartbeat' || args[0] === 'end' ? ['--instance', 'nobody'] : []
    const { code, stdout } = await coord(['instance', ...args, ...named, '--json'])
    assert.equal([code, JSON.parse(stdout).error], [3, 'unknown-instance'], args.join(' '))
  }
  assert.is((await coord(['log'])).stdout, '')
  assert.is((await coord(['instance', 'register', '--pid', '4194304'])).code, 2)
})

test('heartbeat is a sign of life', async ({ coord }) => {
  await coord(['instance', 'register', '--instance', 'me'], { at: '2026-01-08T12:00:00.000Z' })
  const at = '2026-01-08T12:04:00.000Z'
  await coord(['instance', 'heartbeat', '--instance', 'me'], { at })
  const { stdout } = await coord(['instance', 'show', 'me', '--json'], { at: '2026-01-08T12:06:00.000Z' })
  const { lastSeenAt, status } = JSON.parse(stdout)
  assert.equal([lastSeenAt, status], [at, 'active'])
})

test.run()
