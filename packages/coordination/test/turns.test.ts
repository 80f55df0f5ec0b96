import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acquire, endTurn, startTurn } from './asks.js'
import { acquired, edited, policy, refs, registered, turnEnded, turnStarted } from './facts.js'
import { given, held } from './scenario.js'

const test = suite('turns')
const session = { ...policy, hold: 'session' as const }

test('a turn says what it is about', () => {
  const after = given(registered('alice'), turnEnded('alice'))
    .when(startTurn('alice', { at: '12:01', task: 'login', turn: 't1' }))
    .expect(turnStarted('alice', { at: '12:01', task: 'login', turn: 't1' }), { kind: 'released', released: [] })
  const { phase, task, turn } = after.state.instances['alice'] ?? {}
  assert.equal({ phase, task, turn }, { phase: 'working', task: 'login', turn: 't1' })
})

test('the same turn told twice is recorded once', () => {
  given(registered('alice'), turnStarted('alice', { turn: 't1' }), acquired('alice', ['a.ts']))
    .when(startTurn('alice', { turn: 't1' }))
    .expectNothing({ kind: 'released', released: [] })
})

test('the same turn again after its end is a turn', () => {
  const { fact } = given(registered('alice'), turnStarted('alice', { turn: 't1' }), turnEnded('alice')).when(
    startTurn('alice', { turn: 't1' }),
  )
  assert.equal(fact, turnStarted('alice', { turn: 't1' }))
})

test('the end of the turn ends its leases, those taken by hand too, and nobody else’s', () => {
  const released = refs([
    ['a.ts', 'alice', 3],
    ['h.ts', 'alice', 4],
  ])
  const after = given(
    registered('alice'),
    registered('bob'),
    acquired('alice', ['a.ts'], { call: 'c1' }),
    acquired('alice', ['h.ts']),
    acquired('bob', ['b.ts']),
  )
    .when(endTurn('alice', { outcome: 'failed' }))
    .expect(turnEnded('alice', { outcome: 'failed', released }), { kind: 'released', released })
  assert.equal(held(after.state), { 'b.ts': ['bob#5'] })
  assert.is(after.state.instances['alice']?.phase, 'idle')
})

test('the end of a turn leaves the leases of a subagent alone: it works on in the background', () => {
  const { after } = given(
    registered('alice'),
    registered('scout', { parent: 'alice' }),
    acquired('scout', ['a.ts']),
  ).when(endTurn('alice'))
  assert.equal(held(after.state), { 'a.ts': ['scout#3'] })
})

test('hold=session: what an edit earned outlives the turn, what no edit earned does not', () => {
  const { after } = given(
    registered('alice'),
    acquired('alice', ['a.ts', 'b.ts'], { call: 'c1', policy: session }),
    edited('alice', ['a.ts'], { call: 'c1', policy: session }),
  ).when(endTurn('alice'))
  assert.equal(held(after.state), { 'a.ts': ['alice#2'] })
})

test('a second end of the turn is nothing new, unless something was taken meanwhile', () => {
  const idle = given(registered('alice'), turnEnded('alice'))
  idle.when(endTurn('alice', { at: '12:01' })).expectNothing({ kind: 'released', released: [] })
  const released = refs([['a.ts', 'alice', 3]])
  idle
    .when(acquire('alice', ['a.ts'], { call: 'c1' }))
    .after.when(endTurn('alice'))
    .expect(turnEnded('alice', { released }), { kind: 'released', released })
})

test('an interrupted turn leaves no other event than the next turn: that one sweeps', () => {
  const released = refs([
    ['a.ts', 'alice', 3],
    ['b.ts', 'alice', 5],
  ])
  const after = given(
    registered('alice'),
    turnStarted('alice', { turn: 't1' }),
    acquired('alice', ['a.ts'], { call: 'c1', turn: 't1' }),
    edited('alice', ['a.ts'], { call: 'c1' }),
    acquired('alice', ['b.ts'], { call: 'c2', turn: 't1' }),
  )
    .when(startTurn('alice', { turn: 't2' }))
    .expect(turnStarted('alice', { turn: 't2', released }), { kind: 'released', released })
  assert.equal(held(after.state), {})
})

test('an interrupted turn under hold=session: the next one sweeps only what no edit earned', () => {
  const { after } = given(
    registered('alice'),
    acquired('alice', ['a.ts', 'b.ts'], { call: 'c1', policy: session }),
    edited('alice', ['a.ts'], { call: 'c1', policy: session }),
  ).when(startTurn('alice'))
  assert.equal(held(after.state), { 'a.ts': ['alice#2'] })
})

test('a turn that is not named sweeps each time: nothing tells it from the one before', () => {
  const { fact } = given(registered('alice'), turnStarted('alice')).when(startTurn('alice'))
  assert.equal(fact, turnStarted('alice'))
})

test.run()
