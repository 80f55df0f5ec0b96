import type { AuditReport } from '@coordlog/coordination/audit/report'
import { escaped } from './markup.js'

const pathsMax = 20
const columnsMax = 24
const hourMs = 3_600_000

/** Refusals by file and time. The number stands in each cell; the shade only repeats it. */
export function heatMap({ heat }: AuditReport): string {
  const rows = heat.slice(0, pathsMax)
  const hours = rows.flatMap((row) => Object.keys(row.hours).map((hour) => Date.parse(`${hour}:00:00Z`)))
  if (hours.length === 0) return ''
  const first = hours.reduce((least, hour) => Math.min(least, hour), Number.POSITIVE_INFINITY)
  const last = hours.reduce((most, hour) => Math.max(most, hour), 0)
  const spanHours = Math.ceil(((last - first) / hourMs + 1) / columnsMax)
  const columns = Math.floor((last - first) / hourMs / spanHours) + 1
  const cells = rows.map((row) => {
    const counts = new Array<number>(columns).fill(0)
    for (const [hour, count] of Object.entries(row.hours)) {
      const column = Math.floor((Date.parse(`${hour}:00:00Z`) - first) / hourMs / spanHours)
      counts[column] = (counts[column] ?? 0) + count
    }
    return { path: row.path, counts }
  })
  const most = Math.max(...cells.flatMap(({ counts }) => counts))
  const head = Array.from(
    { length: columns },
    (_, column) => `<th scope="col">${columnLabel(first, spanHours, column)}</th>`,
  )
  const body = cells.map(
    ({ path, counts }) =>
      `<tr><th scope="row" class="code">${escaped(path)}</th>${counts.map((count) => cell(count, most)).join('')}</tr>`,
  )
  const unit = spanHours === 1 ? 'an hour' : `${spanHours} hours`
  return `<section><h2>Contention map</h2><p>Refusals of each file; a column is ${unit}, UTC.${heat.length > pathsMax ? ` The ${pathsMax} most contested of ${heat.length} files.` : ''}</p><div class="scroll"><table class="heat"><thead><tr><td></td>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></section>`
}

/** The date where it changes, and the hour. */
function columnLabel(first: number, spanHours: number, column: number): string {
  const iso = (index: number) => new Date(first + index * spanHours * hourMs).toISOString()
  const isNewDay = column === 0 || iso(column).slice(0, 10) !== iso(column - 1).slice(0, 10)
  return `${isNewDay ? `${iso(column).slice(5, 10)}<br>` : ''}${iso(column).slice(11, 13)}h`
}

function cell(count: number, most: number): string {
  if (count === 0) return '<td class="none">·</td>'
  return `<td style="background:rgba(var(--heat),${(0.12 + (0.48 * count) / most).toFixed(2)})">${count}</td>`
}
