import { explain } from '@coordlog/coordination/why'
import { string } from '@oclif/core/args'
import { actingFlags, knownInstance } from '../acting/instance.js'
import { leaseKeys } from '../acting/paths.js'
import { defineCommand } from '../define.js'
import { pastFlags } from '../flags/position.js'
import { recordsConcerning } from '../history/concerning.js'
import { momentOf } from '../history/moment.js'
import { tellDamage, withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { nextCommands, whyLines } from '../views/why.js'

export const why = defineCommand({
  summary: 'explain why an edit of a file is refused, or is not',
  description:
    'Who holds it, the event that granted it, what renewed it, whom it refused, and when it comes free. Each statement names the events ' +
    'on which it rests; coord show N shows one. The rules are those of the present configuration, also with --at.',
  args: { path: string({ required: true, ignoreStdin: true, description: 'a file' }) },
  flags: { ...actingFlags, ...pastFlags },
  examples: [
    { does: 'after a refusal', line: 'coord why src/app.ts' },
    { does: 'as it was ten minutes ago', line: 'coord why src/app.ts --at "10m ago"' },
    {
      does: 'the events on which the answer rests',
      line: "coord why src/app.ts --json | jq '[.statements[].rests[]] | unique'",
    },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      const { paths, worktree } = leaseKeys(coordination, call, [args.path])
      const path = paths[0] ?? args.path
      const { state, present, sequence, damage } = await momentOf(coordination, flags.at)
      const by = knownInstance(state, context, flags.instance)
      const isRanked = coordination.policy.priority !== undefined
      const records = await recordsConcerning(coordination.place.directory, state, path, { by, isRanked })
      const explained = explain(records, {
        path,
        at: present.at,
        worktree,
        policy: coordination.policy,
        liveness: present.liveness,
        ...(by !== undefined && { by }),
      })
      const isPast = flags.at !== undefined
      const next = isPast ? [] : nextCommands(explained)
      await answer(call, { ...explained, at: present.at, sequence, next, ...(damage && { damage }) }, () =>
        whyLines(explained, present.at, isPast),
      )
      return tellDamage(call, damage)
    }),
})
