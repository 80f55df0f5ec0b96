import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { finish } from '../src/audit/finish.js'
import { glanceAtEdit, glanceAtGrant } from '../src/audit/glance.js'
import { type Observed, observe } from '../src/audit/observe.js'
import type { AuditReport } from '../src/audit/report.js'
import { createTally, type TallyOptions } from '../src/audit/tally.js'
import { millisecondsOf } from '../src/audit/time.js'
import type { RecordedEvent } from '../src/events.js'
import { acquired, denied, edited, ended, registered, released, turnEnded } from './facts.js'
import { runs } from './runs.js'
import { given, time } from './scenario.js'
import { histories, play } from './world.js'

const test = suite('audit')

function audit(records: readonly RecordedEvent[], options: TallyOptions = {}): AuditReport {
  const tally = createTally(options)
  for (const record of records) observe(tally, record)
  return finish(tally)
}

const scene = given(
  registered('alice', { role: 'api', task: 'login' }),
  registered('bob'),
  acquired('alice', ['a.ts', 'b.ts'], { at: '12:00' }),
  denied('bob', ['a.ts'], [['a.ts', 'alice', 3, '12:05']], { at: '12:01' }),
  denied('bob', ['a.ts'], [['a.ts', 'alice', 3, '12:05']], { at: '12:02' }),
  edited('alice', ['a.ts', 'c.ts'], { at: '12:02', unleased: ['c.ts'] }),
  released('alice', [['a.ts', 'alice', 3]], { at: '12:03' }),
  acquired('bob', ['a.ts'], {
    at: '13:10',
    takenFrom: [{ path: 'b.ts', holder: 'alice', token: 3, cause: 'expired' }],
  }),
  denied('alice', ['a.ts'], [['a.ts', 'bob', 8, '13:15']], { at: '13:11' }),
  released('alice', [['a.ts', 'bob', 8]], { at: '13:12', cause: 'forced', reason: 'urgent' }),
  ended('alice', { at: '13:13' }),
)

test('sessions, contention, pairs, waits, takeovers, forced releases, edits without a lease', () => {
  const report = audit(scene.records)
  const { totals, pairs, waits, hours, heat, forced, takeovers, bypasses, longestHeld, outcomes } = report
  assert.equal([totals.events, totals.grants, totals.leases, totals.refusals, totals.edits], [11, 2, 3, 3, 1])
  assert.equal(totals.takeovers, { expired: 1, dead: 0, parent: 0, priority: 0 })
  assert.equal(pairs, [
    { by: 'bob', holder: 'alice', refusals: 2, takeovers: 1 },
    { by: 'alice', holder: 'bob', refusals: 1, takeovers: 0 },
  ])
  assert.equal(
    waits.map(({ by, refusals, outcome, waitedMs }) => [by, refusals, outcome, waitedMs / 60_000]),
    [
      ['bob', 2, 'granted', 69],
      ['alice', 1, 'ended', 2],
    ],
  )
  assert.equal(outcomes, { granted: 1, ended: 1, open: 0, 'let-through': 0 })
  assert.equal(
    hours.map(({ hour, grants, refusals, edits }) => [hour, grants, refusals, edits]),
    [
      ['2026-01-08T12', 1, 2, 1],
      ['2026-01-08T13', 1, 1, 0],
    ],
  )
  assert.equal(heat, [{ path: 'a.ts', hours: { '2026-01-08T12': 2, '2026-01-08T13': 1 } }])
  assert.equal(
    forced.map(({ by, holder, reason }) => [by, holder, reason]),
    [['alice', 'bob', 'urgent']],
  )
  assert.equal(
    takeovers.map(({ by, holder, path, cause }) => [by, holder, path, cause]),
    [['bob', 'alice', 'b.ts', 'expired']],
  )
  assert.equal(
    bypasses.map(({ by, path }) => [by, path]),
    [['alice', 'c.ts']],
  )
  assert.equal(
    longestHeld.map(({ path, holder, ms, how }) => [path, holder, ms / 60_000, how]),
    [
      ['b.ts', 'alice', 70, 'taken over: expired'],
      ['a.ts', 'alice', 3, 'released'],
      ['a.ts', 'bob', 2, 'forced'],
    ],
  )
  const [alice] = report.sessions
  assert.equal([alice?.role, alice?.task, alice?.files, alice?.ended?.reason], ['api', 'login', 2, 'exit'])
})

test('of one path: only what concerns it', () => {
  const { totals, paths, sessions } = audit(scene.records, { isPath: (path) => path === 'b.ts' })
  assert.equal([totals.events, totals.refusals, totals.edits, totals.leases], [2, 0, 0, 1])
  assert.equal([paths.map(({ path }) => path), sessions.map(({ events }) => events)], [['b.ts'], [1, 1]])
})

