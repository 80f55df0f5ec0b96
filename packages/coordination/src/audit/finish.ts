import { settle } from './observe.js'
import { type AuditReport, type PathRow, rowsMax, spansMax } from './report.js'
import { keep, type Tally } from './tally.js'

/** The report of what has been counted. The tally is used up. */
export function finish(tally: Tally): AuditReport {
  const end = tally.to?.at ?? ''
  for (const span of [...tally.standing.values()].flat()) keep(tally, span)
  for (const key of [...tally.waiting.keys()]) settle(tally, key, 'open', end)
  const left = Math.max(0, tally.spans.length - spansMax)
  const { from, to, totals, types, takeovers, forced, decisions, repairs, bypasses } = tally
  const outcomes = { granted: 0, ended: 0, open: 0, 'let-through': 0 }
  for (const { outcome } of tally.waits) outcomes[outcome] += 1
  return {
    from,
    to,
    totals,
    types: { ...types },
    sessions: sessionsOf(tally),
    paths: [...tally.paths.values()].map(pathRow).sort(contested).slice(0, rowsMax),
    hours: [...tally.hours.values()].sort((a, b) => (a.hour < b.hour ? -1 : 1)),
    heat: [...tally.heat]
      .map(([path, hours]) => ({ path, hours: { ...hours } }))
      .sort((a, b) => sum(b.hours) - sum(a.hours) || (a.path < b.path ? -1 : 1))
      .slice(0, rowsMax),
    pairs: [...tally.pairs.values()]
      .sort((a, b) => b.refusals + b.takeovers - a.refusals - a.takeovers)
      .slice(0, rowsMax),
    longestHeld: tally.longest,
    outcomes,
    waits: tally.waits.toSorted((a, b) => b.waitedMs - a.waitedMs || a.sequence - b.sequence).slice(0, rowsMax),
    takeovers: takeovers.slice(-rowsMax),
    forced: forced.slice(-rowsMax),
    decisions: decisions.slice(-rowsMax),
    repairs: repairs.slice(-rowsMax),
    bypasses: bypasses.slice(-rowsMax),
    spans: tally.spans.slice(left).sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.token - b.token)),
    spansLeftOut: tally.spansLeftOut + left,
  }
}

/** With a path asked for: only those who had to do with it. */
function sessionsOf(tally: Tally): AuditReport['sessions'] {
  return [...tally.sessions.values()]
    .filter(({ events }) => events > 0)
    .map(({ paths, ...row }) => ({ ...row, files: paths.size }))
}

function pathRow({ who, ...row }: PathRow & { who: Set<string> }): PathRow {
  return { ...row, editors: who.size }
}

function contested(a: PathRow, b: PathRow): number {
  return b.refusals - a.refusals || b.takeovers - a.takeovers || b.grants - a.grants || (a.path < b.path ? -1 : 1)
}

function sum(hours: Record<string, number>): number {
  return Object.values(hours).reduce((total, count) => total + count, 0)
}
