import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalJson, isSamePlainJson } from '../src/json.js'

const test = suite('json')
const numRuns = Number(process.env['COORDLOG_TEST_RUNS'] ?? 300)

test('two values are the same if their canonical texts are, and a change anywhere is seen', () => {
  const small = fc.jsonValue({ maxDepth: 3 })
  const property = fc.property(small, small, (one, other) => {
    const copy: unknown = JSON.parse(JSON.stringify(one))
    assert.is(isSamePlainJson(one, copy), true)
    assert.is(isSamePlainJson(one, other), canonicalJson(one) === canonicalJson(other))
    assert.is(isSamePlainJson({ a: [one] }, { a: [copy, other] }), false)
    assert.is(isSamePlainJson({ a: one }, { a: copy, b: other }), false)
    assert.is(isSamePlainJson({ a: one, c: 1 }, { a: copy, b: 1 }), false)
  })
  fc.assert(property, { numRuns })
})

test('what JSON cannot hold is the same as nothing, itself included', () => {
  for (const value of [
    undefined,
    Number.NaN,
    Infinity,
    new Map(),
    new Date(0),
    () => 1,
    { a: undefined },
    [undefined],
  ]) {
    assert.is(isSamePlainJson(value, value), false)
  }
})

test.run()
