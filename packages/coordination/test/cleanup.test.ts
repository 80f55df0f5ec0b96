import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Liveness } from '../src/vocabulary.js'
import { cleanup } from './asks.js'
import { acquired, refs, registered } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('cleanup')
const two = [registered('alice'), registered('bob', { at: '13:00' }), registered('carol', { at: '13:00' })]

test('nothing to clean is nothing to record', () => {
  given(...two)
    .when(cleanup('carol', { at: '13:00', liveness: { alice: 'alive' } }))
    .expectNothing({ kind: 'cleaned', expired: [], ended: [], released: [] })
})

test('expired leases end, at the very instant; younger ones stay', () => {
  const expired = refs([['a.ts', 'bob', 4]])
  const after = given(
    ...two,
    acquired('bob', ['a.ts'], { at: '13:00' }),
    acquired('bob', ['b.ts'], { at: '13:00:00.001' }),
  )
    .when(cleanup('carol', { at: '13:05', liveness: { alice: 'alive', bob: 'alive' } }))
    .expect(
      {
        type: 'cleanup.completed',
        ts: time('13:05'),
        by: 'carol',
        data: { expired, ended: [], released: [], staleMs: 300_000, liveness: { alice: 'alive', bob: 'alive' } },
      },
      { kind: 'cleaned', expired, ended: [], released: [] },
    )
  assert.equal(held(after.state), { 'b.ts': ['bob#5'] })
})

test('the dead end, with all that they hold, expired or not', () => {
  const released = refs([
    ['b.ts', 'bob', 4],
    ['old.ts', 'bob', 5],
  ])
  const ended = [{ instance: 'bob', cause: 'dead' as const }]
  const after = given(...two, acquired('bob', ['b.ts'], { at: '13:00' }), acquired('bob', ['old.ts'], { at: '12:00' }))
    .when(cleanup('carol', { at: '13:01', liveness: { alice: 'alive', bob: 'dead' } }))
    .expect(
      {
        type: 'cleanup.completed',
        ts: time('13:01'),
        by: 'carol',
        data: { expired: [], ended, released, staleMs: 300_000, liveness: { alice: 'alive', bob: 'dead' } },
      },
      { kind: 'cleaned', expired: [], ended, released },
    )
  assert.equal(held(after.state), {})
  assert.is(after.state.instances['bob']?.endReason, 'dead')
  assert.equal(after.state.ended, ['bob'])
})

for (const [liveness, at, cause] of [
  ['unknown', '12:04:59.999', undefined],
  ['unknown', '12:05', 'stale'],
  ['alive', '13:00', undefined],
  ['dead', '12:00', 'dead'],
] as [Liveness, string, string | undefined][]) {
  test(`${liveness} at ${at}, last seen at 12:00: ${cause ?? 'stays'}`, () => {
    const { reply } = given(registered('alice'), registered('carol')).when(
      cleanup('carol', { at, liveness: { alice: liveness } }),
    )
    assert.equal(reply.ended, cause === undefined ? [] : [{ instance: 'alice', cause }])
  })
}

test('nothing known of the liveness is unknown', () => {
  const { reply } = given(registered('alice'), registered('carol')).when(cleanup('carol', { at: '12:05' }))
  assert.equal(reply.ended, [{ instance: 'alice', cause: 'stale' }])
})

test('who asks is not ended, though silent for long; whoever else asks need not be registered', () => {
  const lone = given(registered('alice'))
  assert.equal(lone.when(cleanup('alice', { at: '14:00' })).reply.ended, [])
  assert.equal(lone.when(cleanup('nobody', { at: '14:00' })).reply.ended, [{ instance: 'alice', cause: 'stale' }])
})

test('with a parent its subagents end', () => {
  const { reply } = given(registered('alice'), registered('scout', { parent: 'alice' })).when(
    cleanup('carol', { liveness: { alice: 'dead', scout: 'unknown' } }),
  )
  assert.equal(reply.ended, [
    { instance: 'alice', cause: 'dead' },
    { instance: 'scout', cause: 'dead' },
  ])
})

test('a parent that waits for its subagent is silent and not stale', () => {
  const { reply, after } = given(
    registered('alice'),
    registered('scout', { parent: 'alice' }),
    acquired('scout', ['a.ts'], { at: '12:30' }),
    registered('carol', { at: '12:30' }),
  ).when(cleanup('carol', { at: '12:31' }))
  assert.equal(reply.ended, [])
  assert.equal(held(after.state), { 'a.ts': ['scout#3'] })
})

test('a subagent that asks ends none of those above it', () => {
  const { reply } = given(registered('alice'), registered('scout', { parent: 'alice' })).when(
    cleanup('scout', { at: '14:00', liveness: { alice: 'dead' } }),
  )
  assert.equal(reply.ended, [])
})

test.run()
