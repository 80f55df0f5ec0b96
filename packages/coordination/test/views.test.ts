import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionRows, instanceRows, leaseRows, type Present, statusView } from '../src/views.js'
import type { Liveness } from '../src/vocabulary.js'
import { acquired, decided, ended, registered, turnEnded } from './facts.js'
import { given, time } from './scenario.js'

const test = suite('views')

function present(at: string, liveness: Record<string, Liveness> = {}): Present {
  return { at: time(at), liveness, staleMs: 300_000 }
}

const process = { pid: 4711, startedAt: '880', bootId: 'boot', pidNamespace: 'pid:[1]' }
const { state } = given(
  registered('zoe', { role: 'backend', task: 'login', process, branch: 'b' }),
  registered('alice', { parent: 'zoe', worktree: 'side' }),
  registered('gone'),
  ended('gone', { at: '12:01' }),
  acquired('zoe', ['z.ts', 'a.ts']),
  acquired('alice', ['m.ts'], { at: '12:03' }),
  turnEnded('alice', { at: '12:03' }),
  decided('zoe', 'DEC-20260108-0001', { category: 'security', title: 'Use flock', scope: 'system' }),
  decided('zoe', 'DEC-20260108-0002', { category: 'testing', status: 'proposed', rationale: 'because of FLOCK' }),
  decided('alice', 'DEC-20260108-0003', { category: 'testing', files: ['src/flock.ts'], alternatives: ['none'] }),
)

test('status: the live in order of registration, leases in order of path, and the position', () => {
  const view = statusView(state, present('12:01'))
  assert.equal(
    view.instances.map(({ id }) => id),
    ['zoe', 'alice'],
  )
  assert.equal(
    view.locks.map(({ path }) => path),
    ['a.ts', 'm.ts', 'z.ts'],
  )
  assert.equal([view.decisions, view.sequence], [3, 10])
})

test('an instance row has every fact, and the paths whose leases still hold', () => {
  const [zoe] = instanceRows(state, present('12:04:59.999', { zoe: 'alive' }))
  assert.equal(zoe, {
    id: 'zoe',
    role: 'backend',
    task: 'login',
    status: 'active',
    host: 'claude-code',
    worktree: 'main',
    cwd: '/repo',
    branch: 'b',
    pid: 4711,
    liveness: 'alive',
    registeredAt: time('12:00'),
    lastSeenAt: time('12:03'),
    filesLocked: ['a.ts', 'z.ts'],
  })
  const [later, alice] = instanceRows(state, present('12:05'))
  assert.equal(later?.filesLocked, [], 'at the instant of expiry they may be taken')
  assert.equal([alice?.parent, alice?.filesLocked], ['zoe', ['m.ts']])
})

test('the ended are shown on request, with their end', () => {
  const gone = instanceRows(state, present('12:05'), { ended: true })[2]
  assert.equal([gone?.status, gone?.endedAt, gone?.endReason], ['ended', time('12:01'), 'exit'])
})

for (const [name, at, liveness, status] of [
  ['its turn is over', '12:04', 'alive', 'idle'],
  ['its process is gone', '12:04', 'dead', 'crashed'],
  ['silent, of unknown liveness, just not too long', '12:07:59.999', 'unknown', 'idle'],
  ['silent, of unknown liveness, for long', '12:08', 'unknown', 'stale'],
  ['silent for long, but its process is there', '13:00', 'alive', 'idle'],
] as [string, string, Liveness, string][]) {
  test(`${name}: ${status}`, () => {
    const row = instanceRows(state, present(at, { alice: liveness })).find(({ id }) => id === 'alice')
    assert.is(row?.status, status)
  })
}

test('a lease row has every fact of lease and holder', () => {
  assert.equal(leaseRows(state, present('12:05', { zoe: 'dead' }), { path: 'z.ts' }), [
    {
      id: '5-z.ts-ccfba21e',
      path: 'z.ts',
      holder: 'zoe',
      holderRole: 'backend',
      holderTask: 'login',
      holderStatus: 'crashed',
      token: 5,
      since: time('12:00'),
      expiresAt: time('12:05'),
      expired: true,
      reason: 'edit',
      hold: 'turn',
      worktree: 'main',
    },
  ])
  assert.equal(leaseRows(state, present('12:05'), { path: 'free.ts' }), [])
  assert.equal(
    leaseRows(state, present('12:05')).map(({ path, expired }) => [path, expired]),
    [
      ['a.ts', true],
      ['m.ts', false],
      ['z.ts', true],
    ],
  )
})

test('decisions are filtered, searched and cut to the newest, in log order', () => {
  const ids = (filter: Parameters<typeof decisionRows>[1]) =>
    decisionRows(state, filter).map(({ id }) => Number(id.slice(-1)))
  assert.equal(ids({}), [1, 2, 3])
  assert.equal(ids({ category: 'testing' }), [2, 3])
  assert.equal(ids({ status: 'proposed' }), [2])
  assert.equal(ids({ scope: 'system' }), [1])
  assert.equal(ids({ search: 'Flock' }), [1, 2, 3])
  assert.equal(ids({ search: 'because' }), [2])
  assert.equal(ids({ search: 'dec-20260108-0003' }), [3])
  assert.equal(ids({ category: 'testing', search: 'none' }), [3])
  assert.equal(ids({ limit: 2 }), [2, 3])
  assert.equal(ids({ limit: 0 }), [])
  assert.equal(ids({ limit: 9 }), [1, 2, 3])
})

test.run()
