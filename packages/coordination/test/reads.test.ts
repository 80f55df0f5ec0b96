import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { UnseenEdit } from '../src/commands.js'
import { acquire, edit, endCalls, endTurn, read, startTurn } from './asks.js'
import {
  acquired,
  edited,
  editRefused,
  edits,
  fileRead,
  policy as ordinary,
  registered,
  released,
  turnEnded,
  turnStarted,
} from './facts.js'
import { given, type Scenario } from './scenario.js'

/** An edit on the grounds of what a file no longer holds is refused once, with who changed it. */
const test = suite('reads')

const policy = { ...ordinary, reads: 'refuse' as const }
const bobs: [string, string, number, string] = ['a.ts', 'bob', 3, '12:01']
/** Alice came first, and bob has written a.ts since: event 3. */
const story = [
  registered('alice'),
  registered('bob', { task: 'rename' }),
  edited('bob', ['a.ts'], { at: '12:01', unleased: ['a.ts'] }),
]
const changed = given(...story)
const stale = { kind: 'stale' as const, edits: told(bobs) }

function told(...of: [string, string, number, string][]): UnseenEdit[] {
  return edits(of).map((each) => ({ ...each, role: 'main', task: each.by === 'bob' ? 'rename' : '' }))
}

function tries(scene: Scenario, call: string, at = '12:02') {
  return scene.when(acquire('alice', ['a.ts'], { at, call, requestId: call, policy }))
}

/** Refused under the call c1. */
const refused = tries(changed, 'c1').expect(
  editRefused('alice', ['a.ts'], [bobs], { at: '12:02', call: 'c1', requestId: 'c1', policy }),
  stale,
)

test('refused once; the same step is refused again, the next one goes through', () => {
  const beside = tries(refused, 'c2', '12:02:01')
  assert.equal(beside.reply, stale)
  const over = beside.after
    .when(endCalls('alice', 'all', { at: '12:02:02' }))
    .expect(released('alice', [], { at: '12:02:02', cause: 'call-ended', calls: ['c1', 'c2'] }), {
      kind: 'released',
      released: [],
    })
  const again = tries(over, 'c3', '12:02:03')
  assert.is(again.reply.kind, 'granted')
  assert.equal(again.reply.kind === 'granted' && again.reply.notices, [], 'it was told')
})

test('the same request is answered the same, and recorded once', () => {
  tries(refused, 'c1', '12:02').expectNothing(stale)
})

test('what was read since is known', () => {
  const known = changed
    .when(read('alice', { at: '12:02', seen: edits([bobs]) }))
    .expect(fileRead('alice', [bobs], { at: '12:02' }), { kind: 'done' })
  known.when(read('alice', { at: '12:03', seen: edits([bobs]) })).expectNothing({ kind: 'done' })
  const granted = tries(known, 'c1')
  assert.is(granted.fact?.type, 'lock.acquired')
  assert.equal(granted.reply.kind === 'granted' && granted.reply.notices, [])
})

test('a reader who was late has not seen the edit that came meanwhile', () => {
  const later = changed.when(edit('bob', ['a.ts'], { at: '12:03' })).after
  later.when(read('alice', { at: '12:03', seen: edits([bobs]) })).expectNothing({ kind: 'done' })
  assert.is(tries(later, 'c1', '12:04').reply.kind, 'stale')
})

test('known once is not known for ever: the next edit is another one', () => {
  const known = changed.when(read('alice', { at: '12:02', seen: edits([bobs]) })).after
  const anew = known.when(edit('bob', ['a.ts'], { at: '12:03' })).after
  const { reply } = tries(anew, 'c9', '12:04')
  assert.equal(reply, { kind: 'stale', edits: told(['a.ts', 'bob', 5, '12:03']) })
})

for (const [name, event] of [
  ['a new turn', startTurn('alice', { at: '12:03', turn: 't2' })],
  ['the end of the turn', endTurn('alice', { at: '12:03' })],
] as const) {
  test(`${name} is a next step too`, () => {
    const { after, fact } = refused.when(event)
    assert.ok(fact)
    assert.is(tries(after, 'c2', '12:03:01').reply.kind, 'granted')
  })
}

test('where nobody says that calls are over, twenty seconds do', () => {
  assert.is(tries(refused, 'c2', '12:02:19.999').reply.kind, 'stale')
  assert.is(tries(refused, 'c2', '12:02:20').reply.kind, 'granted')
})

test('several files: all that are stale are named, and none is leased', () => {
  const both = changed.when(edit('bob', ['b.ts', 'c.ts'], { at: '12:01:30' })).after
  const ask = acquire('alice', ['b.ts', 'x.ts', 'a.ts'], { at: '12:02', call: 'c1', requestId: 'c1', policy })
  const { reply, after } = both.when(ask)
  assert.equal(reply, { kind: 'stale', edits: told(['b.ts', 'bob', 4, '12:01:30'], bobs) })
  assert.equal(Object.keys(after.state.leases), [])
})

test('a lease in the way comes first, and taking over what has expired does not pass it by', () => {
  const holding = given(...story, acquired('bob', ['a.ts'], { at: '12:02' }))
  assert.is(tries(holding, 'c1', '12:03').reply.kind, 'denied')
  assert.is(tries(holding, 'c1', '12:08').reply.kind, 'stale')
})

for (const [name, scene] of [
  ['one’s own edit', changed.when(edit('alice', ['a.ts'], { at: '12:02' })).after],
  ['an edit from before one came', given(registered('bob'), edited('bob', ['a.ts']), registered('alice'))],
  ['nobody’s edit', given(registered('alice'), registered('bob'))],
] satisfies [string, Scenario][]) {
  test(`not stale: ${name}`, () => {
    const { reply } = tries(scene, 'c1')
    assert.equal(reply.kind === 'granted' && reply.notices, [])
  })
}

test('an edit in another worktree is told, not refused, and reading here does not change that', () => {
  const elsewhere = given(
    registered('alice'),
    registered('bob', { worktree: 'side' }),
    edited('bob', ['a.ts'], { at: '12:01', worktree: 'side', unleased: ['a.ts'] }),
  )
  elsewhere.when(read('alice', { seen: edits([bobs]) })).expectNothing({ kind: 'done' })
  const { reply } = tries(elsewhere, 'c1')
  assert.equal(
    reply.kind === 'granted' && reply.notices.map((notice) => notice.kind === 'changed' && notice.otherWorktree),
    [true],
  )
})

test('tell, an older record’s policy, and enforce = warn only tell; off says nothing', () => {
  const notices = (used: object) => {
    const { reply } = changed.when(
      acquire('alice', ['a.ts'], { at: '12:02', call: 'c1', policy: { ...ordinary, ...used } }),
    )
    return reply.kind === 'granted' ? reply.notices.length : reply.kind
  }
  assert.is(notices({ reads: 'tell' }), 1)
  assert.is(notices({}), 1)
  assert.is(notices({ reads: 'refuse', enforce: 'warn' }), 1)
  assert.is(notices({ reads: 'off' }), 0)
})

test('turns that end settle what was refused in them, and leave what it knows', () => {
  const { state } = given(
    ...story,
    editRefused('alice', ['a.ts'], [bobs], { at: '12:02' }),
    turnEnded('alice', { at: '12:03' }),
    turnStarted('alice', { at: '12:04' }),
  )
  assert.equal(state.files['a.ts']?.seenBy, ['alice'])
  assert.is(state.instances['alice']?.unread, undefined)
})

test.run()
