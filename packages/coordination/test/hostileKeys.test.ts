import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evolve } from '../src/evolve.js'
import { initial } from '../src/state.js'
import { instanceRows, leaseRows } from '../src/views.js'
import { acquire, cleanup, edit, end, register } from './asks.js'
import { acquired, edited, registered } from './facts.js'
import { copyOf, given, held, time } from './scenario.js'

/** Paths, ids, sessions and event types are anybody's choice: names that mean something to the language are only names. */
const test = suite('hostile keys')
const names = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '0',
  '7',
  '4294967295',
  '-1',
  '1e3',
  '',
]
const present = { at: time('12:01'), liveness: {}, staleMs: 300_000 }

for (const name of names) {
  const quoted = JSON.stringify(name)

  test(`a path called ${quoted} is free, granted, edited, refused to others and released`, () => {
    const after = given(registered('alice'), registered('bob'))
      .when(acquire('alice', [name], { call: 'c1' }))
      .after.when(edit('alice', [name], { call: 'c1' })).after
    assert.is(leaseRows(after.state, present, { path: name })[0]?.holder, 'alice')
    assert.equal(Object.keys(after.state.files), [name])
    const refused = after.when(acquire('bob', [name]))
    assert.is(refused.reply.kind, 'denied')
    const free = after.when(end('alice')).after
    assert.equal(Object.keys(free.state.leases), [])
    const { reply } = free.when(acquire('bob', [name]))
    assert.is(reply.kind === 'granted' && reply.notices.length, 1, 'the edit is told')
  })

  if (name !== '') {
    test(`an instance called ${quoted}, of a session called so, registers, holds, is refused and ends`, () => {
      const after = given()
        .when(register(name, { id: name }))
        .after.when(acquire(name, ['a.ts'])).after
      assert.equal(Object.keys(after.state.sessions), [name])
      const scene = given(
        registered('bob'),
        registered(name, { session: name, parent: name }),
        acquired(name, ['a.ts']),
      )
      const { reply } = scene.when(acquire('bob', ['a.ts']))
      assert.is(reply.kind === 'denied' && reply.refusals[0]?.holderLiveness, 'unknown')
      const rows = instanceRows(scene.state, present)
      assert.equal(
        rows.map(({ id, liveness }) => [id, liveness]),
        [
          ['bob', 'unknown'],
          [name, 'unknown'],
        ],
      )
      assert.equal(scene.when(cleanup('bob', { at: '12:05' })).reply.ended, [{ instance: name, cause: 'stale' }])
      assert.equal(held(scene.when(end(name)).after.state), {})
    })
  }

  test(`I15: an event type called ${quoted} is counted and changes nothing else`, () => {
    const record = { seq: 1, ts: time('12:00'), type: name, by: name, data: {} }
    const state = evolve(evolve(initial(), record), { ...record, seq: 2 })
    assert.equal(Object.entries(state.unknownTypes), [[name, 2]])
    const { unknownTypes: _unknown, sequence, ...rest } = state
    const { unknownTypes: _none, sequence: _zero, ...untouched } = initial()
    assert.is(sequence, 2)
    assert.equal(rest, untouched)
  })
}

test('through a snapshot they stay what they were', () => {
  const { state } = given(
    ...names.filter((name) => name !== '').map((name) => registered(name, { session: name })),
    acquired('__proto__', names),
    edited('constructor', names),
  )
  const revived = copyOf(state)
  const [holder = ''] = names
  assert.is(JSON.stringify(revived), JSON.stringify(state))
  for (const name of names) {
    assert.is(revived.leases[name]?.[0]?.holder, '__proto__', name)
    assert.is(revived.files[name]?.by, 'constructor', name)
    assert.is(revived.instances[holder]?.holds[name], true, name)
  }
  assert.is(Object.getPrototypeOf(revived.instances), null)
  assert.is(({} as Record<string, unknown>)['holder'], undefined, 'no prototype was written to')
})

test.run()
