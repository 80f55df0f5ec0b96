import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedEvent } from '../src/events.js'
import type { Policy } from '../src/vocabulary.js'
import { citedIn, explain, type Why, type WhyQuestion } from '../src/why.js'
import {
  acquired,
  denied,
  edited,
  editRefused,
  fileRead,
  policy,
  registered,
  released,
  renewed,
  turnStarted,
} from './facts.js'
import { runs } from './runs.js'
import { given, time } from './scenario.js'
import { histories, play, policies, type Step } from './world.js'

const test = suite('why')

const asked: WhyQuestion = { path: 'a.ts', at: time('12:04'), worktree: 'main', policy, liveness: {} }

function told({ verdict, statements }: Why): string[] {
  return [verdict, ...statements.map(({ says, rests }) => `${says} ${rests.join(' ')}`.trim())]
}

test('a held path: who, since which event, what renewed it, its task, its last event, whom it refused', () => {
  const { records } = given(
    registered('alice', { task: 'old' }),
    registered('bob'),
    turnStarted('alice', { task: 'login' }),
    acquired('alice', ['a.ts', 'b.ts'], { at: '12:01' }),
    denied('bob', ['a.ts'], [['a.ts', 'alice', 4, '12:06']], { at: '12:02', liveness: { alice: 'alive' } }),
    edited('alice', ['a.ts'], { at: '12:03' }),
    edited('alice', ['b.ts'], { at: '12:03' }),
    renewed('alice', ['a.ts'], { at: '12:03:30' }),
    denied('bob', ['b.ts'], [['b.ts', 'alice', 4, '12:08']], { at: '12:03' }),
  )
  const why = explain(records, asked)
  assert.equal(told(why), [
    'refused',
    'held 4 6 8',
    'granted 4',
    'renewed 6 8',
    'holder 1 3',
    'seen 8',
    'refused 5',
    'frees 4 6 8',
  ])
  const [held, , , holder, seen, refused] = why.statements
  assert.equal(held?.says === 'held' && [held.holder, held.token, held.expiresAt, held.standing], [
    'alice',
    4,
    time('12:08:30'),
    'blocks',
  ])
  assert.is(holder?.says === 'holder' && holder.task, 'login')
  assert.equal(seen?.says === 'seen' && [seen.type, seen.liveness], ['lock.renewed', 'unknown'])
  assert.equal(refused?.says === 'refused' && [refused.by, refused.holderLiveness], ['bob', 'alive'])
})

test('the verdict: yours, expired, dead, below the holder, in another worktree, only warned, free', () => {
  const facts = [
    registered('alice'),
    registered('child', { parent: 'alice' }),
    registered('grandchild', { parent: 'child' }),
    acquired('alice', ['a.ts']),
  ]
  const { records } = given(...facts)
  const verdict = (rest: Partial<WhyQuestion>) => explain(records, { ...asked, ...rest }).verdict
  assert.is(verdict({ by: 'alice' }), 'yours')
  assert.is(verdict({ at: time('12:04:59.999') }), 'refused')
  assert.is(verdict({ at: time('12:05') }), 'takeable')
  assert.is(verdict({ liveness: { alice: 'dead' } }), 'takeable')
  assert.is(verdict({ liveness: { alice: 'alive' } }), 'refused')
  assert.is(verdict({ by: 'grandchild' }), 'takeable')
  assert.is(verdict({ worktree: 'side' }), 'refused')
  assert.is(verdict({ worktree: 'side', policy: { ...policy, worktrees: 'separate' } }), 'free')
  assert.is(verdict({ policy: { ...policy, enforce: 'warn' } }), 'warned')
  assert.is(verdict({ path: 'other.ts' }), 'free')
  const below = explain(records, { ...asked, by: 'grandchild' })
  assert.ok(told(below).includes('parent 3 2'), told(below).join())
})

test('stale: what another has changed and the asker has not seen; read or refused for it, it is free', () => {
  const story = [
    registered('alice'),
    registered('bob'),
    acquired('bob', ['a.ts']),
    edited('bob', ['a.ts'], { at: '12:01' }),
    released('bob', [['a.ts', 'bob', 3]], { at: '12:02' }),
  ]
  const bobs: [string, string, number, string] = ['a.ts', 'bob', 4, '12:01']
  const by = (who: string, used = {}) => ({
    ...asked,
    by: who,
    policy: { ...policy, reads: 'refuse' as const, ...used },
  })
  const { records } = given(...story)
  assert.equal(told(explain(records, by('alice'))), ['stale', 'unseen 1 4', 'granted 3', 'ended 3 5', 'edited 4'])
  assert.is(explain(records, by('bob')).verdict, 'free')
  assert.is(explain(records, by('nobody')).verdict, 'free')
  assert.is(explain(records, by('alice', { reads: 'tell' })).verdict, 'free')
  assert.is(explain(records, by('alice', { enforce: 'warn' })).verdict, 'free')
  for (const known of [
    fileRead('alice', [bobs], { at: '12:03' }),
    editRefused('alice', ['a.ts'], [bobs], { at: '12:03' }),
  ]) {
    assert.is(explain(given(...story, known).records, by('alice')).verdict, 'free')
  }
})

