import { type Change, type Difference, isEmpty } from '@coordlog/coordination/difference'
import { quoted, shown } from '@coordlog/coordination/shownText'
import type { LeaseRow } from '@coordlog/coordination/views'
import type { Moment } from '../history/moment.js'
import { timeText } from '../output/times.js'

const titles: Readonly<Record<string, string>> = { expiresAt: 'expires', cwd: 'folder', supersededBy: 'superseded by' }

/** One line each: + came, - went, ~ changed. */
export function differenceLines(difference: Difference, before: Moment, after: Moment): string[] {
  const { instances, locks, decisions, files } = difference
  const lines = [`From ${end(before)} to ${end(after)}`]
  if (isEmpty(difference)) return [...lines, 'No difference.']
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      'Instances',
      [
        ...instances.came.map((row) => `+ ${shown(row.id)}${task(row.task)}`),
        ...instances.left.map((row) => `- ${shown(row.id)}${task(row.task)}`),
        ...instances.changed.map(({ id, changes }) => `~ ${shown(id)}: ${told(changes)}`),
      ],
    ],
    [
      'Locks',
      [
        ...locks.taken.map((row) => `+ ${shown(row.path)}, ${holder(row)}`),
        ...locks.freed.map((row) => `- ${shown(row.path)}, ${holder(row)}`),
        ...locks.passed.map((pass) => `~ ${shown(pass.after.path)}: ${holder(pass.before)} → ${holder(pass.after)}`),
        ...locks.changed.map((lease) => `~ ${shown(lease.path)} (token ${lease.token}): ${told(lease.changes)}`),
      ],
    ],
    [
      'Decisions',
      [
        ...decisions.added.map(({ id, title, by }) => `+ ${shown(id)} ${quoted(title, 80)}, by ${shown(by)}`),
        ...decisions.changed.map(({ id, changes }) => `~ ${shown(id)}: ${told(changes)}`),
      ],
    ],
    ['Edited files', files.map(({ path, by, sequence }) => `~ ${shown(path)}, by ${shown(by)} (event ${sequence})`)],
  ]
  for (const [title, rows] of sections) {
    if (rows.length > 0) lines.push(`${title}:`, ...rows.map((row) => `  ${row}`))
  }
  return lines
}

function end({ sequence, present }: Moment): string {
  return `sequence ${sequence} (${timeText(present.at)})`
}

function holder({ holder: id, token }: LeaseRow): string {
  return `held by ${shown(id)} (token ${token})`
}

function task(text: string): string {
  return text === '' ? '' : `, task ${quoted(text, 80)}`
}

function told(changes: readonly Change[]): string {
  const value = (text: string) => (text === '' ? 'none' : shown(timeText(text)))
  return changes
    .map(({ what, before, after }) => `${titles[what] ?? what} ${value(before)} → ${value(after)}`)
    .join(', ')
}
