/** Each rule finds the violation planted for it, and nothing in the file beside it that is as it should be. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  arrowFaults,
  barrelFaults,
  deadFileFaults,
  dependencyFaults,
  lockFaults,
  unusedExportFaults,
} from './imports.js'
import { castFaults, countCasts, measure, sizeFaults, worldFaults } from './shape.js'
import { isCode, parse, type Source, type TextFile } from './tree.js'
import { emptyCatchFaults, nameFaults, testFileFaults, vendorFaults, wordFaults } from './words.js'

type Rule = (files: readonly TextFile[], sources: readonly Source[]) => string[]
type Tree = Readonly<Record<string, string>>

function apply(rule: Rule, tree: Tree): string[] {
  const files = Object.entries(tree).map(([path, text]) => ({ path, text }))
  return rule(files, files.filter(({ path }) => isCode(path)).map(parse))
}

interface Row {
  readonly name: string
  readonly rule: Rule
  readonly planted: Tree
  /** A part of the one fault to be found. */
  readonly found: string
  readonly clean: Tree
}

const lines = (count: number, line = 'a()'): string => `${line}\n`.repeat(count)
const body = (count: number): string => `export function f() {\n${lines(count - 2)}}\n`

const importRows: Row[] = [
  {
    name: 'upward import',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/log/src/a.ts': "import { x } from '@coordlog/runtime/clock'" },
    found: 'packages/log must not import packages/runtime',
    clean: { 'packages/runtime/src/a.ts': "import { x } from '@coordlog/log/contract'" },
  },
  {
    name: 'runtime knows no agent',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/runtime/src/a.ts': "import type { x } from '@coordlog/agents/payload'" },
    found: 'packages/runtime must not import packages/agents',
    clean: { 'packages/agents/src/a.ts': "import { x } from '@coordlog/runtime/clock'" },
  },
  {
    name: 'log and coordination do not know each other, not even in types or tests',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/log/test/a.test.ts': "import type { S } from '@coordlog/coordination/state'" },
    found: 'packages/log must not import packages/coordination',
    clean: { 'test/a.test.ts': "import type { S } from '@coordlog/coordination/state'" },
  },
  {
    name: 'import() is an import',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/agents/src/a.ts': "const x = await import('@coordlog/cli/main')" },
    found: 'packages/agents must not import packages/cli',
    clean: { 'packages/agents/src/a.ts': "const x = await import('@coordlog/coordination/commands')" },
  },
  {
    name: 'relative path out of the package',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/cli/src/a.ts': "import { x } from '../../log/src/contract.js'" },
    found: 'leaves the package',
    clean: { 'packages/cli/src/a.ts': "import { x } from './b.js'" },
  },
  {
    name: 'src imports its tests',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/log/src/a.ts': "import { x } from '../test/b.js'" },
    found: 'which is not src',
    clean: { 'packages/log/test/a.test.ts': "import { x } from '../src/b.js'" },
  },
  {
    name: 'the domain does input or output',
    rule: (_, sources) => arrowFaults(sources),
    planted: { 'packages/coordination/src/a.ts': "import { readFileSync } from 'node:fs'" },
    found: 'is pure and imports node:fs',
    clean: { 'packages/coordination/test/a.test.ts': "import { readFileSync } from 'node:fs'" },
  },
  {
    name: 'undeclared dependency',
    rule: dependencyFaults,
    planted: {
      'package.json': '{"dependencies":{"zod":"^4"}}',
      'packages/log/package.json': '{}',
      'packages/log/src/a.ts': "import * as z from 'zod/mini'",
    },
    found: 'zod is not in the dependencies of packages/log/package.json',
    clean: {
      'package.json': '{"devDependencies":{"uvu":"1"}}',
      'packages/log/package.json': '{"dependencies":{"zod":"^4"}}',
      'packages/log/src/a.ts': "import * as z from 'zod/mini'",
      'packages/log/test/a.test.ts': "import { suite } from 'uvu'",
    },
  },
  {
    name: 'declared and not used',
    rule: dependencyFaults,
    planted: { 'packages/log/package.json': '{"dependencies":{"zod":"^4"}}', 'packages/log/src/a.ts': '' },
    found: 'packages/log/package.json: zod is declared',
    clean: { 'packages/log/package.json': '{"dependencies":{"zod":"^4"}}' },
  },
  {
    name: 'lock file without another platform',
    rule: lockFaults,
    planted: {
      'package-lock.json':
        '{"packages":{"node_modules/a":{"optionalDependencies":{"a-linux":"1","a-mac":"1"}},"node_modules/a-linux":{}}}',
    },
    found: 'no entry for the optional dependency a-mac',
    clean: {
      'package-lock.json':
        '{"packages":{"node_modules/a":{"optionalDependencies":{"a-mac":"1"}},"node_modules/a-mac":{}}}',
    },
  },
  {
    name: 'export *',
    rule: (_, sources) => barrelFaults(sources),
    planted: { 'packages/log/src/a.ts': "export * from './b.js'\nexport const x = 1" },
    found: 'packages/log/src/a.ts:1: export *',
    clean: { 'packages/log/src/a.ts': 'export const x = 1' },
  },
  {
    name: 'barrel',
    rule: (_, sources) => barrelFaults(sources),
    planted: { 'packages/log/src/a.ts': "export { x } from './b.js'\nexport type { Y } from './c.js'" },
    found: 'a barrel',
    clean: { 'packages/log/src/a.ts': "export { x } from './b.js'\nexport const y = 1" },
  },
  {
    name: 'dead file',
    rule: (_, sources) => deadFileFaults(sources),
    planted: { 'packages/log/src/a.ts': "import './b.js'", 'packages/log/src/b.ts': '' },
    found: 'packages/log/src/a.ts: nothing imports it',
    clean: {
      'hooks/src/hook.ts': "import '@coordlog/log/a'\nimport type { X } from './b.js'",
      'hooks/src/b.ts': '',
      'packages/log/src/a.ts': '',
      'packages/log/src/bench.ts': '',
      'bench/run.mjs': "await import('../packages/log/dist/src/bench.js')",
    },
  },
  {
    name: 'unused export',
    rule: (_, sources) => unusedExportFaults(sources),
    planted: {
      'packages/log/src/a.ts': 'export const x = 1\nexport function y() {}',
      'packages/log/src/b.ts': "import { x } from './a.js'",
    },
    found: 'packages/log/src/a.ts:2: nothing imports y',
    clean: {
      'packages/log/src/a.ts': 'export interface Options { a: 1 }\nexport function y(options: Options) {}',
      'packages/log/test/b.test.ts': "import { y } from '../src/a.js'",
    },
  },
  {
    name: 'unused type',
    rule: (_, sources) => unusedExportFaults(sources),
    planted: {
      'packages/log/src/a.ts': 'export const x = 1\nexport type Y = 1',
      'packages/log/src/b.ts': "import { x } from './a.js'",
    },
    found: 'nothing imports Y',
    clean: {
      'packages/log/src/a.ts': 'export const x = 1\nexport type Y = 1',
      'packages/log/src/b.ts': "import * as all from './a.js'",
    },
  },
]

