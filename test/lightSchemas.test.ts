import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import fc, { type Arbitrary } from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** The schemas as the hook's bundle has them, beside what they are declared with: the same values fit, for the same reasons. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const agents = ['claudeCode', 'codex', 'copilot', 'gemini', 'opencode', 'qwen']
const folder = mkdtempSync(join(tmpdir(), 'coordlog-schemas-'))
const runs = Number(process.env['COORDLOG_TEST_RUNS'] ?? 100)
const seed = Number(process.env['COORDLOG_TEST_SEED'] ?? Date.now() % 1_000_000)

interface Outcome {
  success: boolean
  data?: unknown
  error?: { issues: unknown }
}

/** What of zod's own description is looked at here. */
type Definition =
  | { type: 'string' | 'number' | 'boolean' | 'unknown' }
  | { type: 'enum'; entries: Record<string, string> }
  | { type: 'array'; element: Schema }
  | { type: 'record'; valueType: Schema }
  | { type: 'union'; options: Schema[] }
  | { type: 'optional' | 'nullable'; innerType: Schema }
  | { type: 'object'; shape: Record<string, Schema> }

interface Schema {
  safeParse(value: unknown): Outcome
  parse(value: unknown): unknown
  def: Definition
}

type Schemas = Record<string, () => Schema>

/** Every schema of a payload and of an event, by a name that says where it stands. */
async function declared(): Promise<Schemas> {
  const found: Schemas = { ...(await import(moduleOf('coordination', 'events.js')))['eventSchemas'] }
  for (const agent of agents) {
    const module: Schemas = await import(moduleOf('agents', `${agent}/payload.js`))
    for (const [name, schema] of Object.entries(module)) found[`${agent} ${name}`] = schema
  }
  return found
}

function moduleOf(part: string, file: string): string {
  return pathToFileURL(join(root, 'packages', part, 'dist/src', file)).href
}

/** The same, built as a hook is. */
async function bundled(): Promise<Schemas> {
  const { lightSchemas } = await import(pathToFileURL(join(root, 'bin/dev/bundle.mjs')).href)
  const imports = agents.map((agent) => `export * as ${agent} from './agents/dist/src/${agent}/payload.js'`)
  const outfile = join(folder, 'schemas.cjs')
  await build({
    entryPoints: [join(root, 'hooks/src/fullSchemas.ts')],
    outfile: join(folder, 'full.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
  })
  await build({
    stdin: {
      contents: [...imports, `export { eventSchemas } from './coordination/dist/src/events.js'`].join('\n'),
      resolveDir: join(root, 'packages'),
    },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    plugins: [lightSchemas],
    alias: { 'zod in full': join(folder, 'full.cjs') },
  })
  const { eventSchemas, ...modules } = createRequire(import.meta.url)(outfile)
  const found: Schemas = { ...eventSchemas }
  for (const [agent, module] of Object.entries<Schemas>(modules)) {
    for (const [name, schema] of Object.entries(module)) found[`${agent} ${name}`] = schema
  }
  return found
}

/** Mostly what fits; now and then something else, at any depth. */
function values(schema: Schema): Arbitrary<unknown> {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, Number.NaN, Infinity, '', 'x'.repeat(201), -0))
  return fc.oneof({ weight: 40, arbitrary: fitting(schema) }, { weight: 1, arbitrary: odd })
}

function fitting({ def }: Schema): Arbitrary<unknown> {
  switch (def.type) {
    case 'string':
      return fc.string({ minLength: 1 })
    case 'number':
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    case 'boolean':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'array':
      return fc.array(values(def.element), { maxLength: 3 })
    case 'record':
      return fc.dictionary(fc.string(), values(def.valueType), { maxKeys: 3 })
    case 'union':
      return fc.oneof(...def.options.map(values))
    case 'optional':
      return values(def.innerType)
    case 'nullable':
      return fc.option(values(def.innerType))
    case 'object':
      return objects(def.shape)
    case 'unknown':
      return fc.jsonValue()
    default:
      throw new Error(`${JSON.stringify(def)}: hooks/src/lightSchemas.ts does not know it either`)
  }
}

function objects(shape: Record<string, Schema>): Arbitrary<unknown> {
  const fields: Record<string, Arbitrary<unknown>> = { 'not named': fc.jsonValue() }
  for (const [name, field] of Object.entries(shape)) fields[name] = values(field)
  const optional = Object.keys(shape).filter((name) => shape[name]?.def.type === 'optional')
  const required = Object.keys(shape).filter((name) => !optional.includes(name))
  return fc.oneof(
    { weight: 20, arbitrary: fc.record(fields, { requiredKeys: required }) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  )
}

/** Everything that zod's answer holds is in the value, in its place. */
function assertHolds(value: unknown, part: unknown): void {
  if (typeof part !== 'object' || part === null) assert.ok(Object.is(value, part))
  else for (const [name, inner] of Object.entries(part)) assertHolds(Object(value)[name], inner)
}

function issuesOf(schema: Schema | undefined, value: unknown): unknown {
  try {
    schema?.parse(value)
  } catch (error) {
    return Object(error).issues ?? error
  }
  return 'it fits'
}

const test = suite('light schemas')
test.after(() => rmSync(folder, { recursive: true }))

const full = await declared()
const light = await bundled()

test('there is one for every schema that is declared', () => {
  assert.ok(Object.keys(full).length > 60, `${Object.keys(full).length} schemas`)
  assert.equal(Object.keys(light).sort(), Object.keys(full).sort())
})

for (const [name, schema] of Object.entries(full)) {
  test(`${name}: fits the same values, for the same reasons`, () => {
    let fit = 0
    const property = fc.property(values(schema()), (value) => {
      const wanted = schema().safeParse(value)
      const found = light[name]?.().safeParse(value)
      assert.is(found?.success, wanted.success, `fits, says zod: ${wanted.success}`)
      if (wanted.success) {
        fit += 1
        assert.is(found?.data, value)
        assertHolds(value, wanted.data)
      } else {
        assert.equal(issuesOf(light[name]?.(), value), wanted.error?.issues)
      }
    })
    fc.assert(property, { numRuns: runs, seed })
    assert.ok(fit > runs / 10, `${fit} of ${runs} fitted: the test knows too little of what does (seed ${seed})`)
  })
}

test.run()
