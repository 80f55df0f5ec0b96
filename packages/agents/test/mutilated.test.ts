import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapterFor } from '../src/adapters.js'
import type { HookEvent } from '../src/contract.js'

/** Every recorded payload with every one of its fields in turn gone, or of another kind: it is read rightly or refused with a reason. */

const mutilated = suite('recorded payloads, each field put wrong')
const folder = fileURLToPath(new URL('../../test/fixtures', import.meta.url))

function payloads(agent: string): unknown[] {
  return readdirSync(join(folder, agent)).flatMap((name) => {
    const text = readFileSync(join(folder, agent, name), 'utf8')
    if (!name.endsWith('.jsonl')) return [JSON.parse(text)]
    const lines = text.trim().split('\n')
    return lines.map((line) => ({ ...JSON.parse(line), directory: '/home/dev/app', parentID: 'ses_parent' }))
  })
}

const wrong: unknown[] = [
  undefined,
  null,
  4,
  true,
  '',
  [],
  {},
  ['x'],
  { '': 1 },
  'x'.repeat(5_000),
  '\ud800',
  '../..\0',
]

/** Copies of the value, each with one place of it replaced. */
function* variants(value: unknown, depth = 0): Generator<unknown> {
  if (depth > 0) yield* wrong
  if (typeof value !== 'object' || value === null || depth > 6) return
  for (const [key, member] of Object.entries(value)) {
    for (const other of variants(member, depth + 1)) {
      yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other }
    }
  }
}

const isText = (value: unknown, most = Number.POSITIVE_INFINITY) =>
  typeof value === 'string' && value.isWellFormed() && value.length <= most && value !== ''

function assertSound(event: HookEvent): void {
  assert.ok(isText(event.session, 200) && isText(event.cwd) && isText(event.name), JSON.stringify(event))
  for (const id of [event.agent, event.parentSession]) assert.ok(id === undefined || isText(id, 200))
  if (event.event !== 'before-edit' && event.event !== 'after-edit') return
  assert.ok(event.paths.length > 0 && event.paths.every((path) => typeof path === 'string'))
  // An empty path is refused where paths become keys.
  if (event.paths.includes('')) return
  for (const id of [event.call, event.request, event.turn]) assert.ok(id === undefined || isText(id, 300), String(id))
}

for (const agent of ['gemini', 'qwen', 'opencode']) {
  mutilated(agent, () => {
    const adapter = adapterFor(agent)
    let count = 0
    for (const payload of payloads(agent)) {
      for (const variant of variants(payload)) {
        count += 1
        const found = adapter?.recognise(variant, {})
        if (found?.kind === 'event') assertSound(found.event)
        else assert.is.not(found?.kind === 'unrecognised' ? found.reason : '', '')
      }
    }
    assert.ok(count > 1_000, `${count} variants`)
  })
}

mutilated.run()
