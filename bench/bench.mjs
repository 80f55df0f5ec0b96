#!/usr/bin/env node
// npm run bench [-- NAME …]: sets the project up, installs what it is compared with (into this folder alone; better-sqlite3 is
// compiled, which takes minutes, once), and runs bench/run.ts.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootstrap } from '../bin/dev/bootstrap.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const stampFile = join(folder, 'node_modules/.coordlog-stamp')

function stamp() {
  const lock = readFileSync(join(folder, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.versions.modules} ${process.platform} ${process.arch}\n`
}

/** Why the comparison cannot be made, in one line; undefined when it can. */
function install() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp()) return undefined
  process.stderr.write('bench: installing better-sqlite3 and proper-lockfile; compiling takes some minutes, once …\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--build-from-source'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (npm.error) return `npm cannot be run: ${npm.error.message}`
  const load = "new (require('better-sqlite3'))(':memory:').close()"
  const loaded = spawnSync(process.execPath, ['-e', load], { cwd: folder, encoding: 'utf8' })
  if (npm.status !== 0 || loaded.status !== 0) {
    const lines = `${npm.stderr}\n${loaded.stderr}`.split('\n').filter((line) => /error/i.test(line))
    return `better-sqlite3 cannot be installed here: ${lines[0] ?? `npm ci ended with ${npm.status}`}`
  }
  writeFileSync(stampFile, stamp())
  return undefined
}

async function main(names) {
  const prepared = bootstrap()
  if (prepared !== 0) return prepared
  const { workloads } = await import('./dist/workloads.js')
  const isCompared = names.length === 0 || names.some((name) => workloads[name]?.needsComparison)
  const reason = isCompared ? install() : undefined
  if (reason) process.stderr.write(`bench: SKIP comparison: ${reason}\n`)
  const { NODE_EXTRA_CA_CERTS, ...env } = process.env
  if (reason) env.COORDLOG_BENCH_NOT_INSTALLED = reason
  const ended = spawnSync(process.execPath, [join(folder, 'dist/run.js'), ...names], { env, stdio: 'inherit' })
  return ended.status ?? 1
}

process.exitCode = await main(process.argv.slice(2))
