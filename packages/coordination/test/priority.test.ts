import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Refusal } from '../src/commands.js'
import type { RecordedEvent } from '../src/events.js'
import { isOf } from '../src/recorded.js'
import type { Policy } from '../src/vocabulary.js'
import { explain } from '../src/why.js'
import { acquire, cleanup, deliverNotice, edit, end, endCalls, endTurn, release } from './asks.js'
import { policy, registered } from './facts.js'
import { given, held, type Scenario, time } from './scenario.js'
import { histories, play } from './world.js'

/** Which role goes before which: packages/coordination/src/priority.ts, docs/adr/0011. */
const test = suite('priority of roles')

const rules = [{ paths: 'backend/**', roles: ['architect', 'developer'] }]
const preempt: Policy = { ...policy, priority: { mode: 'preempt', graceMs: 30_000, rules } }
const queue: Policy = { ...policy, priority: { mode: 'queue', graceMs: 30_000, rules } }
const file = 'backend/a.py'

/** Sequences: low 1, high 2, third 3, other 4. */
const people = [
  registered('low', { role: 'developer', task: 'the page' }),
  registered('high', { role: 'architect', task: 'the schema' }),
  registered('third', { role: 'tester' }),
  registered('other', { role: 'architect' }),
]

type Rest = Parameters<typeof acquire>[2]
const wants = (by: string, used: Policy, rest: Rest = {}) =>
  acquire(by, [file], { policy: used, requestId: `${by} ${rest.at ?? ''}`, ...rest })

/** low holds it after an edit, by a tool call that is over; high has asked at 12:01. */
function asked(used: Policy): Scenario {
  return given(...people)
    .when(wants('low', used, { call: 'c1' }))
    .after.when(edit('low', [file], { call: 'c1', policy: used }))
    .after.when(wants('high', used, { at: '12:01' })).after
}

function refusalsOf(scene: Scenario, command: ReturnType<typeof acquire>): Refusal[] {
  const { reply } = scene.when(command)
  return reply.kind === 'denied' ? reply.refusals : []
}

const told = (used: Policy) => asked(used).when(deliverNotice('low', { at: '12:02', policy: used })).after

test('a higher rank is refused as everybody is, and is in line from then on', () => {
  const scene = asked(preempt)
  const last = scene.records.at(-1)
  assert.ok(last && isOf(last, 'lock.denied'))
  if (!last || !isOf(last, 'lock.denied')) return
  const { claimed, claimedUntil, policy: recorded, heldBy } = last.data
  assert.equal([claimed, claimedUntil, recorded], [[{ path: file }], time('12:06'), preempt])
  assert.is(heldBy[0]?.holder, 'low')
  assert.equal(scene.state.claims[file]?.[0], {
    path: file,
    by: 'high',
    at: time('12:01'),
    sequence: 7,
    told: [],
    worktree: 'main',
    renewedSequence: 7,
    until: time('12:06'),
  })
  assert.equal(refusalsOf(scene, wants('high', preempt, { at: '12:01:10' }))[0]?.priority, {
    mode: 'preempt',
    isBusy: false,
  })
})

test('the holder is told once, with the time; the event says who, why and when', () => {
  const scene = asked(preempt)
  const claim = { path: file, by: 'high', takeableAt: time('12:02:30') }
  const after = scene.when(deliverNotice('low', { at: '12:02', policy: preempt })).expect(
    {
      type: 'notice.delivered',
      ts: time('12:02'),
      by: 'low',
      data: {
        asked: [{ path: file, token: 5, by: 'high', sequence: 7, takeableAt: time('12:02:30') }],
        policy: preempt,
      },
    },
    { kind: 'told', claims: [{ ...claim, role: 'architect', task: 'the schema' }] },
  )
  after.when(deliverNotice('low', { at: '12:02:10', policy: preempt })).expectNothing({ kind: 'told', claims: [] })
  after.when(deliverNotice('high', { at: '12:02:10', policy: preempt })).expectNothing({ kind: 'told', claims: [] })
})

test('never taken without a notice, before the grace is over, or in the other mode', () => {
  const isRefused = (scene: Scenario, used: Policy, at: string) =>
    scene.when(wants('high', used, { at })).reply.kind === 'denied'
  assert.ok(isRefused(asked(preempt), preempt, '12:04:59'), 'no notice')
  assert.ok(isRefused(told(preempt), preempt, '12:02:29.999'), 'in the grace')
  assert.ok(isRefused(told(queue), queue, '12:04:59'), 'only first in line')
  assert.ok(isRefused(told(preempt), queue, '12:04:59'), 'the mode was changed since')
  assert.ok(isRefused(told(preempt), policy, '12:04:59'), 'switched off since')
  assert.not.ok(isRefused(told(preempt), preempt, '12:02:30'))
})

