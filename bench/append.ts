import { join } from 'node:path'
import { startNode } from './children.js'
import { median, medianRatio, quantile, rounded } from './measure.js'
import type { Bar, Row, Table } from './results.js'
import type { Workbench } from './workbench.js'

/** Appends of single events, by one process and by eight at once, side by side with what else one could take. */

interface Sample {
  readonly elapsedMs: number
  readonly conflicts: number
  readonly latenciesUs: readonly number[]
}

/** What one store did in all rounds. */
interface Measured {
  readonly eventsPerSecond: number[]
  readonly latenciesUs: number[]
  conflicts: number
}

const any = 'coordlog, wherever the end is'
const exact = 'coordlog, at the exact sequence'
const sqlite = 'better-sqlite3'
const chained = 'better-sqlite3, the same work'
const lockfile = 'proper-lockfile + appendFileSync'
const plain = 'appendFileSync alone'

const sameWork =
  'better-sqlite3 inserts an event by one statement, which is its shortest transaction. "The same work" is what an append here does: BEGIN ' +
  'IMMEDIATE, the last sequence and hash, the line with its hash, INSERT, COMMIT. Bars are against the former.'

const roundMs = 500
const roundsFor: Readonly<Record<number, number>> = { 1: 7, 8: 5 }

export async function appendTables(bench: Workbench): Promise<Table[]> {
  const tables: Table[] = []
  for (const processes of [1, 8]) {
    for (const durability of ['durable', 'relaxed']) tables.push(await oneTable(bench, processes, durability))
  }
  return [...tables, await groupTable(bench)]
}

async function oneTable(bench: Workbench, processes: number, durability: string): Promise<Table> {
  const compared = bench.comparison.kind === 'there' ? [sqlite, chained, lockfile] : []
  const names = [any, exact, ...compared, plain]
  const measured = new Map<string, Measured>()
  for (const name of names) measured.set(name, { eventsPerSecond: [], latenciesUs: [], conflicts: 0 })
  for (let round = 0; round < (roundsFor[processes] ?? 1); round += 1) {
    for (const [index, name] of names.entries()) {
      const folder = join(bench.folder, `append-${processes}-${durability}-${index}`)
      const samples = await oneRound(name, folder, durability, processes)
      take(measured.get(name), samples)
    }
    bench.say(`append, ${processes} processes, ${durability}: round ${round + 1} done`)
  }
  return tableOf(bench, processes, durability, measured)
}

/** All processes are ready before the first begins. */
async function oneRound(
  name: string,
  folder: string,
  durability: string,
  processes: number,
  group = 1,
): Promise<Sample[]> {
  const writers = []
  for (let index = 0; index < processes; index += 1) {
    const args = [name, folder, durability, String(roundMs), String(index + 1), String(group)]
    const writer = startNode('appendChild', args)
    // The first one makes the directory; after that they start side by side.
    if (index === 0) await writer.line()
    writers.push(writer)
  }
  for (const writer of writers.slice(1)) await writer.line()
  for (const writer of writers) writer.say('go')
  const samples: Sample[] = []
  for (const writer of writers) samples.push(JSON.parse(await writer.line()))
  for (const writer of writers) await writer.end()
  return samples
}

function take(measured: Measured | undefined, samples: readonly Sample[]): void {
  if (measured === undefined) throw new Error('a store that is not measured')
  const events = samples.reduce((sum, { latenciesUs }) => sum + latenciesUs.length, 0)
  const elapsedMs = Math.max(...samples.map((sample) => sample.elapsedMs))
  measured.eventsPerSecond.push((events * 1000) / elapsedMs)
  for (const { latenciesUs, conflicts } of samples) {
    measured.latenciesUs.push(...latenciesUs)
    measured.conflicts += conflicts
  }
}