const shapeRows: Row[] = [
  {
    name: 'long file',
    rule: sizeFaults,
    planted: { 'test/a.test.ts': lines(401) },
    found: '401 lines, at most 400',
    clean: { 'test/a.test.ts': lines(400), 'docs/a.md': lines(900) },
  },
  {
    name: 'long script without an extension',
    rule: sizeFaults,
    planted: { 'bin/coord': `#!/usr/bin/env bash\n${lines(400)}` },
    found: '401 lines',
    clean: { LICENSE: lines(900) },
  },
  {
    name: 'long command',
    rule: sizeFaults,
    planted: { 'packages/cli/src/commands/lock/list.ts': lines(101) },
    found: '101 lines, at most 100',
    clean: { 'packages/cli/src/lock.ts': lines(101) },
  },
  {
    name: 'long function',
    rule: sizeFaults,
    planted: { 'bin/a.mjs': body(71) },
    found: 'a function of 71 lines, at most 70',
    clean: { 'bin/a.mjs': body(70) },
  },
  {
    name: 'many long functions',
    rule: sizeFaults,
    planted: { 'packages/log/src/a.ts': lines(4, 'export const short = () => { a() }') + body(50) },
    found: 'p90 50 lines',
    clean: { 'packages/log/src/a.ts': lines(9, 'export const short = () => { a() }') + body(50) },
  },
  {
    name: 'one cast more',
    rule: (_, sources) => castFaults(sources, { 'packages/log': 1 }),
    planted: { 'packages/log/src/a.ts': 'const x = y as Z\nconst u = v!' },
    found: 'packages/log: 2 casts, at most 1',
    clean: { 'packages/log/src/a.ts': 'const x = y as Z\nconst u = [1] as const\nconst w = v satisfies Z' },
  },
  ...['Date.now()', 'new Date()', 'process.cwd()', 'process.env.HOME', 'crypto.randomUUID()'].map((read) => ({
    name: read,
    rule: (_: readonly TextFile[], sources: readonly Source[]) => worldFaults(sources),
    planted: { 'packages/cli/src/a.ts': `export const x = ${read}` },
    found: 'stands in packages/runtime only',
    clean: {
      'packages/runtime/src/a.ts': `export const x = ${read}`,
      'packages/cli/test/a.test.ts': `export const x = ${read}`,
      'packages/cli/src/a.ts': `export const x = new Date(0) // not ${read}`,
    },
  })),
  {
    name: 'the environment by import',
    rule: (_, sources) => worldFaults(sources),
    planted: { 'packages/log/src/a.ts': "import { env } from 'node:process'" },
    found: 'env stands in packages/runtime only',
    clean: { 'packages/log/src/a.ts': "import { env } from './settings.js'" },
  },
  {
    name: 'ids by import',
    rule: (_, sources) => worldFaults(sources),
    planted: { 'packages/log/src/a.ts': "import { randomUUID } from 'node:crypto'" },
    found: 'randomUUID stands in',
    clean: { 'packages/log/src/a.ts': "import { createHash } from 'node:crypto'" },
  },
]