test('after notice and grace it is taken over, with the reason; a new token fences the old holder off', () => {
  const { fact, reply, after } = told(preempt).when(wants('high', preempt, { at: '12:02:30', call: 'h1' }))
  const from = { path: file, holder: 'low', token: 5, cause: 'priority' }
  assert.equal(fact?.type === 'lock.acquired' && [fact.data.takenFrom, fact.data.policy], [[from], preempt])
  assert.equal(reply.kind === 'granted' && reply.takenFrom, [{ ...from, role: 'developer', task: 'the page' }])
  assert.equal([held(after.state), after.state.claims[file]], [{ [file]: ['high#9'] }, undefined])
  const [refusal] = refusalsOf(after, wants('low', preempt, { at: '12:03', call: 'c2' }))
  assert.equal(
    [refusal?.holder, refusal?.preempted, refusal?.priority],
    ['high', true, undefined],
    'the old holder is refused, and told that it was taken from it',
  )
  assert.is(refusalsOf(after, wants('third', preempt, { at: '12:03' }))[0]?.preempted, undefined)
  for (const ask of [release('low', [file], { at: '12:03', token: 5 }), endTurn('low', { at: '12:03' }), end('low')]) {
    assert.equal(held(after.when(ask).after.state), { [file]: ['high#9'] }, ask.type)
  }
})

test('a call in flight is never taken from; when it is over, it may be', () => {
  const busy = told(preempt).when(wants('low', preempt, { at: '12:02:10', call: 'c2' })).after
  assert.not.ok(
    busy.state.leases[file]?.[0]?.calls.some(({ id }) => id === 'c2'),
    'established: no event for it',
  )
  const fresh = given(...people)
    .when(wants('low', preempt, { call: 'c1' }))
    .after.when(wants('high', preempt, { at: '12:01' }))
    .after.when(deliverNotice('low', { at: '12:02', policy: preempt })).after
  const [refusal] = refusalsOf(fresh, wants('high', preempt, { at: '12:04' }))
  assert.equal(refusal?.priority, {
    mode: 'preempt',
    toldAt: time('12:02'),
    takeableAt: time('12:02:30'),
    isBusy: true,
  })
  const over = fresh.when(edit('low', [file], { at: '12:04', call: 'c1', policy: preempt })).after
  assert.is(over.when(wants('high', preempt, { at: '12:04:01' })).reply.kind, 'granted')
  assert.is(
    fresh.when(endCalls('low', 'all', { at: '12:04' })).after.when(wants('high', preempt, { at: '12:04:01' })).reply
      .kind,
    'granted',
  )
})

test('what was taken by hand is told of, and not taken', () => {
  const scene = given(...people)
    .when(wants('low', preempt))
    .after.when(wants('high', preempt, { at: '12:01' }))
    .after.when(deliverNotice('low', { at: '12:02', policy: preempt })).after
  const [refusal] = refusalsOf(scene, wants('high', preempt, { at: '12:04' }))
  assert.equal(refusal?.priority, { mode: 'preempt', toldAt: time('12:02'), isBusy: true })
})

test('a notice is for one lease: who holds the file next is told anew', () => {
  const next = told(preempt)
    .when(endTurn('low', { at: '12:03' }))
    .after.when(wants('high', preempt, { at: '12:03:01' })).after
  assert.equal(held(next.state), { [file]: ['high#10'] })
  const again = told(queue).when(release('low', [file], { at: '12:03' })).after
  const free = { ...queue, priority: undefined }
  const { priority: _off, ...off } = free
  const third = again.when(wants('third', off, { at: '12:03:10', call: 't1' })).after
  const ended = third.when(edit('third', [file], { at: '12:03:11', call: 't1' })).after
  assert.is(ended.when(wants('high', preempt, { at: '12:05' })).reply.kind, 'denied', 'third was not told')
})

test('first in line: a lower rank is refused a free file, until the place lapses or its holder has gone', () => {
  const free = asked(queue).when(endTurn('low', { at: '12:02' })).after
  assert.equal(held(free.state), {})
  for (const by of ['low', 'third']) {
    const { fact, reply } = free.when(wants(by, queue, { at: '12:03' }))
    assert.equal(fact?.type === 'lock.denied' && [fact.data.heldBy, fact.data.inLine], [
      [],
      [{ path: file, by: 'high', sequence: 7, until: time('12:06') }],
    ])
    const [refusal] = reply.kind === 'denied' ? reply.refusals : []
    assert.equal([refusal?.holder, refusal?.isInLine, refusal?.expiresAt], ['high', true, time('12:06')])
  }
  const granted = (scene: Scenario, command: ReturnType<typeof acquire>) => scene.when(command).reply.kind
  assert.is(granted(free, wants('high', queue, { at: '12:03' })), 'granted')
  assert.is(granted(free, wants('other', queue, { at: '12:03' })), 'granted', 'of the same rank: who asks first')
  assert.is(granted(free, wants('low', queue, { at: '12:06' })), 'granted', 'the place has lapsed')
  assert.is(granted(free, wants('low', queue, { at: '12:03', liveness: { high: 'dead' } })), 'granted')
  assert.is(granted(free, acquire('low', ['frontend/b.ts'], { policy: queue, at: '12:03' })), 'granted', 'no rule')
  assert.is(granted(free.when(end('high', { at: '12:02' })).after, wants('low', queue, { at: '12:03' })), 'granted')
  const swept = free.when(cleanup('third', { at: '12:02', liveness: { high: 'dead' } })).after
  assert.equal(Object.keys(swept.state.claims), [])
})

