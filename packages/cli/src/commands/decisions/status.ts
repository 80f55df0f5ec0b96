import { decisionStatuses, limits } from '@coordlog/coordination/vocabulary'
import { option, string } from '@oclif/core/args'
import { unknownDecision } from '../../acting/decide.js'
import { actingFlags, executeAs } from '../../acting/instance.js'
import { publishDecisions } from '../../adr/publish.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { text } from '../../flags/kinds.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const decisionsStatus = defineCommand({
  summary: 'change the status of a decision',
  description: `One of: ${decisionStatuses.join(', ')}. The change is recorded with its author and reason.`,
  args: {
    id: string({ required: true, ignoreStdin: true, description: 'such as DEC-20260108-0001' }),
    status: option({ options: decisionStatuses })({
      required: true,
      ignoreStdin: true,
      description: decisionStatuses.join('|'),
    }),
  },
  flags: {
    reason: text('reason', limits.reason)({ summary: `why; recorded (at most ${limits.reason} characters)` }),
    ...actingFlags,
  },
  examples: [{ does: 'it is built', line: 'coord decisions status DEC-20260108-0001 implemented' }],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      const { id, status } = args
      const { reply, sequence } = await executeAs<'decision.status'>(coordination, context, flags.instance, (by) => ({
        type: 'decision.status',
        by,
        manual: true,
        id,
        status,
        ...(flags.reason !== undefined && { reason: flags.reason }),
      }))
      if (reply.kind === 'unknown-decision') throw unknownDecision(id, (await coordination.load()).state.decisions)
      await answer(call, { ok: true, sequence, id, status }, () => [`${id}: ${status}`])
      await publishDecisions(coordination, context)
      return exitCodes.done
    }),
})
