import type { Coordination } from '@coordlog/runtime/coordination'
import { option, string } from '@oclif/core/flags'
import { type Call, defineCommand, type GlobalValues } from '../../define.js'
import { usage } from '../../exit/failure.js'
import { eventTypeFlag } from '../../flags/eventType.js'
import { toggle, whole } from '../../flags/kinds.js'
import { type Position, positionFlag } from '../../flags/position.js'
import { firstSince, found, textsOf } from '../../history/found.js'
import { pathsAsked } from '../../history/glob.js'
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
      const { since, limit, follow, format } = call.flags
      const narrowed = narrowing(call, coordination)
      const { state, sequence } = await coordination.load()
      const roles = rolesKnownIn(state)
      const now = coordination.clock.now()
      const isWanted = selector({ ...narrowed, ...(since && { since }) }, now, roles)
      // Who had which role when is known only to who reads from the beginning.
      const isRoleAsked = narrowed.role !== undefined || format?.includes('{role}') === true
      const from = isRoleAsked ? 1 : await firstSince(coordination, since)
      const texts = isRoleAsked ? undefined : textsOf(narrowed)
      const known = found(coordination, { texts, from, to: sequence, isWanted, limit })
      const lineOf = lineMaker(call, now, roles)
      const first = known === undefined ? from : sequence + 1
      return tell(call, coordination.log, { first, isWanted, lineOf, roles, limit, known, follow })
    }),
})

interface Asked extends Ends {
  type: string[] | undefined
  instance: string | undefined
  role: string | undefined
  path: string | undefined
  text: string | undefined
}

function narrowing(call: Call<GlobalValues & Asked>, coordination: Coordination): Selection {
  const { type, instance, role, path, text } = call.flags
  const until = checkedEnd(call.flags)
  return {
    ...(type && { types: type }),
    ...(instance !== undefined && { instance }),
    ...(role !== undefined && { role }),
    ...(path !== undefined && pathsAsked(coordination, call, path)),
    ...(text !== undefined && { text }),
    ...(until && { until }),
  }
}

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
