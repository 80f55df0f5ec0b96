#!/usr/bin/env node
// From a fresh clone to something that runs: dependencies, TypeScript, bundles. Node built-ins only. Each step is skipped when
// nothing changed, so everything may call this at any time: npm test, npm run build, bin/coord.
//
//   node bin/dev/bootstrap.mjs                 exit 0 · 1 the sources do not compile · 78 the set-up cannot be done here
//   node bin/dev/bootstrap.mjs --background    the same in a process of its own, waited for only so long (hooks)

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { acquire, release } from './lockfile.mjs'

const require = createRequire(import.meta.url)
const { fingerprint, fingerprintFile } = require('./sources.cjs')

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const lockFile = join(root, 'dist/bootstrap.lock')
const stampFile = join(root, 'node_modules/.coordlog-stamp')
/** A hook's client gives up on it sooner or later; the set-up itself goes on. */
const backgroundMs = 20_000

class SetupError extends Error {
  constructor(exitCode, message) {
    super(message)
    this.exitCode = exitCode
  }
}

function say(text) {
  process.stderr.write(`coordlog: ${text}\n`)
}

/** The environment for everything but npm: certificates cost each Node start 65 ms. */
function quickEnvironment() {
  const { NODE_EXTRA_CA_CERTS, COORD_NODE_EXTRA_CA_CERTS, ...rest } = process.env
  return rest
}

function npmEnvironment() {
  const certificates = process.env.NODE_EXTRA_CA_CERTS ?? process.env.COORD_NODE_EXTRA_CA_CERTS
  return { ...quickEnvironment(), ...(certificates && { NODE_EXTRA_CA_CERTS: certificates }) }
}

/** Runs a program in the root without stdin. `status` is undefined when there is no such program. */
function run(command, args, env = quickEnvironment()) {
  const ended = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  })
  if (ended.error && ended.error.code !== 'ENOENT') throw ended.error
  return {
    status: ended.error ? undefined : (ended.status ?? 1),
    output: `${ended.stdout ?? ''}${ended.stderr ?? ''}`.trimEnd(),
  }
}

/** What node_modules was made for. Another lock file, Node or machine: install anew. */
function stamp() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const machine = `${process.versions.modules} ${process.platform} ${process.arch}`
  return `${createHash('sha256').update(lock).digest('hex')} ${machine}\n`
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function requireCompiler() {
  const compilers = process.env.CXX ? [process.env.CXX] : ['g++', 'c++', 'clang++']
  const needed = [['python3', 'python'], ['make', 'gmake'], compilers]
  const missing = needed
    .filter((names) => names.every((name) => run(name, ['--version']).status !== 0))
    .map(([name]) => name)
  if (missing.length === 0) return
  throw new SetupError(
    78,
    `fs-ext (flock) has to be compiled here and ${missing.join(', ')} cannot be found; install python3, make and g++ ` +
      '(Debian, Ubuntu: apt-get install python3 make g++; macOS: xcode-select --install) and run the same command again',
  )
}

function npm(args) {
  const ended = run('npm', args, npmEnvironment())
  if (ended.status === undefined)
    throw new SetupError(
      78,
      'npm cannot be found in PATH; it comes with Node: install it and run the same command again',
    )
  return ended
}

const flockLoads = () =>
  run(process.execPath, ['-e', "process.exit(typeof require('fs-ext').flockSync === 'function' ? 0 : 1)"]).status === 0

/** npm begins with removing what is there. An installation that fails must not leave less than there was before. */
function keepingWhatWorks(work) {
  const aside = join(root, 'dist/node_modules.before')
  const modules = join(root, 'node_modules')
  if (existsSync(aside)) {
    rmSync(modules, { recursive: true, force: true })
    renameSync(aside, modules)
  }
  if (existsSync(modules)) renameSync(modules, aside)
  try {
    work()
  } catch (error) {
    if (existsSync(aside)) {
      rmSync(modules, { recursive: true, force: true })
      renameSync(aside, modules)
    }
    throw error
  }
  rmSync(aside, { recursive: true, force: true })
}

function install() {
  requireCompiler()
  keepingWhatWorks(installModules)
  writeFileSync(stampFile, stamp())
}

function installModules() {
  const ended = npm(['ci', '--include=dev', '--no-audit', '--no-fund'])
  if (ended.status !== 0) {
    const lines = ended.output.split('\n').filter((line) => /^npm (error|ERR!)/.test(line))
    throw new SetupError(78, `"npm ci" in ${root} ended with ${ended.status}:\n${lines.slice(0, 12).join('\n')}`)
  }
  if (!flockLoads()) npm(['rebuild', 'fs-ext'])
  if (!flockLoads()) {
    throw new SetupError(
      78,
      `fs-ext was installed but not compiled; run: cd '${root}' && npm rebuild fs-ext --ignore-scripts=false`,
    )
  }
}

function compile() {
  const ended = run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'])
  if (ended.status !== 0) throw new SetupError(1, `the sources do not compile:\n${ended.output}`)
}

const bundlesAreFresh = () =>
  existsSync(join(root, 'packages/cli/dist/coord.cjs')) &&
  existsSync(join(root, 'hooks/dist/hook.cjs')) &&
  textOf(join(root, fingerprintFile)) === fingerprint(root)

function bundle() {
  const ended = run(process.execPath, [join(root, 'bin/dev/bundle.mjs')])
  if (ended.output) process.stderr.write(`${ended.output}\n`)
  if (ended.status !== 0) throw new SetupError(1, 'the bundles could not be made')
}

function setUp() {
  const mustInstall = textOf(stampFile) !== stamp()
  const mustBundle = mustInstall || !bundlesAreFresh()
  const startedMs = Date.now()
  if (mustInstall) say('first run, installing and building (about 20 s) …')
  else if (mustBundle) say('building …')
  if (mustInstall) install()
  compile()
  if (mustBundle) bundle()
  if (mustBundle) say(`done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`)
}

/** Sets everything up, or says why not. Returns the exit code. */
export function bootstrap() {
  mkdirSync(dirname(lockFile), { recursive: true })
  try {
    const stuck = acquire(lockFile, (pid) => say(`waiting for another set-up of this folder (process ${pid}) …`))
    if (stuck)
      throw new SetupError(
        78,
        `process ${stuck} has been setting this folder up for too long; end it, or remove ${lockFile}`,
      )
    try {
      setUp()
    } finally {
      release(lockFile)
    }
    return 0
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    return error.exitCode
  }
}

/** For hooks: starts the set-up on its own, so that a client which kills its hook does not kill the set-up. */
function bootstrapInBackground() {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { detached: true, stdio: 'ignore' })
  const timer = setTimeout(() => {
    say('still being set up; this call is not coordinated')
    process.exit(1)
  }, backgroundMs)
  child.on('exit', (code) => {
    clearTimeout(timer)
    if (code !== 0)
      say(`not set up, so this call is not coordinated; to see why, run: node '${fileURLToPath(import.meta.url)}'`)
    process.exitCode = code ?? 1
  })
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  if (process.argv[2] === '--background') bootstrapInBackground()
  else process.exitCode = bootstrap()
}
