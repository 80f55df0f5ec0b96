import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod/mini'
import { eventSchemas, type RecordedEvent } from '../src/events.js'
import { initial } from '../src/state.js'
import { runs } from './runs.js'
import { copyOf, time } from './scenario.js'
import { refold } from './world.js'

/** Records that no decision of ours would have made, but that their schema lets in: a foreign or an older log. */
const test = suite('any record that its schema lets in')

const words = [
  'alice',
  'bob',
  'a.ts',
  '__proto__',
  'constructor',
  '7',
  '',
  'DEC-20260108-0001',
  'c1',
  time('12:00'),
  time('12:05'),
]
const text = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() })
const number = fc.oneof(fc.nat(12), fc.constantFrom(-1, 0.5, 300_000))

/** Values of a schema, read from the schema itself: a new event type is covered without a word here. */
function valuesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'string':
      return text
    case 'number':
      return number
    case 'boolean':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'array':
      return fc.array(valuesOf(def.element), { maxLength: 3 })
    case 'record':
      return fc.dictionary(text, valuesOf(def.valueType), { maxKeys: 2 })
    case 'object': {
      const fields = Object.entries(def.shape)
      const values = Object.fromEntries(fields.map(([key, field]) => [key, valuesOf(field)]))
      const requiredKeys = fields.filter(([, field]) => !isOptional(field)).map(([key]) => key)
      return fc.record(values, { requiredKeys })
    }
    case 'optional':
      return valuesOf(def.innerType)
    default:
      throw new Error(`no values for a schema of type ${def.type}`)
  }
}

function isOptional(schema: z.core.$ZodType): boolean {
  return (schema as z.core.$ZodTypes)._zod.def.type === 'optional'
}

const record = fc.oneof(
  ...Object.entries(eventSchemas).map(([type, schema]) =>
    fc.record({
      type: fc.constant(type),
      ts: fc.constantFrom(time('12:00'), time('12:05'), time('11:00')),
      by: text,
      data: valuesOf(schema()),
    }),
  ),
)
const histories = fc
  .array(record, { maxLength: 40, size: 'max' })
  .map((facts) => facts.map((fact, n) => JSON.parse(JSON.stringify({ seq: n + 1, ...fact })) as RecordedEvent))

test('the generator makes what the schemas let in, of every type', () => {
  for (const [type, schema] of Object.entries(eventSchemas)) {
    for (const data of fc.sample(valuesOf(schema()), { numRuns: 30, seed: 1 })) {
      assert.not.throws(() => schema().parse(data), undefined, type)
    }
  }
})

test('the fold throws at none, counts each, and a snapshot at any split changes nothing', () => {
  fc.assert(
    fc.property(histories, fc.nat(), (records, where) => {
      const state = refold(initial(), records)
      assert.is(state.sequence, records.length)
      const split = where % (records.length + 1)
      const half = copyOf(refold(initial(), records.slice(0, split)))
      assert.is(JSON.stringify(refold(half, records.slice(split))), JSON.stringify(state))
    }),
    runs(300),
  )
})

test('no object of the language is written to', () => {
  fc.assert(
    fc.property(histories, (records) => {
      refold(initial(), records)
      const bare: Record<string, unknown> = {}
      assert.equal(
        [Object.keys(Object.prototype), bare['path'], bare['holder'], bare['phase']],
        [[], undefined, undefined, undefined],
      )
    }),
    runs(50),
  )
})

test.run()