test('from a later point on: who is there and who holds what is known from the state before', () => {
  const before = given(registered('alice', { task: 'login' }), acquired('alice', ['a.ts'])).state
  const later = given(
    registered('alice'),
    acquired('alice', ['a.ts']),
    turnEnded('alice', {
      at: '12:04',
      released: [{ path: 'a.ts', holder: 'alice', token: 2 }],
    }),
  )
  const { sessions, spans } = audit(later.records.slice(2), { before })
  assert.equal([sessions[0]?.task, sessions[0]?.registeredAt], ['login', time('12:00')])
  assert.equal(
    spans.map(({ ms, how }) => [ms, how]),
    [[240_000, 'turn over']],
  )
})

test('totals are what a plain count over the records gives', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records, state } = play(steps)
      const { totals, types, spans, sessions, waits, outcomes } = audit(records)
      const lists = (type: string, key: string) =>
        records.flatMap((record) => (record.type === type ? (new Map(Object.entries(record.data)).get(key) ?? []) : []))
      const count = (type: string) => records.filter((record) => record.type === type).length
      for (const type of new Set(records.map((record) => record.type))) assert.is(types[type], count(type))
      assert.equal(
        [totals.events, totals.refusals, totals.grants, totals.edits, totals.decisions],
        [
          records.length,
          count('lock.denied'),
          count('lock.acquired'),
          count('file.edited'),
          count('decision.recorded'),
        ],
      )
      assert.is(totals.leases, lists('lock.acquired', 'paths').length)
      assert.is(spans.length, totals.leases)
      const bypassed = [...lists('file.edited', 'unleased'), ...lists('bypass.detected', 'changes')]
      assert.is(totals.bypasses, bypassed.length)
      assert.is(totals.unseen, count('edit.refused'))
      assert.is(totals.expired, lists('cleanup.completed', 'expired').length)
      const { expired, dead, parent, priority } = totals.takeovers
      assert.is(expired + dead + parent + priority, lists('lock.acquired', 'takenFrom').length)
      const held = spans.filter(({ to }) => to === null).map(({ path, token }) => `${path} ${token}`)
      const standing = Object.values(state.leases).flatMap((leases) =>
        leases.map(({ path, token }) => `${path} ${token}`),
      )
      assert.equal(held.sort(), standing.sort())
      assert.is(
        sessions.reduce((sum, { events }) => sum + events, 0),
        records.length,
      )
      assert.is(
        Object.values(outcomes).reduce((sum, each) => sum + each),
        waits.length,
      )
    }),
    runs(60),
  )
})

test('read at a glance, the records give the same report', () => {
  const withTexts = (records: readonly RecordedEvent[]): Observed[] =>
    records.map((record) => ({ ...record, dataText: JSON.stringify(record.data) }))
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records } = play(steps)
      const isPath = (path: string) => path === 'a.ts'
      assert.equal(audit(withTexts(records)), audit(records))
      assert.equal(audit(withTexts(records), { isPath }), audit(records, { isPath }))
    }),
    runs(60),
  )
  assert.equal(audit(withTexts(scene.records)), audit(scene.records))
})

test('a glance sees only what is plain', () => {
  const grant = (data: object) => glanceAtGrant(JSON.stringify({ paths: ['a.ts'], worktree: '/w', ...data }))
  const edit = (data: object) => glanceAtEdit(JSON.stringify({ paths: ['a.ts'], tool: 'Edit', released: [], ...data }))
  assert.equal(grant({}), { paths: ['a.ts'] })
  assert.equal(grant({ paths: ['ä],["b.ts'] }), undefined)
  assert.equal(grant({ paths: ['a],b.ts'], reason: 'takenFrom' }), { paths: ['a],b.ts'] })
  assert.equal(grant({ reason: 'not "takenFrom":[ of anybody' }), { paths: ['a.ts'] })
  for (const data of [{ paths: [] }, { paths: ['a', 'b'] }, { paths: ['a\\b'] }, { takenFrom: [] }])
    assert.is(grant(data), undefined, JSON.stringify(data))
  assert.equal(edit({}), { paths: ['a.ts'], released: [], tool: '' })
  const released = [{ path: 'a.ts', holder: 'x', token: 1 }]
  for (const data of [{ released }, { unleased: ['b.ts'] }, { paths: ['a', 'b'] }])
    assert.is(edit(data), undefined, JSON.stringify(data))
  assert.is(glanceAtGrant('{"worktree":"/w","paths":["a.ts"]}'), undefined, 'in another order it is parsed')
})

test('times are read as Date.parse reads them', () => {
  const times = fc.date({
    min: new Date('0001-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 20 }), (dates) => {
      for (const date of dates) assert.is(millisecondsOf(date.toISOString()), date.getTime())
    }),
    runs(200),
  )
  assert.is(Number.isFinite(millisecondsOf('2026-13-45T12:00:00.000Z')), true, 'and of no date something comes too')
})

test.run()
