#!/usr/bin/env node
// npm run mutations [-- NAME…]: breaks what coordlog promises, one promise at a time, in a copy, and shows that the ordinary tests
// notice. NAME: only the breaks whose name contains it. A break that no test catches, or that no longer fits the source, ends it with
// exit code 1. Each line is printed as soon as it is known.

import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootstrap, root } from './bootstrap.mjs'

/** find: must stand exactly once in the file. tests: compiled files, tried in this order until one fails; the quick ones first. */
export const breaks = [
  {
    name: 'no lock',
    file: 'packages/log/src/head.ts',
    find: 'if (!engine.fs.tryLock(head.descriptor)) {',
    replace: 'if (engine.processId < 0) {',
    tests: [
      'packages/log/dist/test/lock.test.js',
      'packages/log/dist/test/campaign/races.test.js',
      'packages/log/dist/test/campaign/kills.test.js',
    ],
  },
  {
    name: 'acknowledge before the write',
    file: 'packages/log/src/tail.ts',
    find: 'const count = writeWholeLines(engine, open, place, batch)',
    replace:
      'const later = { ...batch, bytes: Buffer.from(batch.bytes) }\n  setImmediate(() => writeWholeLines(engine, open, place, later))\n  const count = batch.records.length',
    tests: [
      'packages/log/dist/test/campaign/crashPoints.test.js',
      'packages/log/dist/test/contract/fileLog.test.js',
      'packages/log/dist/test/campaign/crashes.test.js',
      'packages/log/dist/test/campaign/kills.test.js',
    ],
  },
  {
    name: 'no fsync',
    file: 'packages/log/src/tail.ts',
    find: "const mustSync = batch.isDurable || engine.durability === 'all'",
    replace: 'const mustSync = batch.isDurable && engine.processId < 0',
    tests: ['packages/log/dist/test/campaign/crashPoints.test.js', 'packages/log/dist/test/campaign/crashes.test.js'],
  },
  {
    name: 'no chain',
    file: 'packages/log/src/chain.ts',
    find: 'if (hexEquals(hash, bytes, suffix + SUFFIX_OPENING.length)) return hash\n  const found',
    replace: 'if (previous !== undefined) return hash\n  const found',
    tests: ['packages/log/dist/test/campaign/flips.test.js', 'packages/log/dist/test/damage.test.js'],
  },
  {
    name: 'skip corrupt lines',
    file: 'packages/log/src/chain.ts',
    find: "if (typeof hash === 'string') return { consumed: start, bad: hash }",
    replace: "if (typeof hash === 'string') {\n      start = end + 1\n      continue\n    }",
    tests: ['packages/log/dist/test/damage.test.js', 'packages/log/dist/test/campaign/flips.test.js'],
  },
  {
    name: 'sums are not compared',
    file: 'packages/log/src/sealCheck.ts',
    find: 'return found === sha256 ?',
    replace: 'return found.length === sha256.length ?',
    tests: ['packages/log/dist/test/seals.test.js'],
  },
  {
    name: 'weak token',
    file: 'packages/coordination/src/decide/release.ts',
    find: 'if (token === undefined) return undefined',
    replace: 'if (token === undefined || paths.length > 0) return undefined',
    tests: ['packages/coordination/dist/test/leases.test.js', 'packages/coordination/dist/test/properties.test.js'],
  },
  {
    name: 'no repair',
    file: 'packages/log/src/recovery.ts',
    find: 'if (survey.torn !== undefined) cutTorn(desk, survey, survey.torn.bytes, time)',
    replace: 'if (survey.torn !== undefined && time === "") cutTorn(desk, survey, survey.torn.bytes, time)',
    tests: ['packages/log/dist/test/damage.test.js', 'packages/log/dist/test/campaign/truncation.test.js'],
  },
  {
    name: 'no inode check',
    file: 'packages/log/src/head.ts',
    find: 'return facts !== undefined && isSameFile(facts, head.facts)',
    replace: 'return facts !== undefined && head.facts.inode >= 0',
    tests: ['packages/log/dist/test/campaign/hostile.test.js', 'packages/log/dist/test/campaign/twoLocks.test.js'],
  },
  {
    name: 'no look at where a line landed',
    file: 'packages/log/src/tail.ts',
    find: 'if (start !== note.offset) throw',
    replace: 'if (start < 0) throw',
    tests: ['packages/log/dist/test/campaign/twoLocks.test.js', 'packages/log/dist/test/campaign/trust.test.js'],
  },
  {
    name: 'an expired lease is still held',
    file: 'packages/coordination/src/lookup.ts',
    find: 'return lease.expiresAt <= at',
    replace: 'return lease.expiresAt < at',
    tests: ['packages/coordination/dist/test/leases.test.js', 'packages/coordination/dist/test/takeovers.test.js'],
  },
  {
    name: 'a stranger may take over',
    file: 'packages/coordination/src/decide/acquire.ts',
    find: "if (isAncestor(state, lease.holder, command.by)) return 'parent'",
    replace: "if (isAncestor(state, lease.holder, command.by) || lease.established) return 'parent'",
    tests: ['packages/coordination/dist/test/takeovers.test.js', 'packages/coordination/dist/test/properties.test.js'],
  },
]

