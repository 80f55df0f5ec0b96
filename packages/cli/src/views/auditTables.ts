import type { AuditReport } from '@coordlog/coordination/audit/report'
import { formatDuration } from '@coordlog/coordination/duration'
import { quoted } from '@coordlog/coordination/shownText'
import { timeText } from '../output/times.js'

/** The report as tables, shared by text, Markdown and the page. Cells are not yet escaped. */
export interface Table {
  title: string
  header: readonly string[]
  rows: readonly (readonly string[])[]
  /** Columns of numbers, which stand on the right. */
  numbers: readonly number[]
}

export function auditTables(report: AuditReport): Table[] {
  return [
    totalsTable(report),
    sessionsTable(report),
    pathsTable(report),
    pairsTable(report),
    hoursTable(report),
    longestTable(report),
    waitsTable(report),
    ...eventTables(report),
  ].filter(({ rows }) => rows.length > 0)
}

function totalsTable({ totals, outcomes }: AuditReport): Table {
  const { takeovers } = totals
  const rows: readonly (readonly [string, number, string])[] = [
    ['Events', totals.events, ''],
    ['Sessions begun', totals.sessions, died(totals.died)],
    ['Leases granted', totals.leases, `in ${totals.grants} events`],
    [
      'Refusals',
      totals.refusals,
      `${totals.enforced} stopped an edit; of those who were refused ${outcomes.granted} got the file later, ${outcomes.ended} ended first, ${outcomes.open} still wait`,
    ],
    [
      'Leases taken over',
      takeovers.expired + takeovers.dead + takeovers.parent + takeovers.priority,
      `${takeovers.expired} expired, ${takeovers.dead} of dead processes, ${takeovers.parent} of parents, ${takeovers.priority} by rank`,
    ],
    ['Leases found expired', totals.expired, 'by a cleanup'],
    ['Leases ended by force', totals.forced, ''],
    ['Edits', totals.edits, `${totals.bypasses} files without a lease`],
    ['Edits of unread changes', totals.unseen, 'stopped once'],
    ['Decisions', totals.decisions, ''],
    ['Repairs of the log', totals.repairs, ''],
  ]
  return {
    title: 'Totals',
    header: ['What', 'Count', ''],
    numbers: [1],
    rows: rows.map(([what, count, rest]) => [what, String(count), rest]),
  }
}

function died(count: number): string {
  return count === 0 ? '' : `${count} ended because their process was gone or silent`
}

function sessionsTable({ sessions }: AuditReport): Table {
  return {
    title: 'Sessions',
    header: ['Instance', 'Role', 'Task', 'Began', 'Ended', 'Events', 'Locks', 'Refused', 'Edits', 'Files'],
    numbers: [5, 6, 7, 8, 9],
    rows: sessions.map((row) => [
      row.instance,
      row.role,
      row.task === '' ? '' : quoted(row.task, 60),
      row.registeredAt === null ? 'before' : timeText(row.registeredAt),
      row.ended === null ? 'still here' : `${timeText(row.ended.at)}, ${row.ended.reason}`,
      ...[row.events, row.grants, row.refusals, row.edits, row.files].map(String),
    ]),
  }
}

function pathsTable({ paths }: AuditReport): Table {
  return {
    title: 'Files by contention',
    header: ['File', 'Refused', 'Taken over', 'Locked', 'Edits', 'Editors', 'Held for'],
    numbers: [1, 2, 3, 4, 5],
    rows: paths.map((row) => [
      row.path,
      ...[row.refusals, row.takeovers, row.grants, row.edits, row.editors].map(String),
      formatDuration(row.heldMs),
    ]),
  }
}

function pairsTable({ pairs }: AuditReport): Table {
  return {
    title: 'Who stood in whose way',
    header: ['Asked', 'Held', 'Refused', 'Taken over'],
    numbers: [2, 3],
    rows: pairs.map(({ by, holder, refusals, takeovers }) => [by, holder, String(refusals), String(takeovers)]),
  }
}

function hoursTable({ hours }: AuditReport): Table {
  return {
    title: 'By hour (UTC)',
    header: ['Hour', 'Locks', 'Refused', 'Edits'],
    numbers: [1, 2, 3],
    rows: hours.map(({ hour, grants, refusals, edits }) => [
      `${hour.replace('T', ' ')}:00`,
      ...[grants, refusals, edits].map(String),
    ]),
  }
}

function longestTable({ longestHeld }: AuditReport): Table {
  return {
    title: 'Longest held',
    header: ['File', 'Holder', 'Token', 'From', 'For', 'How it ended'],
    numbers: [2],
    rows: longestHeld.map(({ path, holder, token, from, ms, how, to }) => [
      path,
      holder,
      String(token),
      timeText(from),
      formatDuration(ms),
      to === null ? 'still held' : how,
    ]),
  }
}

const outcomeTexts = { granted: 'got it', ended: 'session ended', open: 'still waiting', 'let-through': 'warned only' }

function waitsTable({ waits }: AuditReport): Table {
  return {
    title: 'What became of refusals, longest first',
    header: ['Event', 'Instance', 'File', 'Asked', 'Outcome', 'After'],
    numbers: [0, 3],
    rows: waits.map(({ sequence, by, path, refusals, outcome, waitedMs }) => [
      String(sequence),
      by,
      path,
      String(refusals),
      outcomeTexts[outcome],
      formatDuration(waitedMs),
    ]),
  }
}

function eventTables({ takeovers, forced, decisions, repairs, bypasses }: AuditReport): Table[] {
  const numbers = [0]
  return [
    {
      title: 'Leases taken over',
      header: ['Event', 'When', 'By', 'From', 'File', 'Because'],
      numbers,
      rows: takeovers.map((row) => [String(row.sequence), timeText(row.at), row.by, row.holder, row.path, row.cause]),
    },
    {
      title: 'Leases ended by force',
      header: ['Event', 'When', 'By', 'From', 'File', 'Reason'],
      numbers,
      rows: forced.map(({ sequence, at, by, holder, path, reason }) => [
        String(sequence),
        timeText(at),
        by,
        holder,
        path,
        reason === '' ? '' : quoted(reason, 100),
      ]),
    },
    {
      title: 'Edits without a lease',
      header: ['Event', 'When', 'By', 'File', 'Tool', 'Held by'],
      numbers,
      rows: bypasses.map(({ sequence, at, by, path, tool, holder }) => [
        String(sequence),
        timeText(at),
        by ?? 'unknown',
        path,
        tool,
        holder ?? '',
      ]),
    },
    {
      title: 'Decisions',
      header: ['Event', 'When', 'By', 'Decision', 'Category', 'Title'],
      numbers,
      rows: decisions.map((row) => [
        String(row.sequence),
        timeText(row.at),
        row.by,
        row.id,
        row.category,
        quoted(row.title, 100),
      ]),
    },
    {
      title: 'Repairs of the log',
      header: ['Event', 'When', 'What', 'Details'],
      numbers,
      rows: repairs.map((row) => [String(row.sequence), timeText(row.at), row.type, row.what]),
    },
  ]
}
