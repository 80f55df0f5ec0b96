import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFileLog } from '@coordlog/log/fileLog'
import { quietEnvironment } from './children.js'
import { buildWorld, heldFile, type World, type WorldSize } from './hookWorld.js'
import { median, quantile, rounded } from './measure.js'
import type { Bar, Row, Table, Value } from './results.js'
import { type Run, type Sampler, startSampler, word } from './sampler.js'
import type { Workbench } from './workbench.js'

/** Whole processes as a client starts them: what does a hook cost, and what does the cost depend on? */

export const coord = word(join(import.meta.dirname, '../../bin/coord'))
/** A developer with three terminals. */
const base: WorldSize = { instances: 3, leases: 10, events: 1_000 }
const team: WorldSize = { ...base, instances: 50 }
const cpuMsOverNode = 25
const kilobyte = 1024

/** How a command gets there. */
type Way = 'direct' | 'resident'
const ways: readonly Way[] = ['direct', 'resident']

/** One thing that is measured: its command line anew for each run. */
interface Case {
  readonly title: string
  /** A reference is nothing of ours, so it has no resident. */
  readonly isReference: boolean
  command(): string
  readonly exitCode: number
}

type Runs = Map<string, Run[]>

function ours(title: string, command: () => string, exitCode = 0): Case {
  return { title, isReference: false, command, exitCode }
}

function hookCase(world: World, kind: 'grant' | 'refused' | 'heartbeat', contentBytes = kilobyte): Case {
  const size = contentBytes === kilobyte ? '' : `, payload of ${contentBytes / kilobyte} KB`
  return ours(`hook: ${kind}${size}`, () => `${coord} hook claude-code <${word(world.payload(kind, contentBytes))}`)
}

const references: readonly Case[] = [
  { title: 'bash -c :', isReference: true, command: () => 'bash -c :', exitCode: 0 },
  { title: 'node -e 0', isReference: true, command: () => `${word(process.execPath)} -e 0`, exitCode: 0 },
]

function commandCases(): Case[] {
  const decision = '--category=testing --title "Keep queries together" --description "One module has them."'
  return [
    ours('coord status', () => `${coord} status`),
    ours('coord status --json', () => `${coord} status --json`),
    ours('coord lock check', () => `${coord} lock check ${heldFile}`, 1),
    ours('coord lock release', () => `${coord} lock release src/free/nobody.ts --instance nobody`),
    ours('coord decisions add', () => `${coord} decisions add ${decision}`),
    ours('coord decisions list', () => `${coord} decisions list`),
  ]
}

export async function hookTables(bench: Workbench): Promise<Table[]> {
  const world = await buildWorld(bench, base)
  return [await commandsTable(bench, world), await sizesTable(bench), await clientsTable(bench, world)]
}

/** The resident of one world, as `coord serve` runs it. */
export async function withResident<T>(world: World, use: (pid: number) => Promise<T>): Promise<T> {
  const server = spawn('bash', ['-c', `exec ${coord} serve`], {
    cwd: world.repository,
    env: quietEnvironment(),
    stdio: 'ignore',
  })
  const ended = once(server, 'exit')
  try {
    for (let waitedMs = 0; !existsSync(join(world.directory, 'resident')); waitedMs += 50) {
      if (waitedMs > 10_000 || server.exitCode !== null) throw new Error('the resident did not start')
      await sleep(50)
    }
    return await use(server.pid ?? 0)
  } finally {
    server.kill('SIGTERM')
    await ended
  }
}

async function enter(bench: Workbench, world: World, name: string): Promise<Sampler> {
  const sampler = startSampler(bench.folder, name)
  await sampler.run(`cd ${word(world.repository)}`)
  return sampler
}

/** Standing in its repository. */
export async function withinWorld<T>(
  bench: Workbench,
  world: World,
  name: string,
  use: (sampler: Sampler) => Promise<T>,
): Promise<T> {
  const sampler = await enter(bench, world, name)
  try {
    return await use(sampler)
  } finally {
    await sampler.end()
  }
}

