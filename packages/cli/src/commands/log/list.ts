import type { Coordination } from '@coordlog/runtime/coordination'
import { option, string } from '@oclif/core/flags'
import { defineCommand } from '../../define.js'
import { usage } from '../../exit/failure.js'
import { eventTypeFlag } from '../../flags/eventType.js'
import { toggle, whole } from '../../flags/kinds.js'
import { type Position, positionFlag } from '../../flags/position.js'
import { pathTest } from '../../history/glob.js'
import { rolesKnownIn } from '../../history/roles.js'
import { type Selection, selector } from '../../history/selection.js'
import { tell } from '../../history/tell.js'
import { withCoordination } from '../../opened.js'
import { lineMaker } from '../../views/lineMaker.js'
import { placeholderList } from '../../views/template.js'

export const log = defineCommand({
  summary: 'show what happened, one event per line',
  description:
    'With --json one whole record per line (NDJSON). --since and --until take a time, "10m ago" or a sequence number, both ends ' +
    `included; times without a zone are UTC. A PATH with *, ** or ? is a pattern of paths from the repository's root. On a terminal ` +
    'times are relative and $COORD_PAGER, $PAGER or less pages. --format knows ' +
    `${placeholderList}, \\n and \\t.`,
  args: {},
  flags: {
    type: eventTypeFlag({ summary: 'only of this type or family (lock, decision, …); may be given several times' }),
    instance: string({ helpValue: 'ID', summary: 'only by or about this instance' }),
    role: string({ helpValue: 'ROLE', summary: 'only by instances of this role' }),
    path: string({ helpValue: 'PATH', summary: 'only about this file, or these' }),
    text: string({ helpValue: 'TEXT', summary: 'only with this in anything that it says; case does not matter' }),
    since: positionFlag('since')({ summary: 'from there on' }),
    until: positionFlag('until')({ summary: 'up to there' }),
    at: positionFlag('at')({ summary: 'the same as --until' }),
    limit: whole('limit', 1, 1_000_000)({ summary: 'the last N of them; default all' }),
    follow: toggle('and then each event as it comes, until interrupted'),
    times: option({ options: ['relative', 'utc'] as const })({ summary: 'default: relative on a terminal, else utc' }),
    format: string({ helpValue: 'TEMPLATE', summary: 'one line for each event, of placeholders and text' }),
  },
  examples: [
    { does: 'what happened last', line: 'coord log --limit 20' },
    { does: 'everything about one folder', line: "coord log --path 'src/**'" },
    { does: 'who was refused within the last hour', line: 'coord log --type lock.denied --since "1h ago"' },
    { does: 'your own columns', line: "coord log --format '{sequence} {ago} {by} {about}'" },
    { does: 'count events by type', line: 'coord log --json | jq -r .type | sort | uniq -c' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { type, instance, role, path, text, since, limit, follow } = call.flags
      const until = checkedEnd(call.flags)
      const narrowed: Selection = {
        ...(type && { types: type }),
        ...(instance !== undefined && { instance }),
        ...(role !== undefined && { role }),
        ...(path !== undefined && { isPath: pathTest(coordination, call, path) }),
        ...(text !== undefined && { text }),
        ...(until && { until }),
      }
      const roles = rolesKnownIn((await coordination.load()).state)
      const isWanted = selector({ ...narrowed, ...(since && { since }) }, coordination.clock.now(), roles)
      const isAll = Object.keys(narrowed).length === 0
      const first = Math.max(
        since?.kind === 'sequence' && role === undefined ? since.sequence : 1,
        isAll && limit && !since ? await firstOfLast(coordination, limit) : 1,
      )
      const lineOf = lineMaker(call, coordination.clock.now(), roles)
      return tell(call, coordination.log, { first, isWanted, lineOf, roles, limit, follow })
    }),
})

interface Ends {
  until: Position | undefined
  at: Position | undefined
  follow: boolean
}

function checkedEnd({ until, at, follow }: Ends): Position | undefined {
  if (until && at) throw usage('--at and --until mean the same; give one of them.')
  const end = until ?? at
  if (follow && end) throw usage('--follow has no end, so --until and --at make no sense with it.')
  return end
}

/** The last N of everything are where the log ends: no need to read what is before. */
async function firstOfLast({ load }: Coordination, limit: number): Promise<number> {
  const { sequence } = await load()
  return Math.max(1, sequence - limit + 1)
}
