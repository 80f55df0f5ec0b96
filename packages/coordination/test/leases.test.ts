import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Refusal } from '../src/commands.js'
import { acquire, edit, release } from './asks.js'
import { acquired, denied, edited, policy, refs, registered, released, renewed } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('leases: grant, refuse, renew, release')
const two = [registered('alice', { role: 'backend', task: 'login' }), registered('bob')]

function refusalBy(holder: string, rest: Partial<Refusal> = {}): Refusal {
  return {
    path: 'a.ts',
    worktree: 'main',
    holder,
    holderRole: 'backend',
    holderTask: 'login',
    holderHost: 'claude-code',
    holderLiveness: 'unknown',
    holderLastSeenAt: time('12:00'),
    token: 3,
    since: time('12:00'),
    expiresAt: time('12:05'),
    reason: 'edit',
    ...rest,
  }
}

test('a free path is granted; the token is the sequence of the grant', () => {
  const after = given(...two)
    .when(acquire('alice', ['a.ts'], { at: '12:01', call: 'c1', turn: 't1', requestId: 'r1' }))
    .expect(acquired('alice', ['a.ts'], { at: '12:01', call: 'c1', turn: 't1', requestId: 'r1' }), {
      kind: 'granted',
      leases: [{ path: 'a.ts', token: 3, expiresAt: time('12:06') }],
      takenFrom: [],
      notices: [],
    })
  assert.equal(after.state.leases['a.ts'], [
    {
      path: 'a.ts',
      worktree: 'main',
      holder: 'alice',
      token: 3,
      grantedAt: time('12:01'),
      expiresAt: time('12:06'),
      renewedSequence: 3,
      reason: 'edit',
      hold: 'turn',
      calls: [{ id: 'c1', turn: 't1' }],
      established: false,
    },
  ])
})

test('a held path is refused with everything about the holder', () => {
  const after = given(...two, acquired('alice', ['a.ts']))
    .when(acquire('bob', ['a.ts'], { at: '12:01', call: 'c9', requestId: 'r9', liveness: { alice: 'alive' } }))
    .expect(
      denied('bob', ['a.ts'], [['a.ts', 'alice', 3, '12:05']], {
        at: '12:01',
        call: 'c9',
        requestId: 'r9',
        liveness: { alice: 'alive' },
      }),
      { kind: 'denied', refusals: [refusalBy('alice', { holderLiveness: 'alive' })], enforced: true },
    )
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
  assert.equal(after.state.instances['bob']?.lastRefusal, { requestId: 'r9', sequence: 4, paths: ['a.ts'] })
})

test('the same request refused again is no news; another request is', () => {
  const refused = given(...two, acquired('alice', ['a.ts'])).when(acquire('bob', ['a.ts'], { requestId: 'r1' })).after
  refused
    .when(acquire('bob', ['a.ts'], { at: '12:01', requestId: 'r1' }))
    .expectNothing({ kind: 'denied', refusals: [refusalBy('alice')], enforced: true })
  assert.is(refused.when(acquire('bob', ['a.ts'], { requestId: 'r2' })).fact?.type, 'lock.denied')
})

test('a request that was refused is granted once the way is free', () => {
  const after = given(...two, acquired('alice', ['a.ts']))
    .when(acquire('bob', ['a.ts'], { requestId: 'r1' }))
    .after.when(release('alice', ['a.ts']))
    .after.when(acquire('bob', ['a.ts'], { requestId: 'r1' })).after
  assert.equal(held(after.state), { 'a.ts': ['bob#6'] })
})

test('enforce=warn: refused on paper, and said so; nothing is granted', () => {
  const warn = { ...policy, enforce: 'warn' as const }
  const after = given(...two, acquired('alice', ['a.ts']))
    .when(acquire('bob', ['a.ts'], { policy: warn }))
    .expect(denied('bob', ['a.ts'], [['a.ts', 'alice', 3, '12:05']], { enforced: false, policy: warn }), {
      kind: 'denied',
      refusals: [refusalBy('alice')],
      enforced: false,
    })
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
})

test('several paths: all or none', () => {
  const after = given(...two, acquired('alice', ['b.ts']))
    .when(acquire('bob', ['a.ts', 'b.ts', 'c.ts'], { call: 'c1' }))
    .expect(denied('bob', ['a.ts', 'b.ts', 'c.ts'], [['b.ts', 'alice', 3, '12:05']], { call: 'c1' }), {
      kind: 'denied',
      refusals: [refusalBy('alice', { path: 'b.ts' })],
      enforced: true,
    })
  assert.equal(held(after.state), { 'b.ts': ['alice#3'] })
})

