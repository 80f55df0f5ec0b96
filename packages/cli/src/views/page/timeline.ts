import type { AuditReport, Span } from '@coordlog/coordination/audit/report'
import { formatDuration } from '@coordlog/coordination/duration'
import { timeText } from '../../output/times.js'
import { escaped, nameOf } from './markup.js'
import { ticksBetween } from './ticks.js'

/** The leases in time: a lane for each instance, in it one row for each lease held at once. */

const width = 1180
const left = 190
const rowHeight = 18
const laneGap = 10
/** Crosses stand below the bars. */
const crossesHeight = 14
const lanesMax = 40
const rowsInLaneMax = 6
const axisHeight = 26

interface Lane {
  instance: string
  role: string
  rows: Span[][]
  /** Spans that found no row. */
  hidden: number
  refusals: { at: string; path: string }[]
}

export function timeline(report: AuditReport): string {
  const { from, to } = report
  if (from === null || to === null || report.spans.length + report.waits.length === 0) return ''
  const start = Math.min(Date.parse(from.at), ...report.spans.map((span) => Date.parse(span.from)))
  const end = Math.max(start + 1_000, Date.parse(to.at))
  const x = (at: string) => left + ((Date.parse(at) - start) / (end - start)) * (width - left - 12)
  const lanes = lanesOf(report)
  const drawn: string[] = []
  let y = axisHeight
  for (const lane of lanes.slice(0, lanesMax)) {
    drawn.push(laneMarkup(lane, y, x, to.at))
    y += heightOf(lane) + laneGap
  }
  const ticks = ticksBetween(start, end).map(({ at, label }) => {
    const place = x(new Date(at).toISOString()).toFixed(1)
    return `<line class="grid" x1="${place}" x2="${place}" y1="18" y2="${y}"/><text class="soft" x="${place}" y="12" text-anchor="middle">${label}</text>`
  })
  const hidden = lanes.length - lanesMax
  return `<section><h2>Leases in time</h2>${legend}<div class="scroll"><svg viewBox="0 0 ${width} ${y}" role="img" aria-label="Leases of each instance in time; the tables below say the same">${patterns}${ticks.join('')}${drawn.join('')}</svg></div>${
    hidden > 0 ? `<p>${hidden} more instances are not drawn: those with the fewest leases.</p>` : ''
  }${report.spansLeftOut > 0 ? `<p>${report.spansLeftOut} earlier leases are not drawn.</p>` : ''}</section>`
}

const patterns =
  '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/><line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'

const legendEntries: readonly (readonly [string, string])[] = [
  ['<rect class="bar" x="1" y="1" width="24" height="12" rx="3"/>', 'held, then released'],
  ['<rect class="bar-taken" x="1" y="1" width="24" height="12" rx="3"/>', 'expired or taken over (hatched)'],
  ['<rect class="bar-forced" x="1" y="1" width="24" height="12" rx="3"/>', 'ended by force (dashed outline)'],
  ['<path class="bar" d="M1 1h17l7 6l-7 6h-17z"/>', 'still held (arrow)'],
  ['<path class="cross" d="M9 3l8 8M17 3l-8 8"/>', 'was refused'],
]
const legend = `<ul class="legend">${legendEntries.map(([mark, text]) => `<li><svg viewBox="0 0 26 14" aria-hidden="true">${patterns}${mark}</svg>${text}</li>`).join('')}</ul>`

/** Those with the most leases and refusals, in the order in which they first appear. */
function lanesOf({ spans, waits, sessions }: AuditReport): Lane[] {
  const lanes = new Map<string, Lane>()
  const roles = new Map(sessions.map(({ instance, role }) => [instance, role]))
  const laneOf = (instance: string) => {
    const known = lanes.get(instance)
    if (known !== undefined) return known
    const lane: Lane = { instance, role: roles.get(instance) ?? '', rows: [], hidden: 0, refusals: [] }
    lanes.set(instance, lane)
    return lane
  }
  for (const span of spans) place(laneOf(span.holder), span)
  for (const { by, at, path } of waits) laneOf(by).refusals.push({ at, path })
  const weight = ({ rows, hidden, refusals }: Lane) => rows.flat().length + hidden + refusals.length
  const chosen = new Set([...lanes.values()].sort((a, b) => weight(b) - weight(a)).slice(0, lanesMax))
  const rest = [...lanes.values()].filter((lane) => !chosen.has(lane))
  return [...[...lanes.values()].filter((lane) => chosen.has(lane)), ...rest]
}

/** Into the first row that is free by then. */
function place(lane: Lane, span: Span): void {
  const row = lane.rows.find((spans) => {
    const last = spans.at(-1)
    return last?.to != null && last.to <= span.from
  })
  if (row !== undefined) row.push(span)
  else if (lane.rows.length < rowsInLaneMax) lane.rows.push([span])
  else lane.hidden += 1
}

function heightOf({ rows, refusals }: Lane): number {
  return Math.max(rowHeight, rows.length * rowHeight + (refusals.length > 0 ? crossesHeight : 0))
}

function laneMarkup(lane: Lane, y: number, x: (at: string) => number, end: string): string {
  const height = heightOf(lane)
  const bars = lane.rows.flatMap((spans, row) => spans.map((span) => bar(span, y + row * rowHeight, x, end)))
  const crosses = lane.refusals.map(({ at, path }) => {
    const place = x(at)
    const top = y + lane.rows.length * rowHeight + 1
    return `<path class="cross" d="M${(place - 4).toFixed(1)} ${top}l8 8m0 -8l-8 8"><title>refused ${escaped(path)} at ${timeText(at)}</title></path>`
  })
  const more = lane.hidden > 0 ? ` (+${lane.hidden})` : ''
  const role = lane.role === '' ? '' : `<tspan class="soft"> ${escaped(lane.role.slice(0, 12))}</tspan>`
  const name = nameOf(lane.instance, lane.role === '' ? 25 : 17)
  return (
    `<g><title>${escaped(lane.instance)}</title><line class="lane" x1="0" x2="${width}" y1="${y + height + laneGap / 2}" y2="${y + height + laneGap / 2}"/>` +
    `<text x="0" y="${y + 13}">${escaped(name)}${role}${more}</text></g>${bars.join('')}${crosses.join('')}`
  )
}

function bar(span: Span, y: number, x: (at: string) => number, end: string): string {
  const from = x(span.from)
  const length = Math.max(3, x(span.to ?? end) - from)
  const kind = span.how === 'forced' ? '-forced' : /^taken over|expired|gone/.test(span.how) ? '-taken' : ''
  const height = rowHeight - 4
  const shape =
    span.to === null
      ? `<path class="bar" d="M${from.toFixed(1)} ${y}h${Math.max(1, length - 7).toFixed(1)}l7 ${height / 2}l-7 ${height / 2}h-${Math.max(1, length - 7).toFixed(1)}z"`
      : `<rect class="bar${kind}" x="${from.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="${height}" rx="3"`
  const told = `${span.path}: token ${span.token}, from ${timeText(span.from)}, ${formatDuration(span.ms)}, ${span.to === null ? 'still held' : span.how}`
  const room = Math.floor((length - 10) / 6.4)
  const label =
    room < 6
      ? ''
      : `<text class="in in${kind}" x="${(from + 5).toFixed(1)}" y="${y + 11}">${escaped(nameOf(span.path, room))}</text>`
  return `${shape}><title>${escaped(told)}</title>${span.to === null ? '</path>' : '</rect>'}${label}`
}
