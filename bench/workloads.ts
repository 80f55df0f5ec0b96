import { agentsTable } from './agents.js'
import { appendTables } from './append.js'
import { foldTable } from './fold.js'
import { guideTable } from './guide.js'
import { hookTables } from './hook.js'
import { libraryTable } from './library.js'
import { openTable } from './open.js'
import { recorderTables } from './recorder.js'
import { residentTables } from './resident.js'
import type { Table } from './results.js'
import { upkeepTable } from './upkeep.js'
import type { Workbench } from './workbench.js'

export interface Workload {
  /** Compared with what npm run bench installs beside this file. */
  readonly needsComparison: boolean
  /** Minutes and gigabytes: only by name, or with COORDLOG_BENCH=long. */
  readonly isLong: boolean
  run(bench: Workbench): Promise<Table[]>
}

/** In the order of the report. */
export const workloads: Readonly<Record<string, Workload>> = {
  append: { needsComparison: true, isLong: false, run: appendTables },
  fold: { needsComparison: false, isLong: false, run: async (bench) => [await foldTable(bench, 1_000_000, 5)] },
  open: {
    needsComparison: false,
    isLong: false,
    run: async (bench) => [await openTable(bench, [1_000, 100_000, 1_000_000])],
  },
  upkeep: { needsComparison: false, isLong: false, run: async (bench) => [await upkeepTable(bench, 1_000_000)] },
  recorder: { needsComparison: false, isLong: false, run: (bench) => recorderTables(bench, 1_000_000) },
  hook: { needsComparison: false, isLong: false, run: hookTables },
  guide: {
    needsComparison: false,
    isLong: false,
    run: async (bench) => [await guideTable(bench), await libraryTable(bench)],
  },
  agents: { needsComparison: false, isLong: false, run: async (bench) => [await agentsTable(bench)] },
  resident: { needsComparison: false, isLong: false, run: residentTables },
  'ten-million': {
    needsComparison: false,
    isLong: true,
    run: async (bench) => [await openTable(bench, [1_000, 10_000_000]), await foldTable(bench, 10_000_000, 1)],
  },
}
