import { formatDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import type { OtherHistory, Reckoning } from '../history/trial.js'
import { timeText } from '../output/times.js'

const rowsShown = 20

/** Both histories side by side, then the requests that would have come out otherwise. */
export function otherHistoryLines({
  from,
  to,
  changed,
  differences,
  editsPrevented,
  ...histories
}: OtherHistory): string[] {
  if (from === null) return ['No events.']
  const rows = reckoningRows.map(([what, value]) => [what, value(histories.happened), value(histories.wouldHave)])
  const lines = [['', 'as it was', 'as it would be'], ...rows].map(
    ([what = '', was = '', would = '']) => `  ${what.padEnd(36)}${was.padStart(12)}${would.padStart(17)}`,
  )
  const shownRows = differences.slice(0, rowsShown)
  return [
    `Events ${from} to ${to}, decided again:`,
    ...lines,
    `  Requests of a lock that would have come out otherwise: ${changed}. Edits that would have been stopped: ${editsPrevented}.`,
    ...shownRows.map(
      ({ sequence, at, by, paths, was, wouldBe }) =>
        `  event ${sequence}  ${timeText(at)}  ${shown(by)}  ${paths.map(shown).join(', ')}: ${was} → ${wouldBe}`,
    ),
    ...(changed > shownRows.length ? [`  … and ${changed - shownRows.length} more: coord what-if --json`] : []),
  ]
}

const reckoningRows: readonly (readonly [string, (reckoning: Reckoning) => string])[] = [
  ['Leases granted', ({ totals }) => String(totals.leases)],
  ['Refusals', ({ totals }) => String(totals.enforced)],
  ['Warnings instead', ({ totals }) => String(totals.refusals - totals.enforced)],
  ['Taken over when expired', ({ totals }) => String(totals.takeovers.expired)],
  ['Taken over from dead processes', ({ totals }) => String(totals.takeovers.dead)],
  ['Taken over from parents', ({ totals }) => String(totals.takeovers.parent)],
  ['Taken over by rank', ({ totals }) => String(totals.takeovers.priority)],
  ['Refused, and got it later', ({ outcomes }) => String(outcomes.granted)],
  ['Waited until then, all together', ({ waitedMs }) => formatDuration(waitedMs)],
  ['Edits without a lease', ({ totals }) => String(totals.bypasses)],
]
