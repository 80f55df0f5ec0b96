import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startNode } from './children.js'
import { median, medianRatio, rounded } from './measure.js'
import type { Bar, Row, Table } from './results.js'
import { logOf, type Workbench } from './workbench.js'

/** A whole history from the first event on, without snapshots, each line verified. */

interface Pass {
  readonly events: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssBytes: number
}

interface Way {
  readonly way: string
  /** What is promised of it, besides the figure. */
  readonly bars: readonly ('speed' | 'memory')[]
}

const bare = 'JSON.parse of each line, nothing else'
const ways: Readonly<Record<string, Way>> = {
  [bare]: { way: 'parse', bars: [] },
  'engine: chain and hashes verified, events counted': { way: 'count', bars: ['speed', 'memory'] },
  'engine and domain: the state that coord uses': { way: 'domain', bars: ['speed'] },
  'the same with a small heap, as coord verify, compact and replay do it': { way: 'small', bars: ['memory'] },
}

const shareMin = 0.6
const rssMbMax = 150

export async function foldTable(bench: Workbench, events: number, rounds: number): Promise<Table> {
  const directory = await logOf(bench, events)
  const passes = new Map<string, Pass[]>(Object.keys(ways).map((title) => [title, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [title, { way }] of Object.entries(ways)) passes.get(title)?.push(await onePass(way, directory, events))
    bench.say(`fold of ${events} events: round ${round + 1} of ${rounds} done`)
  }
  const parsed = passes.get(bare) ?? []
  return {
    title: `${events.toLocaleString('en')} events, ${Math.round(segmentBytes(directory) / events)} bytes each`,
    columns: ['way', 'events/s', 's', 'CPU s', 'speed, of the bare loop', 'the same in CPU time', 'peak MB'],
    rows: [...passes].flatMap(([title, ofThem]) => rowsOf(title, ofThem, parsed)),
    notes: [
      'The bare loop reads 1 MiB at a time, splits at newlines and parses: faster than readline or streams. Each pass is a process of its ' +
        'own; peak is the largest resident set, Node itself (about 45 MB) included.',
    ],
  }
}

function segmentBytes(directory: string): number {
  const folder = join(directory, 'segments')
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

async function onePass(way: string, directory: string, events: number): Promise<Pass> {
  const child = startNode('foldChild', [way, directory])
  const pass: Pass = JSON.parse(await child.line())
  await child.end()
  if (pass.events !== events) throw new Error(`${way} saw ${pass.events} of ${events} events`)
  return pass
}

/** One row with what was measured; what promises both speed and memory has a second one. */
function rowsOf(title: string, passes: readonly Pass[], parsed: readonly Pass[]): Row[] {
  const wallMs = passes.map((pass) => pass.wallMs)
  const speed = medianRatio(
    parsed.map((pass) => pass.wallMs),
    wallMs,
  )
  const inCpuTime = medianRatio(
    parsed.map((pass) => pass.cpuMs),
    passes.map((pass) => pass.cpuMs),
  )
  const peakMb = Math.max(...passes.map(({ rssBytes }) => rssBytes)) / 1e6
  const values = {
    way: title,
    'events/s': rounded((passes[0]?.events ?? 0) / (median(wallMs) / 1000)),
    s: rounded(median(wallMs) / 1000),
    'CPU s': rounded(median(passes.map((pass) => pass.cpuMs)) / 1000),
    'speed, of the bare loop': percent(speed),
    'the same in CPU time': percent(inCpuTime),
    'peak MB': rounded(peakMb),
  }
  const bars = (ways[title]?.bars ?? []).map((bar) => (bar === 'speed' ? atLeast(speed) : below(peakMb)))
  const [first, ...others] = bars
  return [
    { values, ...(first && { bar: first }) },
    ...others.map((bar) => ({ values: { way: `${title}: memory`, 'peak MB': rounded(peakMb) }, bar })),
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function atLeast(speed: number): Bar {
  return {
    promise: `at least ${percent(shareMin)} of the bare loop`,
    measured: percent(speed),
    isHeld: speed >= shareMin,
  }
}

function below(peakMb: number): Bar {
  return { promise: `below ${rssMbMax} MB`, measured: `${rounded(peakMb)} MB`, isHeld: peakMb < rssMbMax }
}
