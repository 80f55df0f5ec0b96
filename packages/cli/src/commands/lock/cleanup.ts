import { shown } from '@coordlog/coordination/shownText'
import { actingFlags, knownInstance, namedInstance } from '../../acting/instance.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { withCoordination } from '../../opened.js'
import { answer, note, writeLines } from '../../output/answer.js'
import { compatFlag } from '../../output/compat.js'
import { relative } from '../../output/times.js'

export const lockCleanup = defineCommand({
  summary: 'end crashed and stale instances and expired locks',
  description:
    'An instance is ended when its process is gone, or when nothing is known of its process and it gave no sign of life for ' +
    'instance.stale (5m). One whose process runs is never ended by this, however silent it is.',
  args: {},
  flags: { ...compatFlag, ...actingFlags },
  examples: [{ does: 'free what a crashed session left behind', line: 'coord lock cleanup' }],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { flags, context } = call
      const { state } = await coordination.load()
      const lastSeen = new Map(Object.values(state.instances).map(({ id, lastSeenAt }) => [id, lastSeenAt]))
      // Whoever only cleans up need not become an instance for it.
      const by = knownInstance(state, context, flags.instance) ?? namedInstance(context, flags.instance) ?? 'manual'
      const { reply, sequence } = await coordination.execute<'cleanup'>({
        type: 'cleanup',
        by,
        manual: true,
        staleMs: coordination.config.instance.staleMs,
      })
      const { ended, expired, released } = reply
      const now = coordination.clock.now()
      for (const { instance, cause } of ended) {
        const seen = lastSeen.get(instance)
        const age = seen === undefined ? '' : ` (last seen ${relative(seen, now)})`
        await note(context, `Cleaning up ${cause === 'dead' ? 'crashed' : cause} instance: ${shown(instance)}${age}`)
      }
      if (flags.compat) await writeLines(context, [String(ended.length)])
      else
        await answer(call, { ok: true, sequence, ended, expired, released }, () => [
          `Instances ended: ${ended.length}`,
          `Locks freed: ${expired.length + released.length} (${expired.length} expired)`,
          ...[...expired, ...released].map(({ path, holder }) => `  - ${shown(path)} (${shown(holder)})`),
        ])
      return exitCodes.done
    }),
})
