import type { AuditReport } from '@coordlog/coordination/audit/report'
import { timeText } from '../output/times.js'
import { stretchText } from './audit.js'
import { auditTables, type Table } from './auditTables.js'
import { heatMap } from './page/heat.js'
import { escaped } from './page/markup.js'
import { pageStyle } from './page/style.js'
import { timeline } from './page/timeline.js'

export interface About {
  repository: string
  /** Path or pattern that was asked for. */
  path: string | undefined
  now: string
}

const rowsOpen = 15

/** One page that needs nothing else: no script, no request, and its own policy forbids both. */
export function auditPage(report: AuditReport, { repository, path, now }: About): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1)
  const [, ...tables] = auditTables(report)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,"><title>Audit of ${escaped(name)}</title><style>${pageStyle}</style></head>
<body><header><h1>Who did what in ${escaped(name)}</h1>
<p>${escaped(stretchText(report))}${path === undefined ? '' : `, only <span class="code">${escaped(path)}</span>`}. All times are UTC.</p>
${cards(report)}</header>
<main>${timeline(report)}${heatMap(report)}${tables.map(tableMarkup).join('')}</main>
<footer><p>Made by coord audit at ${timeText(now)}. What stands in quotation marks was written by the sessions themselves.</p></footer>
</body></html>`
}

function cards({ totals, outcomes }: AuditReport): string {
  const { takeovers } = totals
  const entries: readonly (readonly [number, string, string])[] = [
    [totals.sessions, 'sessions begun', `${totals.died} found dead or silent`],
    [totals.leases, 'leases granted', `${totals.events} events in all`],
    [totals.refusals, 'refusals', `${outcomes.granted} of those asked got the file later`],
    [
      takeovers.expired + takeovers.dead + takeovers.parent + takeovers.priority,
      'leases taken over',
      `${takeovers.expired} had expired`,
    ],
    [totals.forced, 'ended by force', `${totals.expired} more found expired`],
    [totals.edits, 'edits', `${totals.bypasses} files without a lease`],
    [totals.decisions, 'decisions', `${totals.repairs} repairs of the log`],
  ]
  return `<ul class="cards">${entries.map(([count, what, rest]) => `<li><b>${count}</b>${what}<small>${rest}</small></li>`).join('')}</ul>`
}

function tableMarkup({ title, header, rows, numbers }: Table): string {
  const className = (column: number) => (numbers.includes(column) ? ' class="number"' : '')
  const head = `<thead><tr>${header.map((cell, column) => `<th scope="col"${className(column)}>${escaped(cell)}</th>`).join('')}</tr></thead>`
  const row = (cells: readonly string[]) =>
    `<tr>${cells.map((cell, column) => `<td class="${cellClass(cell, numbers.includes(column))}">${escaped(cell)}</td>`).join('')}</tr>`
  const table = (some: readonly (readonly string[])[]) =>
    `<div class="scroll"><table>${head}<tbody>${some.map(row).join('')}</tbody></table></div>`
  const rest = rows.slice(rowsOpen)
  const more = rest.length === 0 ? '' : `<details><summary>${rest.length} more</summary>${table(rest)}</details>`
  return `<section><h2>${escaped(title)}</h2>${table(rows.slice(0, rowsOpen))}${more}</section>`
}

const tightCharacters = 36

function cellClass(cell: string, isNumber: boolean): string {
  if (isNumber) return 'number'
  return cell.length <= tightCharacters ? 'tight' : 'long'
}
