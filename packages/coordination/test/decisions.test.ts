import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addDecision, setStatus } from './asks.js'
import { decided, registered } from './facts.js'
import { type Fact, given, time } from './scenario.js'

const test = suite('decisions')
const alice = registered('alice', { role: 'architect' })

test('a decision is numbered within its UTC day and remembers who took it', () => {
  const facts = {
    title: 'Use flock',
    rationale: 'simple',
    alternatives: ['a server'],
    files: ['a.ts'],
    dependencies: ['x'],
  }
  const after = given(alice)
    .when(addDecision('alice', { at: '12:34', requestId: 'r1', ...facts }))
    .expect(decided('alice', 'DEC-20260108-0001', { at: '12:34', requestId: 'r1', ...facts }), {
      kind: 'decided',
      id: 'DEC-20260108-0001',
    })
  const [decision] = after.state.decisions
  assert.equal(
    [decision?.sequence, decision?.at, decision?.by, decision?.role, decision?.title],
    [2, time('12:34'), 'alice', 'architect', 'Use flock'],
  )
})

test('numbers go on within a day and start anew on the next, also when the clock goes back to the first', () => {
  let scene = given(alice)
  const ids = ['2026-01-08T23:59:59.999', '2026-01-09T00:00', '2026-01-09T00:01', '2026-01-08T23:59'].map((at, n) => {
    const outcome = scene.when(addDecision('alice', { at, requestId: `r${n}` }))
    scene = outcome.after
    return outcome.reply.kind === 'decided' && outcome.reply.id
  })
  assert.equal(ids, ['DEC-20260108-0001', 'DEC-20260109-0001', 'DEC-20260109-0002', 'DEC-20260108-0002'])
})

test('more than 9999 in one day still differ', () => {
  const { reply } = given(alice, decided('alice', 'DEC-20260108-9999')).when(addDecision('alice'))
  assert.equal(reply, { kind: 'decided', id: 'DEC-20260108-10000' })
})

test('ids that came from elsewhere, with gaps or on another day, are not given again', () => {
  const imported: Fact[] = [
    decided('alice', 'DEC-20260108-0003'),
    decided('alice', 'DEC-20260108-0001'),
    decided('alice', 'DEC-20260109-0007', { at: '12:00' }),
    decided('alice', 'of another make'),
  ]
  const scene = given(alice, ...imported)
  assert.equal(scene.when(addDecision('alice')).reply, { kind: 'decided', id: 'DEC-20260108-0004' })
  const next = scene.when(addDecision('alice', { at: '2026-01-09T08:00' }))
  assert.equal(next.reply, { kind: 'decided', id: 'DEC-20260109-0008' })
})

test('the same request is one decision, however often it is asked', () => {
  const once = given(alice).when(addDecision('alice', { requestId: 'r1' })).after
  once
    .when(addDecision('alice', { at: '13:00', title: 'again', requestId: 'r1' }))
    .expectNothing({ kind: 'decided', id: 'DEC-20260108-0001' })
})

test('a decision may take another one’s place', () => {
  const after = given(alice, decided('alice', 'DEC-20260108-0001'))
    .when(addDecision('alice', { supersedes: 'DEC-20260108-0001' }))
    .expect(decided('alice', 'DEC-20260108-0002', { supersedes: 'DEC-20260108-0001', requestId: 'request' }), {
      kind: 'decided',
      id: 'DEC-20260108-0002',
    })
  assert.equal(
    after.state.decisions.map(({ status, supersededBy }) => [status, supersededBy]),
    [
      ['superseded', 'DEC-20260108-0002'],
      ['accepted', undefined],
    ],
  )
})

test('a decision that is not known can neither be superseded nor change', () => {
  const reply = { kind: 'unknown-decision', id: 'DEC-1' } as const
  given(alice)
    .when(addDecision('alice', { supersedes: 'DEC-1' }))
    .expectNothing(reply)
  given(alice)
    .when(setStatus('alice', 'DEC-1', 'deprecated'))
    .expectNothing(reply)
})

test('a status changes once; the reply says how the decision stands then', () => {
  const scene = given(alice, decided('alice', 'DEC-20260108-0001'))
  const outcome = scene.when(setStatus('alice', 'DEC-20260108-0001', 'deprecated', { reason: 'no use' }))
  assert.equal(outcome.fact, {
    type: 'decision.status_changed',
    ts: time('12:00'),
    by: 'alice',
    data: { id: 'DEC-20260108-0001', from: 'accepted', to: 'deprecated', reason: 'no use' },
  })
  const [decision] = outcome.after.state.decisions
  assert.is(decision?.status, 'deprecated')
  assert.equal(outcome.reply, { kind: 'done', decision })
  assert.is(outcome.after.when(setStatus('alice', 'DEC-20260108-0001', 'deprecated')).fact, undefined)
})

test('who is not registered decides nothing', () => {
  const reply = { kind: 'unknown-instance', instance: 'bob' } as const
  const scene = given(alice, decided('alice', 'DEC-20260108-0001'))
  scene.when(addDecision('bob')).expectNothing(reply)
  scene.when(setStatus('bob', 'DEC-20260108-0001', 'deprecated')).expectNothing(reply)
})

test.run()
