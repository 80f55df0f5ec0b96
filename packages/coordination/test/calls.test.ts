import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acquire, edit, endCalls, endTurn, release, startTurn } from './asks.js'
import { acquired, edited, policy, refs, registered, released } from './facts.js'
import { given, held, type Scenario } from './scenario.js'

/** A failed, denied or cancelled tool call must not leave a lease behind. */
const test = suite('tool calls')
const operation = { ...policy, hold: 'operation' as const }
const session = { ...policy, hold: 'session' as const }
const alice = given(registered('alice'))
const mine = ['a.ts', 'alice', 2] as [string, string, number]

function calls({ state }: Scenario, path = 'a.ts'): string[] | undefined {
  return state.leases[path]?.[0]?.calls.map(({ id }) => id)
}

for (const used of [policy, operation, session]) {
  test(`hold=${used.hold}: a call that came to nothing leaves no lease`, () => {
    const after = alice
      .when(acquire('alice', ['a.ts', 'b.ts'], { call: 'c1', policy: used }))
      .after.when(endCalls('alice', ['c1']))
      .expect(released('alice', [mine, ['b.ts', 'alice', 2]], { cause: 'call-ended', calls: ['c1'] }), {
        kind: 'released',
        released: refs([mine, ['b.ts', 'alice', 2]]),
      })
    assert.equal(held(after.state), {})
    after.when(endCalls('alice', ['c1'])).expectNothing({ kind: 'released', released: [] })
  })

  test(`hold=${used.hold}: of two calls on one file the first fails, the second one’s lease stays`, () => {
    const after = alice
      .when(acquire('alice', ['a.ts'], { call: 'c1', policy: used }))
      .after.when(acquire('alice', ['a.ts'], { call: 'c2', policy: used }))
      .after.when(endCalls('alice', ['c1'])).after
    assert.equal(calls(after), ['c2'])
    assert.equal(held(after.state), { 'a.ts': ['alice#2'] })
    assert.equal(held(after.when(endCalls('alice', ['c2'])).after.state), {})
  })

  test(`hold=${used.hold}: two calls on one file both fail at once`, () => {
    const { after } = alice
      .when(acquire('alice', ['a.ts'], { call: 'c1', policy: used }))
      .after.when(acquire('alice', ['a.ts'], { call: 'c2', policy: used }))
      .after.when(endCalls('alice', ['c2', 'c1']))
    assert.equal(held(after.state), {})
  })

  test(`hold=${used.hold}: a lease taken by hand ends with no call, neither a failed one nor a good one`, () => {
    const byHand = alice.when(acquire('alice', ['a.ts'], { policy: used })).after
    const called = byHand.when(acquire('alice', ['a.ts'], { call: 'c1', policy: used })).after
    assert.equal(held(called.when(endCalls('alice', ['c1'])).after.state), { 'a.ts': ['alice#2'] }, 'failed')
    assert.equal(
      held(called.when(edit('alice', ['a.ts'], { call: 'c1', policy: used })).after.state),
      { 'a.ts': ['alice#2'] },
      'good',
    )
    assert.equal(held(called.when(endCalls('alice', 'all')).after.state), { 'a.ts': ['alice#2'] }, 'all')
  })

  test(`hold=${used.hold}: asked for by hand while a call is in flight, the lease is held by hand`, () => {
    const both = alice
      .when(acquire('alice', ['a.ts'], { call: 'c1', policy: used }))
      .after.when(acquire('alice', ['a.ts'], { policy: used })).after
    assert.equal(held(both.when(endCalls('alice', ['c1'])).after.state), { 'a.ts': ['alice#2'] })
  })
}

test('hold=turn: what an edit earned stays when a later call on it fails', () => {
  const earned = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1' })).after
  earned
    .when(acquire('alice', ['a.ts'], { call: 'c2' }))
    .expectNothing({
      kind: 'granted',
      leases: [{ path: 'a.ts', token: 2, expiresAt: '2026-01-08T12:05:00.000Z' }],
      takenFrom: [],
      notices: [],
    })
    .when(endCalls('alice', ['c2']))
    .expectNothing({ kind: 'released', released: [] })
  const renewed = earned.when(acquire('alice', ['a.ts'], { at: '12:04', call: 'c2' })).after
  assert.equal(calls(renewed), ['c2'])
  assert.equal(held(renewed.when(endCalls('alice', ['c2'])).after.state), { 'a.ts': ['alice#2'] })
})

test('hold=operation: the lease ends with the edit', () => {
  const after = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1', policy: operation }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1', policy: operation }))
    .expect(edited('alice', ['a.ts'], { call: 'c1', policy: operation, released: refs([mine]) }), {
      kind: 'released',
      released: refs([mine]),
    })
  assert.equal(held(after.state), {})
})

