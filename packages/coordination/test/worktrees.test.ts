import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acquire, edit, endCalls, release, update } from './asks.js'
import { acquired, policy, refs, registered, released, renewed } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('worktrees')
const shared = policy
const warn = { ...policy, worktrees: 'warn' as const }
const separate = { ...policy, worktrees: 'separate' as const }
const operation = { ...separate, hold: 'operation' as const }
const two = [registered('alice', { role: 'backend', task: 'login' }), registered('bob', { worktree: 'side' })]

test('shared: one lease for the path, wherever it is checked out', () => {
  const scene = given(...two, acquired('alice', ['a.ts']))
  assert.is(scene.when(acquire('bob', ['a.ts'], { worktree: 'side' })).reply.kind, 'denied')
})

test('separate: each worktree has its own lease, and nobody is told', () => {
  const { reply, after } = given(...two, acquired('alice', ['a.ts'], { policy: separate })).when(
    acquire('bob', ['a.ts'], { worktree: 'side', policy: separate }),
  )
  assert.equal(reply.kind === 'granted' && reply.notices, [])
  assert.equal(held(after.state), { 'a.ts': ['alice#3', 'bob#4'] })
})

test('separate: within one worktree there is one', () => {
  const scene = given(...two, acquired('alice', ['a.ts'], { policy: separate }))
  assert.is(scene.when(acquire('bob', ['a.ts'], { policy: separate })).reply.kind, 'denied')
})

test('warn: granted, and told who else is at it', () => {
  const { reply, after } = given(...two, acquired('alice', ['a.ts'], { policy: warn })).when(
    acquire('bob', ['a.ts'], { worktree: 'side', policy: warn, liveness: { alice: 'alive' } }),
  )
  assert.equal(held(after.state), { 'a.ts': ['alice#3', 'bob#4'] })
  const refusal = {
    path: 'a.ts',
    worktree: 'main',
    holder: 'alice',
    holderRole: 'backend',
    holderTask: 'login',
    holderHost: 'claude-code',
    holderLiveness: 'alive' as const,
    holderLastSeenAt: time('12:00'),
    token: 3,
    since: time('12:00'),
    expiresAt: time('12:05'),
    reason: 'edit',
  }
  assert.equal(reply.kind === 'granted' && reply.notices, [{ kind: 'other-worktree', refusal }])
})

test('warn: an expired lease elsewhere is not worth a word, and is left to its worktree', () => {
  const { reply, after } = given(...two, acquired('alice', ['a.ts'], { policy: warn })).when(
    acquire('bob', ['a.ts'], { at: '12:05', worktree: 'side', policy: warn }),
  )
  assert.equal(reply.kind === 'granted' && reply.notices, [])
  assert.equal(held(after.state), { 'a.ts': ['alice#3', 'bob#4'] })
})

test('a policy that shares meets the leases of one that separated: all of them are in the way', () => {
  const scene = given(
    ...two,
    registered('carol'),
    acquired('alice', ['a.ts'], { policy: separate }),
    acquired('bob', ['a.ts'], { worktree: 'side', policy: separate }),
  )
  const { reply } = scene.when(acquire('carol', ['a.ts'], { policy: shared }))
  assert.equal(reply.kind === 'denied' && reply.refusals.map(({ holder }) => holder), ['alice', 'bob'])
  const { after } = scene.when(acquire('carol', ['a.ts'], { at: '12:05', policy: shared }))
  assert.equal(held(after.state), { 'a.ts': ['carol#6'] })
})

test('a takeover is never only said: beside a lease of one’s own it is recorded too', () => {
  const scene = given(
    ...two,
    acquired('bob', ['a.ts'], { worktree: 'side', policy: separate }),
    acquired('alice', ['a.ts'], { at: '12:04', policy: separate }),
  )
  const taken = { path: 'a.ts', holder: 'bob', token: 3, cause: 'expired' as const }
  const after = scene
    .when(acquire('alice', ['a.ts'], { at: '12:05' }))
    .expect(acquired('alice', [], { at: '12:05', renewed: ['a.ts'], takenFrom: [taken] }), {
      kind: 'granted',
      leases: [{ path: 'a.ts', token: 4, expiresAt: time('12:10') }],
      takenFrom: [{ ...taken, role: 'main', task: '' }],
      notices: [],
    })
  assert.equal(held(after.state), { 'a.ts': ['alice#4'] })
})

