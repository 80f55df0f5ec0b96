import type { AuditReport, Span } from '@coordlog/coordination/audit/report'
import { formatDuration } from '@coordlog/coordination/duration'
import { timeText } from '../../output/times.js'
import { escaped, nameOf } from './markup.js'
import { type Tick, ticksBetween } from './ticks.js'

/**
 * The leases in time: a lane for each instance, in it one row for each lease held at once. Places are shares of the width, so that
 * the same picture fits a wall and a telephone.
 */

const rowHeight = 13
const barHeight = 10
/** Above the bars stands whose they are, below them what it was refused. */
const nameHeight = 17
const crossesHeight = 13
const laneGap = 9
const lanesMax = 40
const rowsInLaneMax = 4
const axisHeight = 34
/** Names stand in bars only where the page is at least so wide. */
const namedWidth = 900
const characterWidth = 6.4

/** A time as a share of the width, in percent. */
type Place = (at: string) => number

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
  const place: Place = (at) => ((Date.parse(at) - start) / (end - start)) * 100
  const lanes = lanesOf(report)
  const drawn: string[] = []
  let y = axisHeight
  for (const lane of lanes.slice(0, lanesMax)) {
    drawn.push(laneMarkup(lane, y, place, to.at))
    y += heightOf(lane) + laneGap
  }
  const ticks = ticksBetween(start, end).map((tick, index) => tickMarkup(tick, index, place, y))
  const hidden = lanes.length - lanesMax
  const label = 'Leases of each instance in time; the tables below say the same'
  return `<section><h2>Leases in time</h2>${legend}<svg class="plot" height="${y}" role="img" aria-label="${label}">${patterns}${ticks.join('')}${drawn.join('')}</svg>${
    hidden > 0 ? `<p>${hidden} more instances are not drawn: those with the fewest leases.</p>` : ''
  }${report.spansLeftOut > 0 ? `<p>${report.spansLeftOut} earlier leases are not drawn.</p>` : ''}</section>`
}

/** The date above the time, where it changes. A narrow page names every second one. */
function tickMarkup({ at, date, time }: Tick, index: number, place: Place, height: number): string {
  const x = percent(place(new Date(at).toISOString()))
  const anchor = Number.parseFloat(x) > 95 ? 'end' : Number.parseFloat(x) < 4 ? 'start' : 'middle'
  const text = (y: number, label: string) => `<text x="${x}" y="${y}" text-anchor="${anchor}">${label}</text>`
  const dated = date === undefined ? '' : text(10, date)
  return `<line class="grid" x1="${x}" x2="${x}" y1="28" y2="${height}"/><g class="soft${index % 2 === 1 ? ' odd' : ''}">${dated}${text(23, time)}</g>`
}

function percent(share: number): string {
  return `${share.toFixed(2)}%`
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
const legend = `<ul class="legend">${legendEntries.map(([mark, text]) => `<li><svg viewBox="0 0 26 14" aria-hidden="true">${patterns}${mark}</svg>${text}</li>`).join('')}<li><strong>+3</strong> so many more at the same time, not drawn</li></ul>`

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
  return nameHeight + rows.length * rowHeight + (refusals.length > 0 ? crossesHeight : 0)
}

function laneMarkup(lane: Lane, y: number, place: Place, end: string): string {
  const bottom = y + heightOf(lane) + laneGap / 2
  const top = y + nameHeight
  const bars = lane.rows.flatMap((spans, row) => spans.map((span) => bar(span, top + row * rowHeight, place, end)))
  const below = top + lane.rows.length * rowHeight + crossesHeight - 3
  const crosses = lane.refusals.map(({ at, path }) => {
    const told = `refused ${escaped(path)} at ${timeText(at)}`
    return `<text class="cross" x="${percent(place(at))}" y="${below}" text-anchor="middle">×<title>${told}</title></text>`
  })
  const more = lane.hidden > 0 ? ` +${lane.hidden}` : ''
  const soft = `${lane.role === '' ? '' : ` ${escaped(lane.role.slice(0, 12))}`}${more}`
  return (
    `<line class="lane" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/>${bars.join('')}${crosses.join('')}` +
    `<text class="name" x="0" y="${y + 11}">${escaped(nameOf(lane.instance, 32))}<tspan class="soft">${soft}</tspan><title>${escaped(lane.instance)}</title></text>`
  )
}

function bar(span: Span, y: number, place: Place, end: string): string {
  const from = place(span.from)
  const share = Math.max(0.05, place(span.to ?? end) - from)
  const kind = span.how === 'forced' ? '-forced' : /^taken over|expired|gone/.test(span.how) ? '-taken' : ''
  const told = `${span.path}: token ${span.token}, from ${timeText(span.from)}, ${formatDuration(span.ms)}, ${span.to === null ? 'still held' : span.how}`
  const shape = `<rect class="bar${kind}" x="${percent(from)}" y="${y}" width="${percent(share)}" height="${barHeight}" rx="2"><title>${escaped(told)}</title></rect>`
  const half = barHeight / 2
  const head = `<svg x="${percent(from + share)}" y="${y}" width="8" height="${barHeight}"><path class="head" d="M0 0l7 ${half}l-7 ${half}z"/></svg>`
  return `${shape}${span.to === null ? head : ''}${nameIn(span, kind, y, from, share)}`
}

function nameIn(span: Span, kind: string, y: number, from: number, share: number): string {
  const room = Math.floor(((share / 100) * namedWidth - 8) / characterWidth)
  if (room < 9) return ''
  return `<svg x="${percent(from)}" y="${y}" width="${percent(share)}" height="${barHeight}"><text class="in in${kind}" x="4" y="8.5">${escaped(nameOf(span.path, room))}</text></svg>`
}
