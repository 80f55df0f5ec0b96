/** House rules, enforced on the tree as it is. The rules are in test/tidy/, each with planted violations in its own test. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  arrowFaults,
  barrelFaults,
  deadFileFaults,
  dependencyFaults,
  lockFaults,
  unusedExportFaults,
} from './tidy/imports.js'
import { castFaults, countCasts, measure, sizeFaults, worldFaults } from './tidy/shape.js'
import { isCode, parse, readTree } from './tidy/tree.js'
import { emptyCatchFaults, nameFaults, testFileFaults, vendorFaults, wordFaults } from './tidy/words.js'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const files = readTree(root)
const sources = files.filter(({ path }) => isCode(path)).map(parse)
const ratchet: { readonly casts: Record<string, number> } = JSON.parse(
  readFileSync(join(root, 'test/ratchet.json'), 'utf8'),
)

const rules: Readonly<Record<string, () => string[]>> = {
  'imports follow the arrows': () => arrowFaults(sources),
  'dependencies are declared where they are used': () => dependencyFaults(files, sources),
  'the lock file is whole': () => lockFaults(files),
  'no barrels': () => barrelFaults(sources),
  'no dead files': () => deadFileFaults(sources),
  'no unused exports': () => unusedExportFaults(sources),
  'files and functions keep their size': () => sizeFaults(files, sources),
  'casts only become fewer': () => castFaults(sources, ratchet.casts),
  'clock, ids, folder and environment stand in one package': () => worldFaults(sources),
  'files are named by subject': () => nameFaults(files),
  'no unfinished work, no machine, no registry in the texts': () => wordFaults(files),
  'no catch swallows everything': () => emptyCatchFaults(sources),
  'client fields stand in packages/agents': () => vendorFaults(files),
  'tests run, all of them': () => testFileFaults(sources),
}

const tidy = suite('tidy')

for (const [rule, faults] of Object.entries(rules)) {
  tidy(rule, () => {
    const found = faults()
    if (found.length > 0) assert.unreachable(`${rule}:\n${found.join('\n')}`)
  })
}

tidy('the tree was read at all', () => {
  assert.ok(sources.some(({ path }) => path === 'packages/log/src/contract.ts'))
  console.log(`\nmeasured ${JSON.stringify(measure(sources))} casts ${JSON.stringify(countCasts(sources))}`)
})

tidy.run()