test('a free path: the last lease, how it ended, the last edit', () => {
  const { records } = given(
    registered('alice'),
    acquired('alice', ['a.ts']),
    edited('alice', ['a.ts'], { at: '12:01' }),
    renewed('alice', ['a.ts'], { at: '12:01:30' }),
    released('bob', [['a.ts', 'alice', 2]], { at: '12:02', cause: 'forced', reason: 'gone home' }),
  )
  const why = explain(records, asked)
  assert.equal(told(why), ['free', 'granted 2', 'ended 2 5', 'edited 3'])
  const ended = why.statements[1]
  assert.equal(ended?.says === 'ended' && [ended.how, ended.by, ended.reason], ['forced', 'bob', 'gone home'])
})

test('a sign of life that granted another lease on the path brings the end of that one with it', () => {
  const separate: Policy = { ...policy, worktrees: 'separate' }
  const { records } = given(
    registered('alice'),
    registered('bob'),
    acquired('alice', ['a.ts'], { at: '12:01' }),
    acquired('alice', ['a.ts'], { at: '12:02', worktree: 'side', policy: separate }),
    acquired('bob', ['a.ts'], {
      at: '12:08',
      worktree: 'side',
      policy: separate,
      takenFrom: [{ path: 'a.ts', holder: 'alice', token: 4, cause: 'expired' }],
    }),
    released('bob', [['a.ts', 'bob', 5]], { at: '12:09' }),
  )
  const why = explain(records, { ...asked, at: time('12:10') })
  assert.ok(told(why).includes('seen 4 5 6'), told(why).join())
  const evidence = records.filter(({ seq }) => citedIn(why).includes(seq))
  assert.equal(explain(evidence, { ...asked, at: time('12:10') }), why)
})

/** The answer without the sequences on which it says that it rests: so that a change of those alone is no change. */
function answer({ verdict, statements }: Why): unknown {
  return { verdict, statements: statements.map(({ rests: _rests, ...facts }) => facts) }
}

/** No two events at the same instant: they could not be told apart. */
function apart(steps: readonly Step[]): Step[] {
  return steps.map((step) => ({ ...step, elapsedMs: Math.max(1, step.elapsedMs) }))
}

const liveness = fc.constantFrom<WhyQuestion['liveness'][string]>('alive', 'dead', 'unknown')
const questions = fc.record({
  waitMs: fc.constantFrom(0, 0, 1_000, 299_999, 3_600_000),
  asker: fc.option(fc.nat(9), { nil: undefined }),
  worktree: fc.constantFrom('main', 'side'),
  policy: policies(),
  seen: fc.array(liveness, { minLength: 7, maxLength: 7 }),
})

const verdictsOfAll = ['refused', 'stale', 'warned', 'takeable', 'free']
const roundsMax = 10

test('the cited events alone give the same answer, and without any one of them it is another', () => {
  const seen = new Set<string>()
  const property = fc.property(histories(), questions, (steps, ask) => {
    const all = play(apart(steps)).records
    for (const share of [0.4, 0.7, 1]) {
      const records = all.slice(0, Math.ceil(share * all.length))
      for (const path of ['a.ts', 'src/b.ts', '__proto__', '7']) {
        seen.add(assertEvidence(records, questionOf(records, path, ask)).verdict)
      }
    }
  })
  const { seed = Date.now() % 1_000_000, numRuns = 60 } = runs(60)
  // A verdict is rare enough that now and then sixty histories have none of it.
  for (let round = 0; round < roundsMax; round += 1) {
    fc.assert(property, { numRuns, seed: seed + round })
    if (verdictsOfAll.every((verdict) => seen.has(verdict))) return
  }
  assert.unreachable(`only ${[...seen].join()} from seed ${seed} on`)
})

function assertEvidence(records: readonly RecordedEvent[], question: WhyQuestion): Why {
  const why = explain(records, question)
  const cited = citedIn(why)
  const evidence = records.filter(({ seq }) => cited.includes(seq))
  assert.is(evidence.length, cited.length, 'cites what is not there')
  assert.equal(explain(evidence, question), why)
  for (const missing of cited) {
    const rest = evidence.filter(({ seq }) => seq !== missing)
    assert.not.equal(answer(explain(rest, question)), answer(why), `event ${missing} changes nothing`)
  }
  return why
}

type Ask = typeof questions extends fc.Arbitrary<infer T> ? T : never

function questionOf(records: readonly RecordedEvent[], path: string, ask: Ask): WhyQuestion {
  const instances = [...new Set(records.map(({ by }) => by))]
  const by = ask.asker === undefined ? undefined : instances[ask.asker % instances.length]
  const last = records.at(-1)?.ts ?? time('12:00')
  return {
    path,
    at: new Date(Date.parse(last) + ask.waitMs).toISOString(),
    worktree: ask.worktree,
    policy: ask.policy,
    liveness: Object.fromEntries(instances.map((id, index) => [id, ask.seen[index % 7] ?? 'unknown'])),
    ...(by !== undefined && { by }),
  }
}

test.run()