const wordRows: Row[] = [
  ...[
    'utils',
    'lock-helpers',
    'common',
    'misc',
    'sessionManager',
    'utils/paths',
    'helpers.test',
    'lock.service',
    'parser-v2',
    'enhanced-fold',
  ].map((stem) => ({
    name: `file ${stem}`,
    rule: nameFaults,
    planted: { [`packages/log/src/${stem}.ts`]: '' },
    found: 'name it by its subject',
    clean: { 'packages/log/src/newline.ts': '', 'packages/log/src/commonDir.ts': '', 'docs/common.md': '' },
  })),
  ...[
    '// TODO later',
    'FIXME',
    'throw Error("not implemented")',
    '/work/a/x',
    'cd /root/x',
    'registry.example.org',
  ].map((text) => ({
    name: `text ${text}`,
    rule: wordFaults,
    planted: { 'docs/a.md': `fine\n${text}\n` },
    found: 'docs/a.md:2: ',
    clean: { 'docs/a.md': 'the todo list in src/work/today, implemented in ./root/x\n' },
  })),
  {
    name: 'empty catch',
    rule: (_, sources) => emptyCatchFaults(sources),
    planted: { 'bin/a.mjs': 'try { a() } catch { /* so what */ }' },
    found: 'swallows everything',
    clean: { 'bin/a.mjs': 'try { a() } catch (error) { throw error }' },
  },
  {
    name: 'client field',
    rule: vendorFaults,
    planted: { 'packages/cli/src/a.ts': 'const path = payload.tool_input' },
    found: 'tool_input is a client',
    clean: {
      'packages/agents/src/a.ts': 'tool_input',
      'packages/cli/test/a.test.ts': 'tool_input',
      'docs/a.md': 'tool_input',
    },
  },
  {
    name: '.only',
    rule: (_, sources) => testFileFaults(sources),
    planted: { 'test/a.test.ts': "const t = suite('t')\nt.only('x', () => {})\nt.run()" },
    found: 'test/a.test.ts:2: .only is left on',
    clean: { 'test/a.test.ts': "const t = suite('t')\nt('x', () => {})\nt.run()" },
  },
  {
    name: 'no run',
    rule: (_, sources) => testFileFaults(sources),
    planted: { 'test/a.test.ts': "test('x', () => {})" },
    found: 'calls no .run()',
    clean: { 'test/a.ts': "test('x', () => {})" },
  },
  {
    name: 'a test that leaves the running to nobody',
    rule: (_, sources) => testFileFaults(sources),
    planted: {
      'test/a.test.ts': "import { check } from './contract.js'\ncheck()",
      'test/contract.ts': 'export const check = 1',
    },
    found: 'test/a.test.ts: calls no .run()',
    clean: {
      'test/a.test.ts': "import { check } from './contract.js'\ncheck()",
      'test/contract.ts': "export function check() { const t = suite('t')\nt.run() }",
    },
  },
  {
    name: 'one of two suites does not run',
    rule: (_, sources) => testFileFaults(sources),
    planted: { 'test/a.test.ts': "const t = suite('t')\nconst u = suite('u')\nt.run()" },
    found: 'u.run() is forgotten',
    clean: { 'test/a.test.ts': "const t = suite('t')\nconst u = suite('u')\nt.run()\nu.run()" },
  },
]

const rules = suite('tidy rules')

for (const { name, rule, planted, found, clean } of [...importRows, ...shapeRows, ...wordRows]) {
  rules(name, () => {
    const faults = apply(rule, planted)
    assert.is(faults.length, 1, `one fault is planted, found: ${faults.join(' | ')}`)
    assert.ok(faults[0]?.includes(found), `"${faults[0]}" should speak of "${found}"`)
    assert.equal(apply(rule, clean), [])
  })
}

rules('casts are counted by zone, those of tests together', () => {
  const sources = Object.entries({
    'packages/log/src/a.ts': 'a as B',
    'packages/log/test/a.ts': 'a as B; c!',
    'bin/a.mjs': 'a()',
  }).map(([path, text]) => parse({ path, text }))
  assert.equal(countCasts(sources), { 'packages/log': 1, tests: 2 })
})

rules('sizes are measured over what is shipped', () => {
  const sources = [
    parse({ path: 'hooks/src/a.ts', text: body(10) + body(20) }),
    parse({ path: 'test/a.ts', text: body(60) }),
  ]
  assert.equal(measure(sources), {
    functions: 2,
    functionMedian: 10,
    functionP90: 20,
    functionMax: 20,
    files: 1,
    fileMedian: 30,
    fileMax: 30,
  })
})

rules.run()
