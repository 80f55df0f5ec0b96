import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { compiled } from './children.js'
import { median, medianRatio, quantile, rounded } from './measure.js'
import type { Row, Table } from './results.js'
import { type Run, startSampler, word } from './sampler.js'
import { logOf, tailEvents, type Workbench } from './workbench.js'

/** From the start of Node to a folded state: does a long history make a process slower to start? */

const rounds = 15

const columns = ['events', 'wall ms', 'p99 ms', 'CPU ms', 'snapshot KB', '× one thousand']

export async function openTable(bench: Workbench, sizes: readonly number[]): Promise<Table> {
  const commands = new Map<number, string>([[0, `${word(process.execPath)} -e 0 >/dev/null`]])
  const snapshots = new Map<number, number>()
  const program = bundled('openChild')
  for (const events of sizes) {
    const directory = await logOf(bench, events)
    const command = [process.execPath, program, directory].map(word).join(' ')
    commands.set(events, `${command} >/dev/null`)
    snapshots.set(events, snapshotBytes(directory))
  }
  const runs = await interleaved(bench, commands)
  return {
    title: 'a process that opens and folds the log: snapshot and tail',
    columns,
    rows: [...runs].map(([events, ofThem]) => rowOf(events, ofThem, runs.get(1000), snapshots.get(events))),
    notes: [
      `Whole processes, ${rounds} of each, turn by turn. Each log has a snapshot ${tailEvents} events before its end, as it has on ` +
        'average. What grows with history is the state: its decisions are kept for ever, and stand in the snapshot.',
    ],
  }
}

/** As what is shipped: one file. Loaded module by module it would take longer than what is measured. */
function bundled(name: string): string {
  const outfile = join(import.meta.dirname, `${name}.cjs`)
  const options = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' } as const
  buildSync({ ...options, entryPoints: [compiled(name)], outfile, external: ['fs-ext'] })
  return outfile
}

function snapshotBytes(directory: string): number {
  const folder = join(directory, 'snapshots')
  return Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).size))
}

async function interleaved(bench: Workbench, commands: ReadonlyMap<number, string>): Promise<Map<number, Run[]>> {
  const runs = new Map<number, Run[]>([...commands.keys()].map((events) => [events, []]))
  const sampler = startSampler(bench.folder)
  // One round more than is counted: the first one finds cold files.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [events, command] of commands) {
      const run = await sampler.run(command)
      if (run.exitCode !== 0) throw new Error(`opening the log of ${events} events ended with ${run.exitCode}`)
      if (round > 0) runs.get(events)?.push(run)
    }
  }
  await sampler.end()
  return runs
}

function rowOf(events: number, runs: readonly Run[], thousand: readonly Run[] = [], snapshot?: number): Row {
  const wallMs = runs.map((run) => run.wallMs)
  const values = {
    events: events === 0 ? 'none: node -e 0' : events.toLocaleString('en'),
    'wall ms': rounded(median(wallMs)),
    'p99 ms': rounded(quantile(wallMs, 0.99)),
    'CPU ms': rounded(median(runs.map((run) => run.cpuMs))),
    ...(snapshot !== undefined && { 'snapshot KB': rounded(snapshot / 1024) }),
  }
  if (events <= 1000) return { values }
  const ratio = medianRatio(
    wallMs,
    thousand.map((run) => run.wallMs),
  )
  const withRatio = { ...values, '× one thousand': rounded(ratio) }
  if (events < 10_000_000) return { values: withRatio }
  const promise = 'at most 1.5 × one thousand events'
  return { values: withRatio, bar: { promise, measured: `${rounded(ratio)} ×`, isHeld: ratio <= 1.5 } }
}
