import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Liveness, TakeoverCause } from '../src/vocabulary.js'
import { acquire, edit, end, endCalls, endTurn, release } from './asks.js'
import { acquired, edited, ended, refs, registered, released } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('takeovers')

/** Sequences: alice 1, her subagents scout 2 and guard 3, scout's own deep 4, the stranger bob 5. */
const family = [
  registered('alice', { role: 'backend', task: 'login' }),
  registered('scout', { parent: 'alice' }),
  registered('guard', { parent: 'alice' }),
  registered('deep', { parent: 'scout' }),
  registered('bob'),
]

interface Row {
  name: string
  holder: string
  asks: string
  at?: string
  liveness?: Record<string, Liveness>
  cause: TakeoverCause | 'refused'
}

const rows: Row[] = [
  { name: 'a stranger', holder: 'alice', asks: 'bob', cause: 'refused' },
  {
    name: 'a stranger, one millisecond before the expiry',
    holder: 'alice',
    asks: 'bob',
    at: '12:04:59.999',
    cause: 'refused',
  },
  { name: 'a stranger, at the instant of expiry', holder: 'alice', asks: 'bob', at: '12:05', cause: 'expired' },
  {
    name: 'a stranger, the holder is alive',
    holder: 'alice',
    asks: 'bob',
    liveness: { alice: 'alive' },
    cause: 'refused',
  },
  {
    name: 'a stranger, nothing is known of the holder',
    holder: 'alice',
    asks: 'bob',
    liveness: { alice: 'unknown' },
    cause: 'refused',
  },
  { name: 'a stranger, the holder is dead', holder: 'alice', asks: 'bob', liveness: { alice: 'dead' }, cause: 'dead' },
  {
    name: 'a stranger, somebody else is dead',
    holder: 'alice',
    asks: 'bob',
    liveness: { guard: 'dead' },
    cause: 'refused',
  },
  {
    name: 'a stranger, dead and expired: expired says it all',
    holder: 'alice',
    asks: 'bob',
    at: '12:05',
    liveness: { alice: 'dead' },
    cause: 'expired',
  },
  {
    name: 'a holder that lives, but its time is over',
    holder: 'alice',
    asks: 'bob',
    at: '12:05',
    liveness: { alice: 'alive' },
    cause: 'expired',
  },
  { name: 'a subagent from its parent', holder: 'alice', asks: 'scout', cause: 'parent' },
  { name: 'a subagent from its parent’s parent', holder: 'alice', asks: 'deep', cause: 'parent' },
  { name: 'a subagent from its sibling', holder: 'guard', asks: 'scout', cause: 'refused' },
  { name: 'a subagent from its parent’s sibling', holder: 'guard', asks: 'deep', cause: 'refused' },
  { name: 'a subagent from a stranger', holder: 'bob', asks: 'scout', cause: 'refused' },
  { name: 'a parent from its subagent', holder: 'scout', asks: 'alice', cause: 'refused' },
  { name: 'a parent from its subagent’s subagent', holder: 'deep', asks: 'alice', cause: 'refused' },
  {
    name: 'a parent from its subagent whose time is over',
    holder: 'scout',
    asks: 'alice',
    at: '12:05',
    cause: 'expired',
  },
]

for (const { name, holder, asks, at = '12:01', liveness = {}, cause } of rows) {
  test(`${name}: ${cause}`, () => {
    const { fact, reply, after } = given(...family, acquired(holder, ['a.ts'])).when(
      acquire(asks, ['a.ts'], { at, liveness }),
    )
    if (cause === 'refused') {
      assert.is(fact?.type, 'lock.denied')
      assert.is(reply.kind, 'denied')
      assert.equal(held(after.state), { 'a.ts': [`${holder}#6`] })
      return
    }
    const known = Object.keys(liveness).length === 0 ? {} : { liveness }
    const from = { path: 'a.ts', holder, token: 6, cause }
    assert.equal(fact, acquired(asks, ['a.ts'], { at, takenFrom: [from], ...known }))
    const { role, task } = after.state.instances[holder] ?? {}
    assert.equal(reply.kind === 'granted' && reply.takenFrom, [{ ...from, role, task }])
    assert.equal(held(after.state), { 'a.ts': [`${asks}#7`] })
  })
}

test('several paths: what may be taken is not taken when another path is in the way', () => {
  const { fact, after } = given(...family, acquired('alice', ['a.ts']), acquired('bob', ['b.ts'])).when(
    acquire('scout', ['a.ts', 'b.ts']),
  )
  assert.is(fact?.type, 'lock.denied')
  assert.equal(fact?.type === 'lock.denied' && fact.data.heldBy.map(({ path }) => path), ['b.ts'])
  assert.equal(held(after.state), { 'a.ts': ['alice#6'], 'b.ts': ['bob#7'] })
})

