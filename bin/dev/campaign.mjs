#!/usr/bin/env node
// npm run campaign [-- PATTERN…]: the crash, fault, race and property tests in their long form, all from one seed, which is printed.
// COORDLOG_SEED=N repeats a run. With patterns: only the files whose path contains one.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './bootstrap.mjs'

const files = [
  'campaign',
  'Race',
  'races',
  'coordination/test',
  'log/test/past',
  'agents/test/messages',
  'installSettings',
]
const patterns = process.argv.length > 2 ? process.argv.slice(2) : files

const { COORDLOG_SEED: wanted } = process.env
const seed = wanted ?? String(Date.now() % 1_000_000)
const long = {
  COORDLOG_CAMPAIGN: 'long',
  COORDLOG_SEED: seed,
  COORDLOG_TEST_SEED: seed,
  COORDLOG_TEST_ROUNDS: '1000',
  COORD_TEST_LINT: 'off',
}

process.stdout.write(`campaign: COORDLOG_SEED=${seed}\n`)
const ended = spawnSync(process.execPath, [join(root, 'bin/dev/test.mjs'), ...patterns], {
  env: { ...process.env, ...long },
  stdio: 'inherit',
})
process.stdout.write(`campaign: COORDLOG_SEED=${seed}, ${ended.status === 0 ? 'all held' : 'FAILED'}\n`)
process.exitCode = ended.status ?? 1
