import type { AuditReport } from '@coordlog/coordination/audit/report'
import { shown } from '@coordlog/coordination/shownText'
import { timeText } from '../output/times.js'
import { auditTables, type Table } from './auditTables.js'

const rowsShown = 20

export function stretchText({ from, to }: AuditReport): string {
  if (from === null || to === null) return 'No events.'
  return `Events ${from.sequence} to ${to.sequence}, ${timeText(from.at)} to ${timeText(to.at)}`
}

export function auditLines(report: AuditReport): string[] {
  return [`Audit: ${stretchText(report)}`, ...auditTables(report).flatMap((table) => ['', ...textTable(table)])]
}

function textTable({ title, header, rows, numbers }: Table): string[] {
  const cells = rows.slice(0, rowsShown).map((row) => row.map(shown))
  const widths = header.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [title, ...[header, ...cells].map((row) => `  ${line(row)}`), ...leftOut(rows).map((text) => `  ${text}`)]
}

function leftOut(rows: readonly unknown[]): string[] {
  return rows.length > rowsShown ? [`… and ${rows.length - rowsShown} more: coord audit --json`] : []
}

export function auditMarkdown(report: AuditReport): string[] {
  return [
    '# Audit',
    '',
    stretchText(report),
    ...auditTables(report).flatMap(({ title, header, rows, numbers }) => [
      '',
      `## ${title}`,
      '',
      markdownRow(header),
      `|${header.map((_, column) => (numbers.includes(column) ? ' ---: |' : ' --- |')).join('')}`,
      ...rows.slice(0, rowsShown).map(markdownRow),
      ...leftOut(rows).flatMap((text) => ['', text]),
    ]),
  ]
}

/** Nothing in a cell can end it, begin a link, an image or a tag, or be drawn as anything but itself. */
function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => shown(cell).replaceAll(/[\\`*_{}[\]<>()#|!~&]/g, '\\$&')).join(' | ')} |`
}