async function runOnce(sampler: Sampler, { title, command, exitCode }: Case, way: Way): Promise<Run> {
  const prefix = way === 'direct' ? 'COORD_RESIDENT=off ' : ''
  const run = await sampler.run(`${prefix}${command()} >/dev/null`)
  if (run.exitCode !== exitCode) throw new Error(`${title} (${way}) ended with ${run.exitCode}, not ${exitCode}`)
  return run
}

/** Every case each way, turn by turn. The first round is not counted: it finds cold files. */
async function interleaved(bench: Workbench, world: World, cases: readonly Case[], rounds: number): Promise<Runs> {
  const runs: Runs = new Map()
  const sampler = await enter(bench, world, 'one')
  try {
    for (let round = 0; round <= rounds; round += 1) await oneRound(sampler, cases, round > 0 ? runs : new Map())
  } finally {
    await sampler.end()
  }
  return runs
}

async function oneRound(sampler: Sampler, cases: readonly Case[], runs: Runs): Promise<void> {
  for (const each of cases) {
    for (const way of each.isReference ? ways.slice(0, 1) : ways) {
      const run = await runOnce(sampler, each, way)
      const key = `${each.title} ${way}`
      runs.set(key, [...(runs.get(key) ?? []), run])
    }
  }
}

const figureColumns = ['p50 ms', 'p99 ms', 'CPU ms']
const columnsOf = (way: Way): string[] => figureColumns.map((column) => `${way}: ${column}`)
const columns = [...ways.flatMap(columnsOf), 'direct: CPU over node -e 0, ms']

function figures(way: Way, runs: readonly Run[] | undefined): Record<string, Value> {
  if (runs === undefined) return {}
  const wallMs = runs.map((run) => run.wallMs)
  const values = [median(wallMs), quantile(wallMs, 0.99), median(runs.map((run) => run.cpuMs))]
  return Object.fromEntries(columnsOf(way).map((column, index) => [column, rounded(values[index] ?? 0)]))
}

function rowOf(heading: Record<string, Value>, each: Case, runs: Runs): Row {
  const direct = runs.get(`${each.title} direct`) ?? []
  const values = {
    ...heading,
    ...figures('direct', direct),
    ...figures('resident', runs.get(`${each.title} resident`)),
  }
  if (!each.title.startsWith('hook')) return { values }
  const bare = runs.get('node -e 0 direct') ?? []
  const over = median(direct.map(({ cpuMs }, index) => cpuMs - (bare[index]?.cpuMs ?? Number.NaN)))
  return { values: { ...values, 'direct: CPU over node -e 0, ms': rounded(over) }, bar: hookBar(over) }
}

function hookBar(overMs: number): Bar {
  const promise = `direct: at most ${cpuMsOverNode} ms CPU over node -e 0`
  return { promise, measured: `${rounded(overMs)} ms`, isHeld: overMs <= cpuMsOverNode }
}

async function commandsTable(bench: Workbench, world: World): Promise<Table> {
  const rounds = 100
  const kinds = ['grant', 'refused', 'heartbeat'] as const
  const hooks = [...kinds.map((kind) => hookCase(world, kind)), hookCase(world, 'grant', 200 * kilobyte)]
  const cases = [...references, ...hooks, ...commandCases()]
  const { runs, residentCpuMs } = await withResident(world, async (pid) => {
    const before = cpuMsOf(pid)
    const done = await interleaved(bench, world, cases, rounds)
    return { runs: done, residentCpuMs: cpuMsOf(pid) - before }
  })
  const asked = (rounds + 1) * cases.filter(({ isReference }) => !isReference).length
  return {
    title: `one call: ${base.instances} instances, ${base.leases} leases, ${base.events.toLocaleString('en')} events`,
    columns: ['command', ...columns],
    rows: cases.map((each) => rowOf({ command: each.title }, each, runs)),
    notes: [
      `${rounds} runs of each, turn by turn, from the fork to the wait of the shell that starts them; CPU is user and system time of ` +
        `the process and all it waits for. The resident itself used ${rounded(residentCpuMs / asked)} ms of CPU for each call on average, ` +
        'which stands in no row. "Direct" is COORD_RESIDENT=off.',
    ],
  }
}

