import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startNode } from './children.js'
import { rounded } from './measure.js'
import type { Table } from './results.js'
import { logOf, type Workbench } from './workbench.js'

/** What is done now and then, to a whole history: verify and compact. */

interface Done {
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssBytes: number
  readonly bytes: number
  readonly bytesAfter: number
}

const ways = ['verify', 'archive', 'drop'] as const

export async function upkeepTable(bench: Workbench, events: number): Promise<Table> {
  const original = await logOf(bench, events)
  const rows = []
  for (const way of ways) {
    const directory = join(bench.folder, `upkeep-${way}`)
    cpSync(original, directory, { recursive: true })
    const child = startNode('upkeepChild', [way, directory])
    const done: Done = JSON.parse(await child.line())
    await child.end()
    rmSync(directory, { recursive: true })
    const values = {
      what: way === 'verify' ? 'verify' : `compact, ${way}`,
      s: rounded(done.wallMs / 1000),
      'CPU s': rounded(done.cpuMs / 1000),
      'MB/s': rounded(done.bytes / 1000 / done.wallMs),
      'events/s': rounded(events / (done.wallMs / 1000)),
      'MB before': rounded(done.bytes / 1e6),
      'MB after': rounded(done.bytesAfter / 1e6),
      'peak MB': rounded(done.rssBytes / 1e6),
    }
    rows.push({ values })
  }
  return {
    title: `upkeep of ${events.toLocaleString('en')} events`,
    columns: ['what', 's', 'CPU s', 'MB/s', 'events/s', 'MB before', 'MB after', 'peak MB'],
    rows,
    notes: [
      'Once each, on a copy. Compaction folds everything before it touches anything, and appends go on meanwhile.',
    ],
  }
}
