#!/usr/bin/env node
// npm run mutations [-- NAME…]: breaks what coordlog promises, one promise at a time, in a copy, and shows that the ordinary tests
// notice. A break that no test catches, or that no longer fits the source, ends it with exit code 1.

import { spawnSync } from 'node:child_process'
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
import { bootstrap, root } from './bootstrap.mjs'

/** find: must stand exactly once in the file. tests: compiled files, tried in this order until one fails. */
const breaks = [
  {
    name: 'no lock',
    file: 'packages/log/src/head.ts',
    find: 'if (!engine.fs.tryLock(head.descriptor)) {',
    replace: 'if (engine.processId < 0) {',
    tests: ['packages/log/dist/test/campaign/races.test.js', 'packages/log/dist/test/campaign/kills.test.js'],
  },
  {
    name: 'acknowledge before the write',
    file: 'packages/log/src/tail.ts',
    find: 'const count = writeWholeLines(engine, open, place, batch)',
    replace:
      'const later = { ...batch, bytes: Buffer.from(batch.bytes) }\n  setImmediate(() => writeWholeLines(engine, open, place, later))\n  const count = batch.records.length',
    tests: ['packages/log/dist/test/campaign/crashes.test.js', 'packages/log/dist/test/campaign/kills.test.js'],
  },
  {
    name: 'no fsync',
    file: 'packages/log/src/tail.ts',
    find: "const mustSync = batch.isDurable || engine.durability === 'all'",
    replace: 'const mustSync = batch.isDurable && engine.processId < 0',
    tests: ['packages/log/dist/test/campaign/crashes.test.js', 'packages/log/dist/test/campaign/crashPoints.test.js'],
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
    tests: ['packages/log/dist/test/campaign/truncation.test.js', 'packages/log/dist/test/damage.test.js'],
  },
  {
    name: 'no inode check',
    file: 'packages/log/src/head.ts',
    find: 'return facts !== undefined && isSameFile(facts, head.facts)',
    replace: 'return facts === undefined || facts.inode >= 0',
    tests: ['packages/log/dist/test/campaign/hostile.test.js'],
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
    find: "return isAncestor(state, lease.holder, command.by) ? 'parent' : undefined",
    replace: "return isAncestor(state, lease.holder, command.by) || lease.established ? 'parent' : undefined",
    tests: ['packages/coordination/dist/test/takeovers.test.js', 'packages/coordination/dist/test/properties.test.js'],
  },
]

/** Of a test that a break keeps from ending. On a busy machine the longest one takes ten minutes without any. */
const testMsMax = 1_200_000

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
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: testMsMax, maxBuffer: 1 << 26 })
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

/** What became of one break: the test that noticed it, or why that cannot be said. */
function tryBreak(copy, { file, find, replace, tests }) {
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
    const noticed = tests.find((test) => node(copy, [test]).status !== 0)
    return noticed === undefined
      ? { caught: false, how: `none of ${tests.join(', ')} failed` }
      : { caught: true, how: noticed.replace('/dist/', '/').replace(/js$/, 'ts') }
  } finally {
    writeFileSync(path, source)
  }
}

/** A test that fails anyway would seem to catch everything. */
function failingUnbroken(copy, chosen) {
  const complaint = compile(copy)
  if (complaint !== undefined) return [complaint]
  return [...new Set(chosen.flatMap(({ tests }) => tests))].filter((test) => node(copy, [test]).status !== 0)
}

function main(names) {
  const prepared = bootstrap()
  if (prepared !== 0) return prepared
  const chosen = names.length === 0 ? breaks : breaks.filter(({ name }) => names.some((word) => name.includes(word)))
  const copy = copyTree()
  let missed = 0
  try {
    const failing = failingUnbroken(copy, chosen)
    if (failing.length > 0) {
      process.stdout.write(`Fails without any break, so it shows nothing: ${failing.join(', ')}\n`)
      return 1
    }
    for (const one of chosen) {
      const { caught, how } = tryBreak(copy, one)
      if (!caught) missed += 1
      process.stdout.write(`${caught ? 'caught' : 'MISSED'}  ${one.name}: ${how}\n`)
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
  process.stdout.write(`${chosen.length - missed} of ${chosen.length} breaks were caught\n`)
  return missed === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
