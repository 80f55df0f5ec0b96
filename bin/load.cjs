'use strict'
// The loader behind start.cjs, hook.cjs and shell.cjs. The cache file is named by the bundle's time of change (V8 itself compares no more
// than the length of the source) and by Node's version. It is written at the end of the first run that had none, when V8 has compiled
// what a run needs; a rejected one is replaced. A read-only installation runs without.

const { existsSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { dirname, join } = require('node:path')
const vm = require('node:vm')

const root = dirname(__dirname)
const bundles = {
  cli: join(root, 'packages/cli/dist/coord.cjs'),
  hook: join(root, 'hooks/dist/hook.cjs'),
  shell: join(root, 'hooks/dist/shell.cjs'),
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

/** Runs 'cli' or 'hook'; 'shell' is what these two load late. */
function load(name) {
  const bundle = bundles[name]
  const edition = Math.trunc(statSync(bundle).mtimeMs).toString(36)
  const cacheFile = bundle.replace(/cjs$/, `${edition}-${process.version}-${process.arch}.cache`)
  const cachedData = readIfThere(cacheFile)
  const script = new vm.Script(wrap(readFileSync(bundle, 'latin1')), {
    filename: bundle,
    ...(cachedData && { cachedData }),
  })
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => saveCache(cacheFile, script))
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle))
  return module.exports
}

module.exports = { buildIfStale, load }