test('several paths granted are one event and one token', () => {
  const { after } = given(...two).when(acquire('bob', ['a.ts', 'b.ts']))
  assert.equal(held(after.state), { 'a.ts': ['bob#3'], 'b.ts': ['bob#3'] })
})

test('one path named twice is one lease', () => {
  given(...two)
    .when(acquire('bob', ['a.ts', 'b.ts', 'a.ts']))
    .expect(acquired('bob', ['a.ts', 'b.ts']), {
      kind: 'granted',
      leases: ['a.ts', 'b.ts'].map((path) => ({ path, token: 3, expiresAt: time('12:05') })),
      takenFrom: [],
      notices: [],
    })
})

test('no path asked for: nothing to grant, nothing to record', () => {
  given(...two)
    .when(acquire('bob', []))
    .expectNothing({ kind: 'granted', leases: [], takenFrom: [], notices: [] })
})

test('a lease of one’s own is renewed when half its time is over, and keeps its token', () => {
  const mine = given(...two, acquired('alice', ['a.ts']))
  const leases = (at: string) => [{ path: 'a.ts', token: 3, expiresAt: time(at) }]
  mine
    .when(acquire('alice', ['a.ts'], { at: '12:02:30' }))
    .expectNothing({ kind: 'granted', leases: leases('12:05'), takenFrom: [], notices: [] })
  const after = mine
    .when(acquire('alice', ['a.ts'], { at: '12:02:30.001' }))
    .expect(renewed('alice', ['a.ts'], { at: '12:02:30.001' }), {
      kind: 'granted',
      leases: leases('12:07:30.001'),
      takenFrom: [],
      notices: [],
    })
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
  assert.is(after.state.leases['a.ts']?.[0]?.renewedSequence, 4)
})

test('an expired lease that nobody took is one’s own still', () => {
  const { after } = given(...two, acquired('alice', ['a.ts'])).when(acquire('alice', ['a.ts'], { at: '13:00' }))
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
  assert.is(after.state.leases['a.ts']?.[0]?.expiresAt, time('13:05'))
})

test('one request may grant, renew and find', () => {
  const at = '12:04'
  const lease = (path: string, token: number, expiresAt: string) => ({ path, token, expiresAt: time(expiresAt) })
  given(...two, acquired('alice', ['old.ts']), acquired('alice', ['fresh.ts'], { at }))
    .when(acquire('alice', ['old.ts', 'fresh.ts', 'new.ts'], { at, liveness: { bob: 'alive' } }))
    .expect(acquired('alice', ['new.ts'], { at, renewed: ['old.ts'], liveness: { bob: 'alive' } }), {
      kind: 'granted',
      leases: [lease('old.ts', 3, '12:09'), lease('fresh.ts', 4, '12:09'), lease('new.ts', 5, '12:09')],
      takenFrom: [],
      notices: [],
    })
})

test('an edit renews the author’s lease on that file and on no other', () => {
  const { after } = given(...two, acquired('alice', ['a.ts', 'b.ts']), acquired('bob', ['c.ts'])).when(
    edit('alice', ['a.ts'], { at: '12:04' }),
  )
  const expiries = Object.values(after.state.leases)
    .flat()
    .map((lease) => [lease.path, lease.expiresAt])
  assert.equal(expiries, [
    ['a.ts', time('12:09')],
    ['b.ts', time('12:05')],
    ['c.ts', time('12:05')],
  ])
})

test('neither an edit nor a renewal makes a lease shorter than it was granted', () => {
  const hour = { ...policy, ttlMs: 3_600_000 }
  const byHand = given(...two, acquired('alice', ['a.ts'], { policy: hour }))
  const edited = byHand.when(edit('alice', ['a.ts'], { at: '12:01' })).after
  assert.is(edited.state.leases['a.ts']?.[0]?.expiresAt, time('13:00'))
  const unestablished = given(...two, acquired('alice', ['a.ts'], { policy: hour, call: 'c1' }))
  const { reply, after } = unestablished.when(acquire('alice', ['a.ts'], { at: '12:01', call: 'c2' }))
  assert.is(after.state.leases['a.ts']?.[0]?.expiresAt, time('13:00'))
  assert.equal(reply.kind === 'granted' && reply.leases[0]?.expiresAt, time('13:00'))
})