function tableOf(
  bench: Workbench,
  processes: number,
  durability: string,
  measured: ReadonlyMap<string, Measured>,
): Table {
  const isDurable = durability === 'durable'
  const sqliteMode = isDurable ? 'FULL' : 'NORMAL'
  const against = measured.get(sqlite)
  const rows: Row[] = [...measured].map(([name, { eventsPerSecond, latenciesUs, conflicts }]) => {
    const values = {
      store: name === sqlite ? `better-sqlite3, WAL, synchronous ${sqliteMode}` : name,
      'events/s': rounded(median(eventsPerSecond)),
      'p50 µs': quantile(latenciesUs, 0.5),
      'p99 µs': quantile(latenciesUs, 0.99),
      'conflicts per event': rounded(conflicts / latenciesUs.length),
      ...(against && { '× better-sqlite3': rounded(medianRatio(eventsPerSecond, against.eventsPerSecond)) }),
    }
    const bar = name === any ? barFor(processes, isDurable, measured) : undefined
    return { values, ...(bar && { bar }) }
  })
  return {
    title: `${durability}, ${processes === 1 ? 'one process' : `${processes} processes at once`}`,
    columns: ['store', 'events/s', 'p50 µs', 'p99 µs', 'conflicts per event', '× better-sqlite3'],
    rows,
    notes: bench.comparison.kind === 'there' ? [sameWork] : [`Not compared: ${bench.comparison.reason}`],
  }
}

function barFor(processes: number, isDurable: boolean, measured: ReadonlyMap<string, Measured>): Bar | undefined {
  const own = measured.get(any)?.eventsPerSecond
  const database = measured.get(sqlite)?.eventsPerSecond
  const locked = measured.get(lockfile)?.eventsPerSecond
  if (own === undefined || database === undefined || locked === undefined) return undefined
  const overDatabase = medianRatio(own, database)
  const overLocked = medianRatio(own, locked)
  if (processes === 1) {
    const least = isDurable ? 2 : 3
    const promise = `at least ${least} × better-sqlite3`
    return { promise, measured: `${rounded(overDatabase)} ×`, isHeld: overDatabase >= least }
  }
  return {
    promise: 'ahead of better-sqlite3 and of proper-lockfile',
    measured: `${rounded(overDatabase)} × and ${rounded(overLocked)} ×`,
    isHeld: overDatabase > 1 && overLocked > 1,
  }
}

const groups = [1, 8, 32, 256]
const groupWithBar = 256
const timesMin = 10

/** What the resident does with events that come at once. */
async function groupTable(bench: Workbench): Promise<Table> {
  const measured = groups.map((): Measured => ({ eventsPerSecond: [], latenciesUs: [], conflicts: 0 }))
  for (let round = 0; round < (roundsFor[1] ?? 1); round += 1) {
    for (const [index, group] of groups.entries()) {
      const [sample] = await oneRound(any, join(bench.folder, `append-group-${group}`), 'durable', 1, group)
      if (sample === undefined) throw new Error('no writer answered')
      const { latenciesUs, elapsedMs } = sample
      measured[index]?.eventsPerSecond.push((latenciesUs.length * group * 1000) / elapsedMs)
      measured[index]?.latenciesUs.push(...latenciesUs)
    }
  }
  const singles = measured[0]?.eventsPerSecond ?? []
  return {
    title: 'durable, one process, several events with one write and one sync',
    columns: ['events together', 'events/s', 'p50 µs', 'p99 µs', '× one by one'],
    rows: groups.map((group, index) => groupRow(group, measured[index], singles)),
    notes: [],
  }
}

function groupRow(group: number, measured: Measured | undefined, singles: number[]): Row {
  const { eventsPerSecond, latenciesUs } = measured ?? { eventsPerSecond: [], latenciesUs: [] }
  const times = medianRatio(eventsPerSecond, singles)
  const values = {
    'events together': group,
    'events/s': rounded(median(eventsPerSecond)),
    'p50 µs': quantile(latenciesUs, 0.5),
    'p99 µs': quantile(latenciesUs, 0.99),
    '× one by one': rounded(times),
  }
  if (group !== groupWithBar) return { values }
  const promise = `at least ${timesMin} × one by one`
  return { values, bar: { promise, measured: `${rounded(times)} ×`, isHeld: times >= timesMin } }
}
