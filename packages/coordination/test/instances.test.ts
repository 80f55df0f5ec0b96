import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventSchemas } from '../src/events.js'
import { evolve } from '../src/evolve.js'
import { endedInstancesMax, initial } from '../src/state.js'
import { acquire, end, heartbeat, register, update } from './asks.js'
import { acquired, ended, refs, registered } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('instances')
const process = { pid: 4711, startedAt: '880', bootId: 'boot', pidNamespace: 'pid:[1]' }

test('a new session becomes an instance, named by host, time and nonce', () => {
  const id = 'claude-20260108-124532-a3f7b2d1'
  given()
    .when(register('s1', { at: '12:45:32', task: 'login', branch: 'main', process, source: 'startup' }))
    .expect(
      registered(id, { at: '12:45:32', session: 's1', task: 'login', branch: 'main', process, source: 'startup' }),
      {
        kind: 'registered',
        instance: id,
        resumed: false,
      },
    )
})

test('whatever a registration may tell of an instance is known of it', () => {
  const optional = { parent: 'above', branch: 'side', user: 'dev', os: 'linux', process }
  const { ts, by, type, data } = registered('alice', { ...optional, source: 'startup', resumed: true })
  const { instances } = evolve(initial(), { seq: 1, ts, by, type, data })
  const known: Record<string, unknown> = { ...instances[by] }
  const notKept = ['source', 'resumed']
  for (const name of Object.keys(eventSchemas['instance.registered']().shape)) {
    const told: unknown = Object.entries(data).find(([key]) => key === name)?.[1]
    assert.ok(told !== undefined, `${name} is not told here`)
    assert.equal(known[name], notKept.includes(name) ? undefined : told, name)
  }
})

test('two sessions of one second and one nonce are two instances', () => {
  const first = given().when(register('s1')).after
  const second = first.when(register('s2'))
  assert.equal(second.reply, { kind: 'registered', instance: 'claude-20260108-120000-a3f7b2d2', resumed: false })
})

test('a session that is known goes on as it was, without an event', () => {
  given(registered('alice', { session: 's1' }))
    .when(register('s1', { at: '12:10' }))
    .expectNothing({ kind: 'registered', instance: 'alice', resumed: false })
})

test('an id that a person gave is the id', () => {
  given()
    .when(register('s1', { id: 'alice' }))
    .expect(registered('alice', { session: 's1' }), {
      kind: 'registered',
      instance: 'alice',
      resumed: false,
    })
})

test('an id that lives already is used, whatever the session', () => {
  given(registered('alice', { process }))
    .when(register('terminal', { id: 'alice', process: { ...process, pid: 1 } }))
    .expectNothing({ kind: 'registered', instance: 'alice', resumed: false })
})

test('a session that had ended goes on under its id', () => {
  const after = given(registered('alice', { session: 's1' }), ended('alice'))
    .when(register('s1', { at: '13:00' }))
    .expect(registered('alice', { at: '13:00', session: 's1', resumed: true }), {
      kind: 'registered',
      instance: 'alice',
      resumed: true,
    })
  assert.equal(after.state.ended, [])
  assert.is(after.state.instances['alice']?.phase, 'working')
  assert.is(after.state.instances['alice']?.registeredSequence, 1)
  assert.is(after.state.instances['alice']?.endedAt, undefined)
})

test('an ended id that a person gives goes on under its own session', () => {
  given(registered('alice', { session: 's1' }), ended('alice'))
    .when(register('s2', { id: 'alice', at: '13:00' }))
    .expect(registered('alice', { at: '13:00', session: 's1', resumed: true }), {
      kind: 'registered',
      instance: 'alice',
      resumed: true,
    })
})

test('a heartbeat is recorded only when the last sign of life is old enough', () => {
  const alice = given(registered('alice'))
  alice.when(heartbeat('alice', { at: '12:00:29.999', minIntervalMs: 30_000 })).expectNothing({ kind: 'done' })
  alice
    .when(heartbeat('alice', { at: '12:00:30', minIntervalMs: 30_000 }))
    .expect({ type: 'instance.heartbeat', ts: time('12:00:30'), by: 'alice', data: {} }, { kind: 'done' })
  alice.when(heartbeat('alice', { at: '11:00' })).expectNothing({ kind: 'done' })
  alice.when(heartbeat('alice', { at: '12:00' })).expectNothing({ kind: 'done' })
  const asked = alice.when(heartbeat('alice', { at: '12:01', requestId: 'one' })).after
  asked.when(heartbeat('alice', { at: '12:02', requestId: 'one' })).expectNothing({ kind: 'done' })
})

