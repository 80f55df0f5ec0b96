import type { Machine } from './machine.js'
import type { Bar, Measured, Results, Row, Table } from './results.js'

/** RESULTS.md from results.json, both written by the run. */

const head = `# Measured

Written by \`npm run bench\`; do not edit. \`npm run bench -- NAME …\` measures some workloads again and leaves the others as they
are. What is compared was measured in one run, turn by turn (A B C A B C …), so that whatever else the machine does meets
all of them; figures are medians, ratios are medians of the ratios of neighbours. A bar is a promise; "missed" fails the run.
`

export function report(results: Results, order: readonly string[]): string {
  const sections = order.flatMap((name) => {
    const measured = results[name]
    return measured === undefined ? [] : [section(name, measured)]
  })
  return `${[head, ...sections].join('\n')}`
}

function section(name: string, { at, seconds, machine, tables }: Measured): string {
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s`
  return [`## ${name}\n`, `${when} · ${machineLine(machine)}\n`, ...tables.map(tableText)].join('\n')
}

function machineLine({ cpu, cores, memoryGib, system, fileSystem, node, load }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGib} GiB · ${system} · ${fileSystem} · Node ${node} · load ${load} at the start`
}

function tableText({ title, columns, rows, notes }: Table): string {
  const hasBars = rows.some(({ bar }) => bar !== undefined)
  const heads = hasBars ? [...columns, 'bar'] : columns
  const lines = [
    line(heads),
    line(heads.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(cellsOf(row, columns, hasBars))),
  ]
  return [`### ${title}\n`, ...lines, '', ...notes.flatMap((note) => [note, ''])].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function cellsOf({ values, bar }: Row, columns: readonly string[], hasBars: boolean): string[] {
  const cells = columns.map((column) => text(values[column]))
  return hasBars ? [...cells, barText(bar)] : cells
}

function text(value: Row['values'][string] | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 3 }) : value
}

function barText(bar: Bar | undefined): string {
  if (bar === undefined) return ''
  return bar.isHeld ? `held: ${bar.promise} (${bar.measured})` : `**missed**: ${bar.promise} (${bar.measured})`
}
