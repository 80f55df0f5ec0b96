import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fileKey, resourceKey, resourceMeaning, resourceOf } from '../src/resources.js'
import { acquire, edit, endTurn, reportBypass, tellBypass } from './asks.js'
import { policy, registered } from './facts.js'
import { given, type Scenario } from './scenario.js'

/** Files under a lease that somebody else wrote, and leases on what is no file. */
const test = suite('bypasses and resources')

const left = { path: 'a.ts', content: 'c0ffee', stamp: '1' }
const found = { path: 'a.ts', content: 'facade', stamp: '2', holder: 'alice' }

/** Alice has edited a.ts and holds it; what it held then was noted. */
function edited(): Scenario {
  const start = given(registered('alice'), registered('bob'))
  const asked = start.when(acquire('alice', ['a.ts'], { call: 'c1' })).after
  return asked.when(edit('alice', ['a.ts'], { at: '12:01', call: 'c1', contents: [left] })).after
}

test('a change is recorded once, with who is held to have made it; the same file found again is no news', () => {
  const { fact, after } = edited().when(reportBypass('bob', [found], { at: '12:02', suspect: 'bob', tool: 'Bash' }))
  assert.equal(fact?.data, {
    changes: [{ path: 'a.ts', holder: 'alice', token: 3, was: 'c0ffee', content: 'facade', stamp: '2' }],
    suspect: 'bob',
    tool: 'Bash',
  })
  assert.equal(after.when(reportBypass('alice', [found], { at: '12:03' })).fact, undefined)
  const [bypass] = after.state.bypasses
  assert.equal([bypass?.sequence, bypass?.suspect, bypass?.told], [5, 'bob', false])
})

test('no news: the same content, a file whose content nobody noted, a lease that is over, its holder itself', () => {
  const scene = edited()
  assert.is(scene.when(reportBypass('bob', [{ ...left, holder: 'alice' }])).fact, undefined)
  assert.is(scene.when(reportBypass('bob', [{ ...found, path: 'b.ts' }])).fact, undefined)
  assert.is(scene.when(reportBypass('bob', [found], { suspect: 'alice' })).fact, undefined)
  assert.is(scene.when(endTurn('alice')).after.when(reportBypass('bob', [found])).fact, undefined)
})

test('its holder is told once', () => {
  const changed = edited().when(reportBypass('bob', [found], { suspect: 'bob' })).after
  assert.is(changed.when(tellBypass('bob', ['a.ts'])).fact, undefined, 'it is not his file')
  const { fact, after } = changed.when(tellBypass('alice', ['a.ts', 'b.ts']))
  assert.equal(fact?.data, { paths: ['a.ts'] })
  assert.is(after.when(tellBypass('alice', ['a.ts'])).fact, undefined)
})

test("the holder's own edit, seen by another before it was told of, is a bypass no longer", () => {
  const seen = edited().when(reportBypass('bob', [found], { suspect: 'bob' })).after
  const contents = [{ path: 'a.ts', content: 'facade', stamp: '2' }]
  const told = seen.when(edit('alice', ['a.ts'], { at: '12:04', call: 'c2', contents })).after
  assert.equal(told.state.bypasses, [])
  const other = [{ path: 'a.ts', content: 'decade', stamp: '3' }]
  const still = seen.when(edit('alice', ['a.ts'], { at: '12:04', call: 'c2', contents: other })).after
  assert.is(still.state.bypasses.length, 1)
})

test('the key of a resource is no file’s, whatever files are called', () => {
  for (const key of [
    resourceKey('@git/index', undefined),
    resourceKey('@deps', 'side'),
    resourceKey('@git/stash', 'x'),
  ]) {
    assert.ok(resourceOf(key) !== undefined, key)
    assert.is(resourceOf(fileKey(key)), undefined)
    assert.match(fileKey(key), /^\.\//)
  }
  assert.is(fileKey('@git/other'), '@git/other')
  assert.is(resourceKey('@git/stash', 'side'), '@git/stash', 'all worktrees share it')
  assert.is(resourceMeaning('@git/index:side'), 'the staging area of worktree side')
})

test('a resource is refused in any worktree and under any policy of worktrees; an edit of it is no edit of a file', () => {
  for (const worktrees of ['shared', 'separate', 'warn'] as const) {
    const rules = { policy: { ...policy, worktrees } }
    const start = given(registered('alice'), registered('bob', { worktree: 'side' }))
    const asked = start.when(acquire('alice', ['@git/stash'], { ...rules, call: 'c1' })).after
    const kept = asked.when(edit('alice', ['@git/stash'], { ...rules, at: '12:01', call: 'c1' })).after
    assert.equal({ ...kept.state.files }, {})
    assert.is(kept.state.leases['@git/stash']?.[0]?.established, true)
    const { reply } = kept.when(acquire('bob', ['@git/stash'], { ...rules, at: '12:02', worktree: 'side', call: 'c2' }))
    assert.is(reply.kind, 'denied', worktrees)
  }
})

test.run()
