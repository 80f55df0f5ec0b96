/** The made-up histories of bench/ are true ones, and the report says what was missed. */

import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { eventSchemas } from '@coordlog/coordination/events'
import { fold } from '@coordlog/coordination/fold'
import { canonicalJson } from '@coordlog/log/json'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Happened {
  readonly type: keyof typeof eventSchemas
  readonly ts: string
  readonly by: string
  readonly data: object
}
interface Bench {
  createHistory(settings: { seed: number; start: string; agents: number }): { state: object; next(): Happened }
  report(results: object, order: readonly string[]): string
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What is measured with is no package, so it is found by path. */
async function benchModule(name: string): Promise<Bench> {
  return await import(pathToFileURL(join(root, `bench/dist/${name}.js`)).href)
}

const events = 5_000
const settings = { seed: 3, start: '2026-01-08T08:00:00.000Z', agents: 8 }

const bench = suite('bench')

bench('the same seed gives the same events, another one gives others', async () => {
  const { createHistory } = await benchModule('history')
  const textOf = (seed: number): string => {
    const history = createHistory({ ...settings, seed })
    return JSON.stringify(Array.from({ length: 200 }, () => history.next()))
  }
  // As conditions: a diff of two such texts takes minutes.
  const [once, again, other] = [textOf(3), textOf(3), textOf(4)]
  assert.ok(once === again, 'the same seed, other events')
  assert.ok(once !== other, 'another seed, the same events')
})

bench('each event passes its schema, and a fold of all of them gives the state they were decided on', async () => {
  const { createHistory } = await benchModule('history')
  const history = createHistory(settings)
  const seen = new Set<string>()
  let state = fold.initial()
  for (let seq = 1; seq <= events; seq += 1) {
    const { type, ts, by, data } = history.next()
    seen.add(type)
    eventSchemas[type]().parse(data)
    state = fold.evolve(state, { seq, ts, by, type, data: JSON.parse(JSON.stringify(data)) })
  }
  assert.ok(canonicalJson(state) === canonicalJson(history.state), `another state, with seed ${settings.seed}`)
  for (const type of ['instance.registered', 'lock.acquired', 'lock.denied', 'file.edited', 'decision.recorded']) {
    assert.ok(seen.has(type), `no ${type} with seed ${settings.seed}`)
  }
})

bench('the report shows bars beside their rows, held and missed', async () => {
  const { report } = await benchModule('report')
  const machine = { cpu: 'C', cores: 2, memoryGib: 4, system: 's', fileSystem: 'ext4', node: 'v20', load: '0.1' }
  const rows = [
    { values: { store: 'a', 'events/s': 1234 }, bar: { promise: 'at least 5', measured: '7', isHeld: true } },
    { values: { store: 'b|c' }, bar: { promise: 'at least 5', measured: '3', isHeld: false } },
  ]
  const table = { title: 'T', columns: ['store', 'events/s'], rows, notes: ['a note'] }
  const text = report({ append: { at: '2026-01-08T08:00:00.000Z', seconds: 1, machine, tables: [table] } }, ['append'])
  assert.ok(text.includes('| a | 1,234 | held: at least 5 (7) |'), text)
  assert.ok(text.includes('| b\\|c |  | **missed**: at least 5 (3) |'), text)
  assert.ok(text.includes('ext4 · Node v20'), text)
})

bench.run()
