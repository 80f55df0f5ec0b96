import type { Granted, Notice } from '@coordlog/coordination/commands'
import { quoted, shown } from '@coordlog/coordination/shownText'
import { relative, timeAndAge } from '../output/times.js'

export const takeoverTexts = {
  expired: 'its lock had expired',
  dead: 'its process is gone',
  parent: 'it is a parent of this instance',
  priority: 'this instance ranks above it for that file (lock.priority), it was told, and the grace was over',
} as const

/** For machines. With several paths each has a token of its own; `token` and `expiresAt` are those of the first to end. */
export function grantDocument({ leases, takenFrom, notices }: Granted, sequence: number): object {
  const first = leases.toSorted((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1))[0]
  return {
    ok: true,
    sequence,
    token: first?.token,
    paths: leases.map(({ path }) => path),
    expiresAt: first?.expiresAt,
    leases,
    takenFrom,
    notices,
  }
}

export function grantLines({ leases }: Granted, now: string): string[] {
  return leases.map(
    ({ path, token, expiresAt }) => `Locked ${shown(path)} (token ${token}, expires ${timeAndAge(expiresAt, now)})`,
  )
}

/** What is worth knowing before the file is edited. */
export function grantNotes({ takenFrom, notices }: Granted, now: string): string[] {
  return [
    ...takenFrom.map(
      ({ path, holder, token, cause }) =>
        `Note: ${shown(path)} was taken over from instance ${shown(holder)} (token ${token}): ${takeoverTexts[cause]}.`,
    ),
    ...notices.map((notice) => noticeText(notice, now)),
  ]
}

function noticeText(notice: Notice, now: string): string {
  if (notice.kind === 'other-worktree') {
    const { path, holder, worktree } = notice.refusal
    return `Note: ${shown(path)} is also locked by instance ${shown(holder)} in ${shown(worktree)}; a merge will have to bring both together.`
  }
  const { path, edit, task, otherWorktree } = notice
  const where = otherWorktree ? ` in ${shown(edit.worktree)}` : ''
  const why = task === '' ? '' : `, task ${quoted(task, 100)}`
  return `Note: ${shown(path)} was edited${where} ${relative(edit.at, now)} by instance ${shown(edit.by)}${why}; read it again first.`
}