test('an edit without a lease is recorded as such', () => {
  const after = given(...two, acquired('alice', ['a.ts']))
    .when(edit('bob', ['a.ts', 'b.ts'], { call: 'c1' }))
    .expect(edited('bob', ['a.ts', 'b.ts'], { call: 'c1', unleased: ['a.ts', 'b.ts'] }), {
      kind: 'released',
      released: [],
    })
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
  assert.equal(after.state.files['a.ts'], { by: 'bob', at: time('12:00'), sequence: 4, worktree: 'main' })
})

test('the next one to take the file is told who wrote it, and not about what it wrote itself', () => {
  const written = given(...two, edited('alice', ['a.ts']), edited('bob', ['b.ts']))
  const change = {
    kind: 'changed',
    path: 'a.ts',
    edit: { by: 'alice', at: time('12:00'), sequence: 3, worktree: 'main' },
    role: 'backend',
    task: 'login',
    otherWorktree: false,
  } as const
  const { reply } = written.when(acquire('bob', ['a.ts', 'b.ts']))
  assert.equal(reply.kind === 'granted' && reply.notices, [change])
  const late = given(two[0] ?? registered('alice'), edited('alice', ['a.ts']), registered('bob'))
  const { reply: untold } = late.when(acquire('bob', ['a.ts']))
  assert.equal(untold.kind === 'granted' && untold.notices, [], 'it was written before bob came')
  const again = given(...two, edited('bob', ['a.ts']), edited('alice', ['a.ts']), edited('bob', ['a.ts']))
  const { reply: own } = again.when(acquire('bob', ['a.ts']))
  assert.equal(own.kind === 'granted' && own.notices, [], 'bob wrote it last')
})

test('a release ends the lease; a second one finds nothing', () => {
  const ref = refs([['a.ts', 'alice', 3]])
  const after = given(...two, acquired('alice', ['a.ts']))
    .when(release('alice', ['a.ts'], { token: 3, reason: 'done' }))
    .expect(released('alice', [['a.ts', 'alice', 3]], { reason: 'done' }), { kind: 'released', released: ref })
  assert.equal(held(after.state), {})
  after.when(release('alice', ['a.ts'])).expectNothing({ kind: 'released', released: [] })
})

test('somebody else’s lease is not released, nor one’s own beside it', () => {
  given(...two, acquired('alice', ['a.ts']), acquired('bob', ['b.ts']))
    .when(release('bob', ['b.ts', 'a.ts']))
    .expectNothing({ kind: 'not-holder', refusals: [refusalBy('alice')] })
})

test('I9: a stale token releases nothing: not after a takeover, not after a release', () => {
  const again = given(
    ...two,
    acquired('alice', ['a.ts']),
    released('alice', [['a.ts', 'alice', 3]]),
    acquired('alice', ['a.ts']),
  )
  again
    .when(release('alice', ['a.ts'], { token: 3 }))
    .expectNothing({ kind: 'stale-token', path: 'a.ts', token: 3, current: 5 })
  given(...two, acquired('alice', ['a.ts']))
    .when(acquire('bob', ['a.ts'], { at: '12:05' }))
    .after.when(release('alice', ['a.ts'], { token: 3 }))
    .expectNothing({ kind: 'stale-token', path: 'a.ts', token: 3, current: undefined })
  given(...two)
    .when(release('alice', ['a.ts'], { token: 3 }))
    .expectNothing({ kind: 'stale-token', path: 'a.ts', token: 3, current: undefined })
})

test('one stale path keeps all', () => {
  given(...two, acquired('alice', ['a.ts']), acquired('alice', ['b.ts']))
    .when(release('alice', ['a.ts', 'b.ts'], { token: 3 }))
    .expectNothing({ kind: 'stale-token', path: 'b.ts', token: 3, current: 4 })
})

test('force ends anybody’s lease and says why; its token is checked too', () => {
  const ref = refs([['a.ts', 'alice', 3]])
  const scene = given(...two, acquired('alice', ['a.ts']))
  const after = scene
    .when(release('bob', ['a.ts'], { force: true, reason: 'alice is on holiday' }))
    .expect(released('bob', [['a.ts', 'alice', 3]], { cause: 'forced', reason: 'alice is on holiday' }), {
      kind: 'released',
      released: ref,
    })
  assert.equal(held(after.state), {})
  scene
    .when(release('bob', ['a.ts'], { force: true, token: 2 }))
    .expectNothing({ kind: 'stale-token', path: 'a.ts', token: 2, current: 3 })
})

test('one’s own lease released with force is not a forced release', () => {
  const { fact } = given(...two, acquired('alice', ['a.ts'])).when(release('alice', ['a.ts'], { force: true }))
  assert.equal(fact, released('alice', [['a.ts', 'alice', 3]]))
})

test.run()
