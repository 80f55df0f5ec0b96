import type { Machine } from './machine.js'

/** A promise beside a measured row. */
export interface Bar {
  /** In words: "at least 2 × better-sqlite3 FULL". */
  readonly promise: string
  /** What was measured of it, with its unit. */
  readonly measured: string
  readonly isHeld: boolean
}

export type Value = number | string

export interface Row {
  /** Column title → value; a column that is missing was not measured. */
  readonly values: Readonly<Record<string, Value>>
  readonly bar?: Bar
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** What one has to know to read it, and what was not measured and why. */
  readonly notes: readonly string[]
}

/** One run of one workload. */
export interface Measured {
  /** ISO 8601, UTC. */
  readonly at: string
  readonly seconds: number
  readonly machine: Machine
  readonly tables: readonly Table[]
}

/** The content of results.json: workload → its last run. */
export type Results = Record<string, Measured>

export function missesIn(name: string, { tables }: Measured): string[] {
  return tables.flatMap(({ title, rows }) =>
    rows.flatMap(({ bar }) =>
      bar === undefined || bar.isHeld ? [] : [`${name}: ${title}: ${bar.promise}, measured ${bar.measured}`],
    ),
  )
}