test('any event is a sign of life, and a clock that goes back takes none away', () => {
  const busy = given(registered('alice'), acquired('alice', ['a.ts'], { at: '12:04' }))
  assert.is(busy.state.instances['alice']?.lastSeenAt, time('12:04'))
  assert.is(busy.state.instances['alice']?.lastSeenSequence, 2)
  const back = given(registered('alice', { at: '12:04' }), acquired('alice', ['a.ts'], { at: '12:00' }))
  assert.is(back.state.instances['alice']?.lastSeenAt, time('12:04'))
  assert.is(back.state.instances['alice']?.lastSeenSequence, 2)
})

test('a subagent at work is a sign of life of those above it', () => {
  const { state } = given(
    registered('alice'),
    registered('scout', { parent: 'alice' }),
    registered('deep', { parent: 'scout' }),
    acquired('deep', ['a.ts'], { at: '12:30' }),
  )
  assert.is(state.instances['alice']?.lastSeenAt, time('12:30'))
  assert.is(state.instances['alice']?.lastSeenSequence, 1)
  assert.is(state.instances['scout']?.lastSeenAt, time('12:30'))
})

test('an update records what changed and nothing else', () => {
  const alice = given(registered('alice', { task: 'login' }))
  alice.when(update('alice', { task: 'login', worktree: 'main' })).expectNothing({ kind: 'done' })
  const after = alice
    .when(update('alice', { task: 'logout', role: 'main', worktree: 'side', cwd: '/side', branch: 'b' }))
    .expect(
      {
        type: 'instance.updated',
        ts: time('12:00'),
        by: 'alice',
        data: { task: 'logout', worktree: 'side', cwd: '/side', branch: 'b' },
      },
      { kind: 'done' },
    )
  const { task, role, worktree, cwd, branch } = after.state.instances['alice'] ?? {}
  assert.equal(
    { task, role, worktree, cwd, branch },
    { task: 'logout', role: 'main', worktree: 'side', cwd: '/side', branch: 'b' },
  )
})

test('its end releases what it holds and ends those below it', () => {
  const family = given(
    registered('alice'),
    registered('scout', { parent: 'alice' }),
    registered('deep', { parent: 'scout' }),
    registered('bob'),
    acquired('alice', ['a.ts']),
    acquired('deep', ['d.ts']),
    acquired('bob', ['b.ts']),
  )
  const released = refs([
    ['a.ts', 'alice', 5],
    ['d.ts', 'deep', 6],
  ])
  const names = ['alice', 'scout', 'deep']
  const after = family
    .when(end('alice', { at: '12:30', reason: 'logout' }))
    .expect(ended('alice', { at: '12:30', reason: 'logout', ended: names, released }), {
      kind: 'ended',
      ended: names,
      released,
    })
  assert.equal(held(after.state), { 'b.ts': ['bob#7'] })
  assert.equal(after.state.ended, names)
  assert.is(after.state.instances['deep']?.endReason, 'logout')
  assert.is(after.state.instances['deep']?.endedAt, time('12:30'))
})

test('a subagent ends alone', () => {
  const { state } = given(registered('alice'), registered('scout', { parent: 'alice' })).when(end('scout')).after
  assert.equal(state.ended, ['scout'])
})

test('the end reaches those below one that ended before', () => {
  const { reply } = given(
    registered('alice'),
    registered('scout', { parent: 'alice' }),
    ended('scout'),
    registered('deep', { parent: 'scout' }),
  ).when(end('alice'))
  assert.equal(reply, { kind: 'ended', ended: ['alice', 'deep'], released: [] })
})

test('who is unknown or has ended is told so, and nothing is recorded', () => {
  const gone = given(registered('alice'), ended('alice'))
  for (const by of ['alice', 'nobody']) {
    const reply = { kind: 'unknown-instance', instance: by } as const
    gone.when(heartbeat(by)).expectNothing(reply)
    gone.when(update(by, { task: 'x' })).expectNothing(reply)
    gone.when(end(by)).expectNothing(reply)
    gone.when(acquire(by, ['a.ts'])).expectNothing(reply)
  }
})

test('only the last ended instances are remembered; their sessions are new ones afterwards', () => {
  const facts = Array.from({ length: endedInstancesMax + 1 }, (_, n) => [registered(`i${n}`), ended(`i${n}`)]).flat()
  const { state } = given(...facts)
  assert.is(Object.keys(state.instances).length, endedInstancesMax)
  assert.is(Object.keys(state.sessions).length, endedInstancesMax)
  assert.is(state.ended.length, endedInstancesMax)
  assert.is(state.instances['i0'], undefined)
  assert.is(state.sessions['session of i0'], undefined)
  assert.is(state.ended[0], 'i1')
})

test.run()