test('hold=operation: of two calls on one file the lease ends with the last, well or not', () => {
  const both = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1', policy: operation }))
    .after.when(acquire('alice', ['a.ts'], { call: 'c2', policy: operation }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1', policy: operation })).after
  assert.equal(calls(both), ['c2'])
  assert.equal(held(both.when(edit('alice', ['a.ts'], { call: 'c2', policy: operation })).after.state), {})
  assert.equal(held(both.when(endCalls('alice', ['c2'])).after.state), {})
})

test('a batch in which one call edited and its siblings were cancelled', () => {
  const { after } = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(acquire('alice', ['b.ts'], { call: 'c2' }))
    .after.when(acquire('alice', ['c.ts'], { call: 'c3' }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1' }))
    .after.when(endCalls('alice', ['c1', 'c2', 'c3']))
  assert.equal(held(after.state), { 'a.ts': ['alice#2'] })
})

test('a call that names two files and wrote one', () => {
  const { after } = alice
    .when(acquire('alice', ['a.ts', 'b.ts'], { call: 'c1' }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1' }))
    .after.when(endCalls('alice', ['c1']))
  assert.equal(held(after.state), { 'a.ts': ['alice#2'] })
})

test('the next turn’s first call ends what an interrupted turn left, and nothing of its own', () => {
  const { after } = alice
    .when(acquire('alice', ['old.ts'], { call: 'c1', turn: 't1' }))
    .after.when(acquire('alice', ['new.ts'], { call: 'c2', turn: 't2' }))
    .after.when(acquire('alice', ['bare.ts'], { call: 'c3' }))
    .after.when(endCalls('alice', { notOfTurn: 't2' }))
  assert.equal(held(after.state), { 'new.ts': ['alice#3'], 'bare.ts': ['alice#4'] })
})

test('a call whose id comes again in a later turn belongs to that turn: some agents name a call by its file', () => {
  const again = alice
    .when(acquire('alice', ['a.ts'], { call: 'a.ts', turn: 't1' }))
    .after.when(acquire('alice', ['a.ts'], { call: 'a.ts', turn: 't2' })).after
  assert.equal(again.state.leases['a.ts']?.[0]?.calls, [{ id: 'a.ts', turn: 't2' }])
  again.when(endCalls('alice', { notOfTurn: 't2' })).expectNothing({ kind: 'released', released: [] })
})

test('a call is over for every file that it named, though only one of them knows its turn', () => {
  const { after } = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1', turn: 't1' }))
    .after.when(acquire('alice', ['b.ts'], { call: 'c1' }))
    .after.when(endCalls('alice', { notOfTurn: 't2' }))
  assert.equal(held(after.state), {})
})

test('calls of another instance with the same ids are not ours', () => {
  const { after } = given(registered('alice'), registered('bob'))
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(acquire('bob', ['b.ts'], { call: 'c1' }))
    .after.when(endCalls('bob', 'all'))
  assert.equal(held(after.state), { 'a.ts': ['alice#3'] })
})

for (const [name, sweep] of [
  ['the end of the turn', endTurn('alice')],
  ['the next turn', startTurn('alice')],
  ['the end of all calls', endCalls('alice', 'all')],
] as const) {
  test(`a call that never came back: ${name} sweeps it, under each hold`, () => {
    for (const used of [policy, operation, session]) {
      const { after } = alice.when(acquire('alice', ['a.ts'], { call: 'c1', policy: used })).after.when(sweep)
      assert.equal(held(after.state), {}, used.hold)
    }
  })
}

test('an edit told twice is recorded once', () => {
  const once = alice
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(edit('alice', ['a.ts'], { call: 'c1' })).after
  once.when(edit('alice', ['a.ts'], { at: '12:01', call: 'c1' })).expectNothing({ kind: 'released', released: [] })
})

test('where calls have no id of their own, two edits of one file are two, and the same one told twice is one', () => {
  const written = (told: string) => edit('alice', ['a.ts'], { call: 'writes a.ts', requestId: told })
  const once = alice.when(acquire('alice', ['a.ts'], { call: 'writes a.ts' })).after.when(written('12:00:01')).after
  once.when(written('12:00:01')).expectNothing({ kind: 'released', released: [] })
  assert.is(once.when(written('12:00:02')).fact?.type, 'file.edited')
})

test('the same call asked for twice is granted once', () => {
  const once = alice.when(acquire('alice', ['a.ts'], { call: 'c1' })).after
  assert.is(once.when(acquire('alice', ['a.ts'], { call: 'c1' })).fact, undefined)
})

test('a release in the middle of a call ends the lease; the call’s end then finds nothing', () => {
  alice
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(release('alice', ['a.ts']))
    .after.when(endCalls('alice', ['c1']))
    .expectNothing({ kind: 'released', released: [] })
})

test('a lease with a call that does not end stays known to nobody but its holder: acquired is not established', () => {
  const { state } = given(registered('alice'), acquired('alice', ['a.ts'], { call: 'c1' }))
  assert.is(state.leases['a.ts']?.[0]?.established, false)
  const byHand = given(registered('alice'), acquired('alice', ['a.ts'])).state
  assert.is(byHand.leases['a.ts']?.[0]?.established, true)
})

test.run()
