import { shown } from '@coordlog/coordination/shownText'
import { randomId } from '@coordlog/runtime/identity'
import { actingFlags } from '../../acting/instance.js'
import { knownOrRefused } from '../../acting/known.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const instanceHeartbeat = defineCommand({
  summary: 'give a sign of life for an instance',
  description:
    'Every recorded act of an instance is a sign of life; this one is for scripts that are busy otherwise. It renews no lock.',
  args: {},
  flags: actingFlags,
  examples: [{ does: 'from a script with COORD_INSTANCE_ID set', line: 'coord instance heartbeat' }],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const by = await knownOrRefused(coordination, call.context, call.flags.instance)
      const { sequence } = await coordination.execute<'instance.heartbeat'>({
        type: 'instance.heartbeat',
        by,
        manual: true,
        minIntervalMs: 0,
        requestId: call.context.requestId ?? randomId(),
      })
      await answer(call, { ok: true, sequence, instance: by }, () => [`Sign of life of ${shown(by)} recorded`])
      return exitCodes.done
    }),
})
