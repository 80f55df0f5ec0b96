#!/usr/bin/env node
// npm test [-- PATTERN…]: set-up, lint, all test files. With patterns: only the files whose path contains one, without lint.
// COORD_TEST_LINT=off leaves lint out.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bootstrap, root } from './bootstrap.mjs'

/** Sources, not what is compiled: a compiled file whose source is gone does not run. */
function testSources() {
  const folders = ['test', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`)]
  const within = (folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`)
      : []
  return folders
    .flatMap(within)
    .filter((path) => path.endsWith('.test.ts') && !path.includes('/dist/'))
    .sort()
}

/** packages/log/test/a.test.ts → packages/log/dist/test/a.test.js; test/a.test.ts → test/dist/a.test.js */
function compiledOf(source) {
  const project = source.startsWith('packages/') ? source.split('/', 2).join('/') : 'test'
  return join(root, project, 'dist', source.slice(project.length + 1).replace(/ts$/, 'js'))
}

function lintPasses() {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const ended = spawnSync(process.execPath, [biome, 'check', '.'], { cwd: root, stdio: ['ignore', 2, 2] })
  return ended.status === 0
}

async function main(patterns) {
  const prepared = bootstrap()
  if (prepared !== 0) return prepared
  const whole = patterns.length === 0
  const linted = !whole || process.env.COORD_TEST_LINT === 'off' || lintPasses()
  if (!linted) process.stderr.write('coordlog: lint failed; "npm run format" mends what can be mended by itself\n')

  const { runFiles } = await import(pathToFileURL(join(root, 'test/dist/runner.js')))
  const sources = testSources().filter((path) => whole || patterns.some((pattern) => path.includes(pattern)))
  const files = sources.map((source) => ({
    source,
    compiled: compiledOf(source),
    text: readFileSync(join(root, source), 'utf8'),
  }))
  const { passed, failed, skipped } = await runFiles(files, (text) => process.stdout.write(text))

  const { testsMin } = JSON.parse(readFileSync(join(root, 'test/ratchet.json'), 'utf8'))
  const least = whole ? testsMin : 1
  const tooFew = passed + failed + skipped < least
  if (tooFew) process.stderr.write(`coordlog: fewer tests than there must be: ${least} (test/ratchet.json)\n`)
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return linted && failed === 0 && !tooFew ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