/** proc(5): fields 14 and 15, in hundredths of a second, after a name that may hold anything. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const sizes: readonly WorldSize[] = [
  { ...base, instances: 1 },
  team,
  { ...base, instances: 500 },
  { ...team, leases: 10_000 },
  { ...team, events: 1_000_000 },
  { instances: 500, leases: 10_000, events: 1_000_000 },
]

async function sizesTable(bench: Workbench): Promise<Table> {
  const rounds = 30
  const rows: Row[] = []
  for (const size of sizes) {
    const heading = { instances: size.instances, leases: size.leases, events: size.events }
    const world = await buildWorld(bench, size)
    const cases = [hookCase(world, 'grant'), hookCase(world, 'refused')]
    const runs = await withResident(world, () => interleaved(bench, world, [...references, ...cases], rounds))
    const ofSize = cases.map((each) => rowOf({ ...heading, command: each.title }, each, runs))
    rows.push(...ofSize.map(({ values }) => ({ values })))
    bench.say(`hook: ${size.instances} instances, ${size.leases} leases, ${size.events} events done`)
  }
  return {
    title: 'what it depends on',
    columns: ['command', 'instances', 'leases', 'events', ...columns],
    rows,
    notes: [`${rounds} runs of each, turn by turn, so p99 is the slowest of them.`],
  }
}

async function clientsTable(bench: Workbench, world: World): Promise<Table> {
  const rows: Row[] = []
  await withResident(world, async () => {
    for (const clients of [1, 4, 16]) {
      const before = await grantsIn(world)
      const runs = await together(bench, world, clients)
      const lost = clients * (callsEach + 1) * ways.length - ((await grantsIn(world)) - before)
      const values = {
        'clients at once': clients,
        ...figures('direct', runs.direct),
        ...figures('resident', runs.resident),
        lost,
      }
      rows.push({ values, ...(clients === clientsWithBar && { bar: clientsBar(runs.resident, lost) }) })
    }
  })
  return {
    title: 'several clients ask for a lease at once',
    columns: ['clients at once', ...ways.flatMap(columnsOf), 'lost'],
    rows,
    notes: [`${callsEach} times all of them at the same moment, first all directly, then all through the resident.`],
  }
}

const callsEach = 12
const clientsWithBar = 16
const p99MsMax = 50

function clientsBar(runs: readonly Run[], lost: number): Bar {
  const p99 = quantile(
    runs.map((run) => run.wallMs),
    0.99,
  )
  const promise = `through the resident: p99 at most ${p99MsMax} ms, and nothing lost`
  return { promise, measured: `${rounded(p99)} ms, ${lost} lost`, isHeld: p99 <= p99MsMax && lost === 0 }
}

/** Leases granted in all of its history. */
async function grantsIn({ directory }: World): Promise<number> {
  const log = await openFileLog(directory)
  let count = 0
  for await (const { type } of log.read()) if (type === 'lock.acquired') count += 1
  log.close()
  return count
}

async function together(bench: Workbench, world: World, clients: number): Promise<Record<Way, Run[]>> {
  const runs: Record<Way, Run[]> = { direct: [], resident: [] }
  const grant = hookCase(world, 'grant')
  const samplers: Sampler[] = []
  for (let index = 0; index < clients; index += 1) samplers.push(await enter(bench, world, `client-${index}`))
  // One way after the other: what sixteen processes of Node leave to be done as they end is nothing that a resident's callers meet.
  for (const way of ways) {
    for (let round = 0; round <= callsEach; round += 1) {
      const ofAll = await Promise.all(samplers.map((sampler) => runOnce(sampler, grant, way)))
      if (round > 0) runs[way].push(...ofAll)
    }
  }
  for (const sampler of samplers) await sampler.end()
  return runs
}
