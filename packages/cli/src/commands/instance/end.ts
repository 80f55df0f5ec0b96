import { shown } from '@coordlog/coordination/shownText'
import { limits } from '@coordlog/coordination/vocabulary'
import { actingFlags } from '../../acting/instance.js'
import { knownOrRefused } from '../../acting/known.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { refused } from '../../exit/failure.js'
import { text } from '../../flags/kinds.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const instanceEnd = defineCommand({
  summary: 'end an instance, its locks and its subagents',
  args: {},
  flags: {
    reason: text('reason', limits.reason)({ summary: `why; recorded (at most ${limits.reason} characters)` }),
    ...actingFlags,
  },
  examples: [
    { does: 'at the end of a script', line: 'coord instance end --reason "migration done"' },
    { does: 'end the one of a given id', line: 'coord instance end --instance manual-20260108-124532-a3f7b2d1' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { flags, context } = call
      const instance = await knownOrRefused(coordination, context, flags.instance)
      const { reply, sequence } = await coordination.execute<'instance.end'>({
        type: 'instance.end',
        by: instance,
        manual: true,
        instance,
        reason: flags.reason ?? 'by hand',
      })
      if (reply.kind === 'unknown-instance') {
        throw refused('unknown-instance', `Instance ${shown(instance)} has just ended.`, { instance })
      }
      const { ended, released } = reply
      await answer(call, { ok: true, sequence, ended, released }, () => [
        ...ended.map((id) => `Ended ${shown(id)}`),
        ...released.map(({ path, token }) => `Released ${shown(path)} (token ${token})`),
      ])
      return exitCodes.done
    }),
})