test('whoever holds it keeps it in line mode; expiry gives it to the first in line, not to who asks', () => {
  const scene = asked(queue)
  assert.is(scene.when(wants('low', queue, { at: '12:04', call: 'c9' })).reply.kind, 'granted')
  assert.is(
    scene.when(wants('third', queue, { at: '12:05:30' })).reply.kind,
    'denied',
    'expired, but somebody is first',
  )
  assert.is(scene.when(wants('high', queue, { at: '12:05:30' })).reply.kind, 'granted')
})

test('the same or a lower rank gains nothing, nor does anybody where a conflict only warns', () => {
  const scene = given(...people).when(wants('high', preempt, { call: 'c1' })).after
  for (const [by, used] of [
    ['low', preempt],
    ['third', preempt],
    ['other', preempt],
    ['low', { ...preempt, enforce: 'warn' as const }],
  ] as const) {
    const { fact } = scene.when(wants(by, used, { at: '12:01' }))
    assert.is(fact?.type === 'lock.denied' && fact.data.claimed, undefined, by)
  }
})

test('asking again prolongs the place, from its first time; a lapsed one begins anew, and the notice with it', () => {
  const scene = told(preempt).when(wants('high', preempt, { at: '12:02:10' })).after
  const [claim] = scene.state.claims[file] ?? []
  assert.equal([claim?.at, claim?.sequence, claim?.until, claim?.told.length], [time('12:01'), 7, time('12:07:10'), 1])
  const kept = scene.when(edit('low', [file], { at: '12:07', policy: { ...preempt, ttlMs: 3_600_000 } })).after
  const late = kept.when(wants('high', preempt, { at: '12:30' })).after
  const [anew] = late.state.claims[file] ?? []
  assert.equal([anew?.at, anew?.told], [time('12:30'), []])
  assert.equal(held(late.state), { [file]: ['low#5'] })
})

test('one’s own subagents and parents are not kept out by one’s place in line', () => {
  const family = [...people, registered('helper', { role: 'tester', parent: 'high' })]
  const free = given(...family)
    .when(wants('low', queue))
    .after.when(wants('high', queue, { at: '12:01' }))
    .after.when(endTurn('low', { at: '12:02' })).after
  assert.is(free.when(wants('helper', queue, { at: '12:03' })).reply.kind, 'granted')
})

test('why: what a rank gives, in every stage, with its events', () => {
  const question = { path: file, at: time('12:02:30'), by: 'high', worktree: 'main', policy: preempt, liveness: {} }
  const says = (scene: Scenario, rest: object = {}) => {
    const { verdict, statements } = explain(scene.records, { ...question, ...rest })
    const rank = statements.find((statement) => statement.says === 'outranks' || statement.says === 'line')
    return [verdict, rank?.says, rank?.rests]
  }
  assert.equal(says(asked(preempt)), ['refused', 'outranks', [2, 7]])
  assert.equal(says(told(preempt)), ['takeable', 'outranks', [2, 7, 8]])
  assert.equal(says(told(preempt), { at: time('12:02:29') }), ['refused', 'outranks', [2, 7, 8]])
  assert.equal(says(told(preempt), { by: 'third' }), ['refused', undefined, undefined])
  const free = told(preempt).when(endTurn('low', { at: '12:02:10' })).after
  assert.equal(says(free, { by: 'third' }), ['refused', 'line', [2, 7]])
  assert.equal(says(free), ['free', undefined, undefined])
})

function kindOf(record: RecordedEvent): 'notice' | 'takeover' | 'in line' | 'claim' | undefined {
  if (isOf(record, 'notice.delivered')) return 'notice'
  if (isOf(record, 'lock.acquired'))
    return record.data.takenFrom?.some(({ cause }) => cause === 'priority') ? 'takeover' : undefined
  if (!isOf(record, 'lock.denied')) return undefined
  if (record.data.inLine !== undefined) return 'in line'
  return record.data.claimed === undefined ? undefined : 'claim'
}

test('the histories at random have all of it', () => {
  const kinds = fc.sample(histories(), { numRuns: 800, seed: 11 }).flatMap((steps) => play(steps).records.map(kindOf))
  for (const kind of ['notice', 'takeover', 'in line', 'claim'] as const) {
    const count = kinds.filter((each) => each === kind).length
    assert.ok(count > 3, `${kind}: ${count}`)
  }
})

test.run()