test('a change made in another worktree is told as such', () => {
  const { reply } = given(...two)
    .when(edit('alice', ['a.ts']))
    .after.when(acquire('bob', ['a.ts'], { worktree: 'side' }))
  assert.equal(
    reply.kind === 'granted' && reply.notices.map((notice) => notice.kind === 'changed' && notice.otherWorktree),
    [true],
  )
})

test('shared: who moves to another worktree takes its lease along', () => {
  const moved = given(...two, acquired('alice', ['a.ts'])).when(update('alice', { worktree: 'side' })).after
  moved.when(acquire('alice', ['a.ts'], { worktree: 'side' })).expectNothing({
    kind: 'granted',
    leases: [{ path: 'a.ts', token: 3, expiresAt: time('12:05') }],
    takenFrom: [],
    notices: [],
  })
  const { fact, after } = moved.when(edit('alice', ['a.ts'], { at: '12:04', worktree: 'side' }))
  assert.is(fact?.type === 'file.edited' && fact.data.unleased, undefined)
  assert.is(after.state.leases['a.ts']?.[0]?.expiresAt, time('12:09'))
})

/** One instance that works in two worktrees at once holds a path twice. */
const both = given(
  ...two,
  acquired('alice', ['a.ts'], { call: 'c1', policy: operation }),
  acquired('alice', ['a.ts'], { call: 'c2', policy: operation, worktree: 'side' }),
)

test('separate: who moves holds one lease in each worktree', () => {
  assert.equal(held(both.state), { 'a.ts': ['alice#3', 'alice#4'] })
})

test('separate: an edit renews, earns and ends the lease of its own worktree only', () => {
  const { fact, after } = both.when(edit('alice', ['a.ts'], { call: 'c2', policy: operation, worktree: 'side' }))
  assert.equal(fact?.type === 'file.edited' && fact.data.released, refs([['a.ts', 'alice', 4]]))
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
  assert.is(after.state.leases['a.ts']?.[0]?.established, false, 'the edit elsewhere earned nothing here')
  assert.equal(held(after.when(endCalls('alice', ['c1'])).after.state), {}, 'a failed call leaves no lease')
})

test('separate: an edit where one has no lease is made without one', () => {
  const { fact } = given(...two, acquired('alice', ['a.ts'], { policy: separate })).when(
    edit('alice', ['a.ts'], { worktree: 'side', policy: separate }),
  )
  assert.equal(fact?.type === 'file.edited' && fact.data.unleased, ['a.ts'])
})

test('separate: a renewal renews the lease of its own worktree only', () => {
  const at = '12:04'
  const after = both
    .when(acquire('alice', ['a.ts'], { at, call: 'c3', policy: operation, worktree: 'side' }))
    .expect(renewed('alice', ['a.ts'], { at, call: 'c3', policy: operation, worktree: 'side' }), {
      kind: 'granted',
      leases: [{ path: 'a.ts', token: 4, expiresAt: time('12:09') }],
      takenFrom: [],
      notices: [],
    })
  const [main, side] = after.state.leases['a.ts'] ?? []
  assert.equal([main?.expiresAt, main?.calls.map(({ id }) => id)], [time('12:05'), ['c1']])
  assert.equal([side?.expiresAt, side?.calls.map(({ id }) => id)], [time('12:09'), ['c2', 'c3']])
})

test('a token names one lease of two', () => {
  for (const token of [3, 4]) {
    const { after } = both.when(release('alice', ['a.ts'], { token }))
    assert.equal(held(after.state), { 'a.ts': [`alice#${7 - token}`] })
  }
  both
    .when(release('alice', ['a.ts'], { token: 5 }))
    .expectNothing({ kind: 'stale-token', path: 'a.ts', token: 5, current: 3 })
})

test('force ends the leases of a path in every worktree, and is called so even when one of them was one’s own', () => {
  const scene = given(
    ...two,
    acquired('alice', ['a.ts'], { policy: separate }),
    acquired('bob', ['a.ts'], { worktree: 'side', policy: separate }),
  )
  const leases: [string, string, number][] = [
    ['a.ts', 'alice', 3],
    ['a.ts', 'bob', 4],
  ]
  const { fact } = scene.when(release('alice', ['a.ts'], { force: true }))
  assert.equal(fact, released('alice', leases, { cause: 'forced' }))
  assert.equal(scene.when(release('alice', ['a.ts'])).fact, released('alice', [['a.ts', 'alice', 3]]))
})

test.run()
