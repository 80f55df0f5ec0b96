import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configEntries, defaultConfig } from '../src/config.js'

test('docs/configuration.md lists every setting as the program has it', () => {
  const page = readFileSync(resolve(import.meta.dirname, '..', '..', '..', '..', 'docs', 'configuration.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const expected = configEntries(defaultConfig()).map(
    (entry) => `| \`${entry.key}\` | ${entry.default} | ${entry.allowed.replaceAll('|', '\\|')} | ${entry.meaning} |`,
  )
  assert.equal(rows, expected)
})

test.run()
