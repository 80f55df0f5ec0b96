/**
 * npm run bench [-- NAME …]: runs the named workloads (all but the long ones without a name), writes results.json and
 * RESULTS.md. Exit 0: every bar holds · 1: one was missed · 2: there is no such workload.
 */

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { machineFacts } from './machine.js'
import { report } from './report.js'
import { type Measured, missesIn, type Results } from './results.js'
import type { Comparison, Workbench } from './workbench.js'
import { type Workload, workloads } from './workloads.js'

const folder = dirname(import.meta.dirname)
const resultsFile = join(folder, 'results.json')
const reportFile = join(folder, 'RESULTS.md')

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

function chosen(names: readonly string[]): [string, Workload][] {
  const isLong = process.env['COORDLOG_BENCH'] === 'long'
  const all = Object.entries(workloads)
  if (names.length === 0) return all.filter(([, workload]) => isLong || !workload.isLong)
  return all.filter(([name]) => names.includes(name))
}

function comparison(): Comparison {
  const reason = process.env['COORDLOG_BENCH_NOT_INSTALLED']
  return reason === undefined ? { kind: 'there' } : { kind: 'missing', reason }
}

async function measured(name: string, workload: Workload, bench: Workbench): Promise<Measured> {
  const machine = machineFacts(bench.folder)
  const at = new Date().toISOString()
  say(`${name} …`)
  const start = performance.now()
  const tables = await workload.run(bench)
  return { at, seconds: Math.round((performance.now() - start) / 1000), machine, tables }
}

function keep(results: Results): void {
  writeWhole(resultsFile, `${JSON.stringify(results, null, 1)}\n`)
  writeWhole(reportFile, report(results, Object.keys(workloads)))
}

/** A run that is ended in between leaves what was there, not half of it. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.aside`, text)
  renameSync(`${file}.aside`, file)
}

function formerResults(): Results {
  if (!existsSync(resultsFile)) return {}
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Error(`${resultsFile} is no JSON (${error.message}). Remove it, or put it back from version control.`)
  }
}

/** One that fails does not take the others with it: what it measured before stays in the report, and the run fails. */
async function measuredOrNot(name: string, workload: Workload, bench: Workbench): Promise<Measured | string> {
  try {
    return await measured(name, workload, bench)
  } catch (error) {
    return `${name}: not measured: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The scratch folder may hold gigabytes. Children end with their standard input. */
function leave(tidyUp: () => void, signal: NodeJS.Signals): never {
  tidyUp()
  say(`ended by ${signal}; what was measured before is written`)
  process.exit(1)
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(workloads, name))
  if (unknown.length > 0) {
    say(`no workload ${unknown.join(', ')}; there are: ${Object.keys(workloads).join(', ')}`)
    return 2
  }
  const results = formerResults()
  const bench: Workbench = { folder: mkdtempSync(join(tmpdir(), 'coordlog-bench-')), comparison: comparison(), say }
  const tidyUp = (): void => rmSync(bench.folder, { recursive: true, force: true })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leave(tidyUp, signal))
  const missed: string[] = []
  try {
    for (const [name, workload] of chosen(names)) {
      const result = await measuredOrNot(name, workload, bench)
      if (typeof result === 'string') missed.push(result)
      else {
        results[name] = result
        missed.push(...missesIn(name, result))
        keep(results)
      }
    }
  } finally {
    tidyUp()
  }
  for (const miss of missed) say(`missed: ${miss}`)
  say(`written to bench/RESULTS.md; ${missed.length} bars missed`)
  return missed.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
