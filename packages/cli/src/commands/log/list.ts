import type { Coordination } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/flags'
import { leaseKeys } from '../../acting/paths.js'
import { defineCommand } from '../../define.js'
import { usage } from '../../exit/failure.js'
import { eventTypeFlag } from '../../flags/eventType.js'
import { toggle, whole } from '../../flags/kinds.js'
import { type Position, positionFlag } from '../../flags/position.js'
import { type Selection, selector } from '../../history/selection.js'
import { tell } from '../../history/tell.js'
import { withCoordination } from '../../opened.js'

export const log = defineCommand({
  summary: 'show what happened, one event per line',
  description:
    'With --json one whole record per line (NDJSON). --since and --until take a time, "10m ago" or a sequence number, both ends ' +
    'included; times without a zone are UTC.',
  args: {},
  flags: {
    type: eventTypeFlag({ summary: 'only of this type or family (lock, decision, …); may be given several times' }),
    instance: string({ helpValue: 'ID', summary: 'only by or about this instance' }),
    path: string({ helpValue: 'PATH', summary: 'only about this file' }),
    since: positionFlag('since')({ summary: 'from there on' }),
    until: positionFlag('until')({ summary: 'up to there' }),
    at: positionFlag('at')({ summary: 'the same as --until' }),
    limit: whole('limit', 1, 1_000_000)({ summary: 'the last N of them; default all' }),
    follow: toggle('and then each event as it comes, until interrupted'),
  },
  examples: [
    { does: 'what happened last', line: 'coord log --limit 20' },
    { does: 'everything about one file', line: 'coord log --path src/app.ts' },
    { does: 'who was refused within the last hour', line: 'coord log --type lock.denied --since "1h ago"' },
    { does: 'count events by type', line: 'coord log --json | jq -r .type | sort | uniq -c' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { type, instance, path, since, limit, follow } = call.flags
      const until = checkedEnd(call.flags)
      const narrowed: Selection = {
        ...(type && { types: type }),
        ...(instance !== undefined && { instance }),
        ...(path !== undefined && { path: leaseKeys(coordination, call, [path]).paths[0] ?? path }),
        ...(until && { until }),
      }
      const isWanted = selector({ ...narrowed, ...(since && { since }) }, coordination.clock.now())
      const isAll = Object.keys(narrowed).length === 0
      const first = Math.max(
        since?.kind === 'sequence' ? since.sequence : 1,
        isAll && limit ? await firstOfLast(coordination, limit) : 1,
      )
      return tell(call, coordination.log, { first, isWanted, limit, follow })
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
