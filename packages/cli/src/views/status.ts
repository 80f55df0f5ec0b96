import { formatDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import type { InstanceRow, LeaseRow, Present, StatusView } from '@coordlog/coordination/views'
import { orNone } from '../output/columns.js'
import { relative, timeText } from '../output/times.js'

/** The guide's text: its labels, in its order. What it does not have stands below, and only when it is asked for. */
export function statusLines(view: StatusView, present: Present, verbose: boolean): string[] {
  const lines = [`Active Instances: ${view.instances.length}`]
  for (const instance of view.instances) lines.push('', ...instanceLines(instance, view.locks, present, verbose))
  lines.push(...bypassLines(view, present))
  if (!verbose) return lines
  const expired = view.locks.filter((lock) => lock.expired)
  if (expired.length > 0) {
    lines.push('', `Expired Locks: ${expired.length}`)
    for (const lock of expired) lines.push(`  - ${shown(lock.path)} (${lockFacts(lock, present)}; may be taken)`)
  }
  return [...lines, '', `Decisions: ${view.decisions}`, `Sequence: ${view.sequence}`]
}

/** Only where there are any: it should not happen. */
function bypassLines({ bypasses }: StatusView, { at }: Present): string[] {
  if (bypasses.length === 0) return []
  return [
    '',
    `Changed Behind a Lock: ${bypasses.length}`,
    ...bypasses.map(
      ({ path, holder, suspect, at: when, sequence }) =>
        `  - ${shown(path)} of ${shown(holder)}, by ${suspect === undefined ? 'somebody unknown' : shown(suspect)}, ` +
        `noticed ${relative(when, at)} (event ${sequence})`,
    ),
  ]
}

function instanceLines(row: InstanceRow, locks: readonly LeaseRow[], present: Present, verbose: boolean): string[] {
  const isGone = row.status === 'stale' || row.status === 'crashed'
  return [
    `Instance: ${shown(row.id)}`,
    `  Role: ${shown(orNone(row.role))}`,
    `  Task: ${shown(orNone(row.task))}`,
    ...(isGone ? [`  Status: ${row.status} (${whyGone(row, present)}; coord lock cleanup ends it)`] : []),
    ...(verbose && !isGone ? [`  Status: ${row.status}`] : []),
    ...(verbose ? instanceFacts(row, present) : []),
    `  Files Locked: ${row.filesLocked.length}`,
    ...(row.filesLocked.length > 0 ? ['  Locked Files:'] : []),
    ...row.filesLocked.map((path) => {
      const lock = verbose ? locks.find((each) => each.path === path && each.holder === row.id) : undefined
      return `    - ${shown(path)}${lock === undefined ? '' : ` (${lockFacts(lock, present)})`}`
    }),
  ]
}

function whyGone(row: InstanceRow, present: Present): string {
  if (row.status === 'crashed') return 'its process is gone'
  return `no sign of life for ${formatDuration(Date.parse(present.at) - Date.parse(row.lastSeenAt))}`
}

function lockFacts(lock: LeaseRow, present: Present): string {
  return `token ${lock.token}, expires ${relative(lock.expiresAt, present.at)}`
}

/** Everything else that is known of an instance, one labelled line each. */
export function instanceFacts(row: InstanceRow, { at }: Present): string[] {
  return [
    `  Last Seen: ${timeText(row.lastSeenAt)} (${relative(row.lastSeenAt, at)})`,
    `  Registered: ${timeText(row.registeredAt)} (${relative(row.registeredAt, at)})`,
    ...(row.endedAt === undefined
      ? []
      : [`  Ended: ${timeText(row.endedAt)} (${relative(row.endedAt, at)}): ${shown(orNone(row.endReason))}`]),
    `  Worktree: ${shown(row.worktree)}`,
    `  Branch: ${shown(orNone(row.branch))}`,
    ...(row.parent === undefined ? [] : [`  Parent: ${shown(row.parent)}`]),
    `  Host: ${shown(row.host)}`,
    `  Process: ${row.pid === undefined ? 'unknown' : `${row.pid} (${row.liveness})`}`,
  ]
}
