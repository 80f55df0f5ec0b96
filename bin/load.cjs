'use strict'
// The loader of all bundles, and the program that a hook is: `node load.cjs hook AGENT`, one file less to look for. The cache file is named
// by the bundle's time of change (V8 itself compares no more than the length of the source), by Node's version and by the flags it
// runs with. It is written at the end of the first run that had none, when V8 has compiled what a run needs; a rejected one is replaced. A
// read-only installation runs without.

const { existsSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const vm = require('node:vm')

const root = dirname(__dirname)
const bundles = {
  cli: join(root, 'packages/cli/dist/coord.cjs'),
  hook: join(root, 'hooks/dist/hook.cjs'),
  agents: join(root, 'hooks/dist/agents.cjs'),
  shell: join(root, 'hooks/dist/shell.cjs'),
  zod: join(root, 'hooks/dist/zod.cjs'),
}

/** Absent is an ordinary answer here; everything else passes. */
function readIfThere(file, encoding) {
  try {
    return readFileSync(file, encoding)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A packed installation has no bin/dev: nothing to compare, nothing to build. */
function buildIfStale() {
  const sources = join(__dirname, 'dev/sources.cjs')
  if (!existsSync(sources)) return
  const { fingerprint, fingerprintFile } = require(sources)
  if (existsSync(bundles.cli) && readIfThere(join(root, fingerprintFile), 'utf8') === fingerprint(root)) return
  const { spawnSync } = require('node:child_process')
  const built = spawnSync(process.execPath, [join(__dirname, 'dev/bootstrap.mjs')], { stdio: ['ignore', 2, 2] })
  if (built.status !== 0) process.exit(78)
}

function saveCache(file, script) {
  const aside = `${file}.${process.pid}`
  try {
    writeFileSync(aside, script.createCachedData())
    renameSync(aside, file)
  } catch (error) {
    // Not ours to write, or no room: the next start is slower, nothing else.
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(error.code)) throw error
  }
}

/** V8 rejects a cache that was made under other flags: who runs with some and without would write it anew each time. */
function flags() {
  const all = `${process.execArgv} ${process.env.NODE_OPTIONS || ''}`
  if (all === ' ') return ''
  let sum = 0
  for (let at = 0; at < all.length; at += 1) sum = (Math.imul(sum, 31) + all.charCodeAt(at)) >>> 0
  return `-${sum.toString(36)}`
}

/** Runs 'cli' or 'hook'; the others are what these load late. A hook's bundle is a function already (bin/dev/bundle.mjs). */
function load(name) {
  const bundle = bundles[name]
  const edition = Math.trunc(statSync(bundle).mtimeMs).toString(36)
  const cacheFile = bundle.replace(/cjs$/, `${edition}-${process.version}-${process.arch}${flags()}.cache`)
  const cachedData = readIfThere(cacheFile)
  const text = readFileSync(bundle, 'latin1')
  const script = new vm.Script(text.startsWith('(function') ? text : require('node:module').wrap(text), {
    filename: bundle,
    ...(cachedData && { cachedData }),
  })
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => saveCache(cacheFile, script))
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, bundle, dirname(bundle))
  return module.exports
}

/** Whatever goes wrong with us, the agent goes on: one line, exit code 0. */
function runHook() {
  process.argv.splice(1, 2, bundles.hook)
  try {
    load('hook')
  } catch (error) {
    process.stderr.write(`coordlog: not coordinated: ${String(error.message).split('\n')[0]}. Run: coord doctor\n`)
    process.exitCode = 0
  }
}

module.exports = { buildIfStale, load }
if (require.main === module) runHook()
