import { settle } from './observe.js'
import { type AuditReport, type PathRow, rowsMax, spansMax } from './report.js'
import { keep, longestWaits, type PathEntry, spanOf, type Tally } from './tally.js'

/** The report of what has been counted. The tally is used up. */
export function finish(tally: Tally): AuditReport {
  const end = tally.to?.at ?? ''
  for (const entry of tally.paths.values()) for (const span of entry.standing) keep(tally, entry, span)
  for (const [path, waiting] of tally.waiting) for (const by of waiting.keys()) settle(tally, path, by, 'open', end)
  const left = Math.max(0, tally.spans.length - spansMax)
  const { from, to, totals, types, takeovers, forced, decisions, repairs, bypasses } = tally
  return {
    from,
    to,
    totals,
    types: Object.fromEntries([...types].map(([type, { count }]) => [type, count])),
    sessions: sessionsOf(tally),
    paths: [...tally.paths.values()].sort(contested).slice(0, rowsMax).map(rowOf),
    hours: [...tally.hours.values()].sort((a, b) => (a.hour < b.hour ? -1 : 1)),
    heat: [...tally.heat]
      .map(([path, hours]) => ({ path, hours: { ...hours } }))
      .sort((a, b) => sum(b.hours) - sum(a.hours) || (a.path < b.path ? -1 : 1))
      .slice(0, rowsMax),
    pairs: [...tally.pairs.values()]
      .sort((a, b) => b.refusals + b.takeovers - a.refusals - a.takeovers)
      .slice(0, rowsMax),
    longestHeld: tally.longest.map(spanOf),
    outcomes: tally.outcomes,
    waits: longestWaits(tally.waits),
    takeovers: takeovers.slice(-rowsMax),
    forced: forced.slice(-rowsMax),
    decisions: decisions.slice(-rowsMax),
    repairs: repairs.slice(-rowsMax),
    bypasses: bypasses.slice(-rowsMax),
    spans: tally.spans
      .slice(left)
      .sort((a, b) => a.fromMs - b.fromMs || a.token - b.token)
      .map(spanOf),
    spansLeftOut: tally.spansLeftOut + left,
  }
}

/** With a path asked for: only those who had to do with it. */
function sessionsOf(tally: Tally): AuditReport['sessions'] {
  return [...tally.sessions.values()]
    .filter(({ events }) => events > 0)
    .map(({ paths, path: _path, ...row }) => ({ ...row, files: paths.size }))
}

function rowOf({ standing: _standing, ...row }: PathEntry): PathRow {
  return row
}

function contested(a: PathRow, b: PathRow): number {
  return b.refusals - a.refusals || b.takeovers - a.takeovers || b.grants - a.grants || (a.path < b.path ? -1 : 1)
}

function sum(hours: Record<string, number>): number {
  return Object.values(hours).reduce((total, count) => total + count, 0)
}