/** Of a test file as it is. A break may keep it from ending: then it gets four times what it took before, within these bounds. */
const unbrokenMsMax = 300_000
const [brokenMsMin, brokenMsMax] = [20_000, 120_000]
/** From the first mark of a failed test on, for uvu to say which one it was. */
const namingMs = 10_000

/** The sources with what was compiled from them; packages of our own lead into the copy, all others to the original. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'coordlog-mutations-'))
  // A test runs some of it as another user.
  chmodSync(copy, 0o755)
  for (const path of ['package.json', 'tsconfig.base.json']) cpSync(join(root, path), join(copy, path))
  for (const name of ['log', 'coordination']) {
    cpSync(join(root, 'packages', name), join(copy, 'packages', name), { recursive: true })
  }
  const modules = join(root, 'node_modules')
  mkdirSync(join(copy, 'node_modules', '@coordlog'), { recursive: true })
  for (const name of readdirSync(modules)) {
    if (name !== '@coordlog' && !name.startsWith('.'))
      symlinkSync(join(modules, name), join(copy, 'node_modules', name))
  }
  for (const name of ['log', 'coordination']) {
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules', '@coordlog', name))
  }
  return copy
}

function node(copy, args) {
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 26 })
}

function compile(copy) {
  const ended = node(copy, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    'packages/log',
    'packages/coordination',
  ])
  return ended.status === 0 ? undefined : ended.stdout.trim()
}

/** Runs one compiled test file, with all that it starts, until it ends, has marked a failed test, or its time is over. */
function runTest(copy, test, msMax) {
  const started = performance.now()
  const child = spawn(process.execPath, [test], { cwd: copy, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let isOver = false
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  const deadline = setTimeout(() => {
    isOver = true
    end()
  }, msMax)
  let naming
  const take = (text) => {
    output += text
    if (output.includes('✘')) naming ??= setTimeout(end, namingMs)
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', end)
    child.on('close', (status) => {
      clearTimeout(deadline)
      clearTimeout(naming)
      const ms = performance.now() - started
      const failed = /FAIL {2}.*?"(.*)"/.exec(output)?.[1]
      const isFailed = status !== 0
      resolve({ isFailed, ms, how: isOver ? `did not end within ${seconds(msMax)}` : (failed ?? 'ended early') })
    })
  })
}

function seconds(ms) {
  return `${Math.round(ms / 1000)} s`
}

/** What became of one break: the test that noticed it, or why that cannot be said. `unbroken`: how long each file took without it. */
async function tryBreak(copy, { file, find, replace, tests }, unbroken) {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  if (source.split(find).length !== 2) return { caught: false, how: `"${find}" does not stand once in ${file}` }
  writeFileSync(
    path,
    source.replace(find, () => replace),
  )
  try {
    const complaint = compile(copy)
    if (complaint !== undefined) return { caught: false, how: `it does not compile: ${complaint}` }
    for (const test of tests) {
      const msMax = Math.min(Math.max(4 * (unbroken.get(test) ?? 0), brokenMsMin), brokenMsMax)
      const { isFailed, how } = await runTest(copy, test, msMax)
      if (isFailed) return { caught: true, how: `${sourceOf(test)}: ${how}` }
    }
    return { caught: false, how: `none of ${tests.map(sourceOf).join(', ')} failed` }
  } finally {
    writeFileSync(path, source)
  }
}

function sourceOf(test) {
  return test.replace('/dist/', '/').replace(/js$/, 'ts')
}

/** How long each test file takes. One that fails anyway would seem to catch everything: undefined then, and it is said. */
async function timesUnbroken(copy, chosen) {
  const complaint = compile(copy)
  if (complaint !== undefined) {
    process.stdout.write(`It does not compile without any break: ${complaint}\n`)
    return undefined
  }
  const times = new Map()
  for (const test of new Set(chosen.flatMap(({ tests }) => tests))) {
    const { isFailed, ms, how } = await runTest(copy, test, unbrokenMsMax)
    process.stdout.write(`as it is  ${sourceOf(test)}: ${isFailed ? how : seconds(ms)}\n`)
    if (isFailed) {
      process.stdout.write('Fails without any break, so it shows nothing.\n')
      return undefined
    }
    times.set(test, ms)
  }
  return times
}

async function main(names) {
  const prepared = bootstrap()
  if (prepared !== 0) return prepared
  const chosen = names.length === 0 ? breaks : breaks.filter(({ name }) => names.some((word) => name.includes(word)))
  if (chosen.length === 0) {
    process.stderr.write(`No break has such a name. They are: ${breaks.map(({ name }) => name).join(', ')}\n`)
    return 2
  }
  const copy = copyTree()
  let missed = 0
  try {
    const unbroken = await timesUnbroken(copy, chosen)
    if (unbroken === undefined) return 1
    for (const one of chosen) {
      const { caught, how } = await tryBreak(copy, one, unbroken)
      if (!caught) missed += 1
      process.stdout.write(`${caught ? 'caught' : 'MISSED'}  ${one.name}: ${how}\n`)
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
  process.stdout.write(`${chosen.length - missed} of ${chosen.length} breaks were caught\n`)
  return missed === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