test('one request takes from several, each with its cause', () => {
  const { fact } = given(...family, acquired('alice', ['a.ts']), acquired('bob', ['b.ts'])).when(
    acquire('scout', ['a.ts', 'b.ts'], { liveness: { bob: 'dead' } }),
  )
  assert.equal(fact?.type === 'lock.acquired' && fact.data.takenFrom, [
    { path: 'a.ts', holder: 'alice', token: 6, cause: 'parent' },
    { path: 'b.ts', holder: 'bob', token: 7, cause: 'dead' },
  ])
})

test('while the subagent holds what it took, its parent is refused; after the subagent’s end it is not', () => {
  const taken = given(...family, acquired('alice', ['a.ts'])).when(acquire('scout', ['a.ts'])).after
  assert.is(taken.when(acquire('alice', ['a.ts'])).reply.kind, 'denied')
  const free = taken.when(end('scout')).after
  assert.equal(held(free.state), {})
  assert.equal(held(free.when(acquire('alice', ['a.ts'])).after.state), { 'a.ts': ['alice#9'] })
})

test('a subagent’s subagent may take what the subagent took', () => {
  const { after } = given(...family, acquired('alice', ['a.ts']))
    .when(acquire('scout', ['a.ts']))
    .after.when(acquire('deep', ['a.ts']))
  assert.equal(held(after.state), { 'a.ts': ['deep#8'] })
})

test('who lost a lease cannot end, renew or release the one that took its place', () => {
  const lost = given(...family, acquired('alice', ['a.ts'], { call: 'c1' })).when(
    acquire('bob', ['a.ts'], { at: '12:05', call: 'd1' }),
  ).after
  const expires = { bob: time('12:10') }
  for (const ask of [
    edit('alice', ['a.ts'], { at: '12:06', call: 'c1' }),
    endCalls('alice', 'all', { at: '12:06' }),
    endTurn('alice', { at: '12:06' }),
    end('alice', { at: '12:06' }),
    release('alice', ['a.ts'], { at: '12:06' }),
    release('alice', ['a.ts'], { at: '12:06', token: 6 }),
    acquire('alice', ['a.ts'], { at: '12:06' }),
  ]) {
    const { state } = lost.when(ask).after
    assert.equal(held(state), { 'a.ts': ['bob#7'] }, ask.type)
    assert.is(state.leases['a.ts']?.[0]?.expiresAt, expires.bob, ask.type)
    assert.is(state.leases['a.ts']?.[0]?.established, false, ask.type)
  }
})

test('an edit that came back after the lease was taken away is recorded as made without one', () => {
  given(...family, acquired('alice', ['a.ts'], { call: 'c1' }))
    .when(acquire('bob', ['a.ts'], { at: '12:05' }))
    .after.when(edit('alice', ['a.ts'], { at: '12:06', call: 'c1' }))
    .expect(edited('alice', ['a.ts'], { at: '12:06', call: 'c1', unleased: ['a.ts'] }), {
      kind: 'released',
      released: [],
    })
})

test('two that name each other as parents take from each other, and the search ends', () => {
  const loopOf = [registered('yin', { parent: 'yang' }), registered('yang', { parent: 'yin' })]
  const loop = given(...loopOf, acquired('yin', ['a.ts']))
  const strange = given(...loopOf, registered('bob'), acquired('bob', ['b.ts'])).when(acquire('yin', ['b.ts']))
  assert.is(strange.reply.kind, 'denied')
  assert.equal(held(loop.when(acquire('yang', ['a.ts'])).after.state), { 'a.ts': ['yang#4'] })
  assert.equal(loop.when(end('yin')).reply, {
    kind: 'ended',
    ended: ['yin', 'yang'],
    released: refs([['a.ts', 'yin', 3]]),
  })
})

test('a token that names an older lease ends nothing in the fold either', () => {
  const { state } = given(
    ...family,
    acquired('alice', ['a.ts']),
    released('alice', [['a.ts', 'alice', 6]]),
    acquired('alice', ['a.ts']),
    released('alice', [['a.ts', 'alice', 6]]),
  )
  assert.equal(held(state), { 'a.ts': ['alice#8'] })
})

test('a subagent of a session that ended is a stranger to nobody: the chain of parents is read through the ended', () => {
  const scene = given(...family, acquired('alice', ['a.ts']), ended('scout', { ended: ['scout'] }))
  assert.is(scene.when(acquire('deep', ['a.ts'])).reply.kind, 'granted')
})

test.run()
