/** Runs compiled test files: a process each, as many at once as there are cores, each under a deadline. */

import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, type Outcome, outcomeOf, settingsOf } from './outcome.js'

export interface TestFile {
  /** Relative to the root, for people: packages/log/test/append.test.ts. */
  readonly source: string
  /** Absolute path of what node runs. */
  readonly compiled: string
  readonly text: string
}

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const running = new Set<number>()

/** Long campaigns take their time; the deadline of a file is for its short form. */
const patience = process.env['COORDLOG_CAMPAIGN'] === 'long' ? 30 : 1

/** The group of a test's process ends with it: no test leaves processes behind. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Tests see neither the certificates (65 ms per start) nor the agent or git hook inside which they may have been started. */
function testEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(COORD_|CLAUDE|GIT_|FORCE_COLOR$|NODE_EXTRA_CA_CERTS$)/.test(name),
  )
  return Object.fromEntries(kept)
}

/** Output goes to a file: a pipe would stay open as long as any process that a test left behind. */
function execute(file: TestFile, timeoutMs: number, outputFile: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const fd = openSync(outputFile, 'w')
    const child = spawn(process.execPath, ['--enable-source-maps', file.compiled], {
      detached: true,
      env: testEnvironment(),
      stdio: ['ignore', fd, fd],
    })
    closeSync(fd)
    const { pid } = child
    if (pid !== undefined) running.add(pid)
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) endGroup(pid)
    }, timeoutMs)
    child.on('error', reject)
    child.on('exit', (code) => {
      clearTimeout(timer)
      if (pid !== undefined) endGroup(pid)
      if (pid !== undefined) running.delete(pid)
      resolve({ code: code ?? undefined, timedOut, output: readFileSync(outputFile, 'utf8') })
    })
  })
}

function report(file: TestFile, outcome: Outcome, seconds: string, output: string): string {
  const bad = outcome.faults.length > 0 || outcome.failed > 0
  const counts = `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped, ${seconds} s`
  const lines = [`${bad ? 'FAIL' : 'ok  '} ${file.source}: ${counts}`, ...outcome.skipLines]
  if (bad) lines.push(...outcome.faults.map((fault) => `     ${fault}`), output.trimEnd(), `---- end of ${file.source}`)
  return `${lines.join('\n')}\n`
}

/** Runs the files, writes a line for each (and the output of those that fail), returns the sums. */
export async function runFiles(files: readonly TestFile[], write: (text: string) => void): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'coordlog-test-'))
  const stop = (): void => {
    for (const pid of running) endGroup(pid)
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const runOne = async (file: TestFile): Promise<void> => {
    const started = performance.now()
    const ended = await execute(
      file,
      settingsOf(file.text).timeoutMs * patience,
      join(folder, file.source.replaceAll('/', '_')),
    )
    const outcome = outcomeOf(ended)
    totals.passed += outcome.passed
    totals.failed += outcome.failed
    totals.skipped += outcome.skipped
    write(report(file, outcome, ((performance.now() - started) / 1000).toFixed(1), ended.output))
  }
  const queue = files.filter((file) => !settingsOf(file.text).alone)
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runOne(file)
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  for (const file of files.filter(({ text }) => settingsOf(text).alone)) await runOne(file)
  process.off('SIGINT', stop).off('SIGTERM', stop)
  rmSync(folder, { recursive: true, force: true })
  return totals
}
