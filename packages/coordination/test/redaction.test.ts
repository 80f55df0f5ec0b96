import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { finish } from '../src/audit/finish.js'
import { observe } from '../src/audit/observe.js'
import { createTally } from '../src/audit/tally.js'
import { eventSchemas, isEventType, type RecordedEvent } from '../src/events.js'
import { redactedEvent, redactedState } from '../src/redaction.js'
import { initial } from '../src/state.js'
import { acquire, addDecision, importItem, reportBypass, setStatus, tellBypass } from './asks.js'
import { acquired, decided, registered } from './facts.js'
import { runs } from './runs.js'
import { given } from './scenario.js'
import { histories, play, refold } from './world.js'

const test = suite('redaction')

/** Numbers the texts as they come. */
function pseudonyms(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text) ?? `x${known.size}`
    known.set(text, found)
    return found
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('redacting and folding come to the same, whichever is done first', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records, state } = play(steps)
      const pseudonym = pseudonyms()
      const redacted = records.map((record) => redactedEvent(record, pseudonym))
      assert.equal(plain(refold(initial(), redacted)), plain(redactedState(state, pseudonym)))
    }),
    runs(100),
  )
})

function totalsOf(records: readonly RecordedEvent[]) {
  const tally = createTally()
  for (const record of records) observe(tally, record)
  const { totals, types, outcomes, pairs, paths } = finish(tally)
  return { totals, types, outcomes, pairs: pairs.map(({ refusals }) => refusals), paths: paths.length }
}

test('what an audit counts stays what it was: who collided with whom is still seen', () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { records } = play(steps)
      const pseudonym = pseudonyms()
      assert.equal(totalsOf(records.map((record) => redactedEvent(record, pseudonym))), totalsOf(records))
    }),
    runs(40),
  )
})

const secret = 'Zebra'

/** Every field of an event that can hold a text, with a word in it that must not stay. */
function withSecrets(value: unknown): unknown {
  if (typeof value === 'string') return /^(\d{4}-|DEC-)/.test(value) ? value : `${value}${secret}`
  if (Array.isArray(value)) return value.map(withSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withSecrets(each)]))
}

test('no word that anybody wrote stays, in no field of no event, known or not', () => {
  const seen = new Set<string>()
  const events: RecordedEvent[] = fc
    .sample(histories(), { numRuns: 40, seed: 11 })
    .flatMap((steps) => play(steps).records)
  const facts = [
    ...given(registered('alice')).when(addDecision('alice', { problem: 'p', rationale: 'r', dependencies: ['d'] }))
      .after.records,
    ...given(registered('alice')).when(importItem('text')).after.records,
    ...given(registered('alice'), decided('alice', 'DEC-20260108-0001')).when(
      setStatus('alice', 'DEC-20260108-0001', 'deprecated'),
    ).after.records,
    ...given(registered('alice'), acquired('alice', ['a']), decided('alice', 'DEC-20260108-0001')).records,
    ...given(registered('alice'), registered('bob'))
      .when(acquire('alice', ['a.ts'], { contents: [{ path: 'a.ts', content: 'c0ffee' }] }))
      .after.when(
        reportBypass('bob', [{ path: 'a.ts', holder: 'alice', content: 'facade', stamp: 'stamp' }], { suspect: 'bob' }),
      )
      .after.when(tellBypass('alice', ['a.ts'])).after.records,
  ]
  const strange = {
    seq: 1,
    ts: '2026-01-08T12:00:00.000Z',
    type: `a.${secret}`,
    by: secret,
    data: { [secret]: secret },
  }
  const repaired = {
    ...strange,
    type: 'log.repaired',
    by: 'coordlog',
    data: { part: 'tail', reason: secret, before: secret },
  }
  for (const event of [...events, ...facts, strange, repaired]) {
    const planted = { ...event, by: `${event.by}${secret}`, data: Object(withSecrets(event.data)) }
    const text = JSON.stringify(redactedEvent(planted, (each) => `x${each.length}`))
    assert.not.match(text, new RegExp(secret), text)
    seen.add(event.type)
  }
  assert.ok([...seen].filter(isEventType).length === Object.keys(eventSchemas).length, [...seen].join())
  const state = { ...given(registered('alice'), acquired('alice', ['src/a'])).state, [secret]: secret }
  state.unknownTypes[`a.${secret}`] = 2
  assert.not.match(
    JSON.stringify(redactedState(state, (each) => `x${each.length}`)),
    new RegExp(`${secret}|alice|src/a`),
  )
})

test('paths keep their folders, ids of coordlog their time, words of coordlog stay', () => {
  const pseudonym = (text: string) => `<${text}>`
  const id = 'claude-20260108-124532-a3f7b2d1'
  const { seq, ...fact } = { seq: 1, ...acquired(id, ['src/a.ts', '/tmp/../b']) }
  const { by, data } = redactedEvent({ seq, ...fact }, pseudonym)
  assert.is(by, id)
  const [found, before] = [new Map(Object.entries(data)), new Map(Object.entries(fact.data))]
  assert.equal(found.get('paths'), ['<src>/<a.ts>', '/<tmp>/../<b>'])
  for (const name of ['policy', 'expiresAt']) assert.equal(found.get(name), before.get(name))
  const other = {
    seq: 2,
    ts: fact.ts,
    type: 'turn.started',
    by: `zebra-${id.slice(7)}`,
    data: { task: 'ä b', released: [] },
  }
  assert.equal(redactedEvent(other, pseudonym), {
    ...other,
    by: `agent-${id.slice(7)}`,
    data: { task: '[<ä b>, 3 characters]', released: [] },
  })
})

test.run()
