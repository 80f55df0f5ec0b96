import { limits, ttlMsMax, ttlMsMin } from '@coordlog/coordination/vocabulary'
import type { Coordination } from '@coordlog/runtime/coordination'
import { randomId } from '@coordlog/runtime/identity'
import { string } from '@oclif/core/args'
import { contentsOf, heldBy } from '../../acting/content.js'
import { actingFlags, knownInstance } from '../../acting/instance.js'
import { type Keys, leaseKeys } from '../../acting/paths.js'
import { acquireWaiting } from '../../acting/wait.js'
import type { Context } from '../../context.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { duration, text, toggle } from '../../flags/kinds.js'
import { withCoordination } from '../../opened.js'
import { answer, note } from '../../output/answer.js'
import { grantDocument, grantLines, grantNotes } from '../../views/grant.js'
import { heldFailure } from '../../views/refusal.js'

export const lockAcquire = defineCommand({
  summary: 'lock files for an edit, all of them or none',
  description:
    'A lock that you hold already is renewed and keeps its token. Files outside the repository cannot be locked. ' +
    'Locks are advisory: hooks keep agents to them, nothing keeps other programs.',
  args: {
    path: string({ required: true, multiple: true, ignoreStdin: true, description: 'a file, there already or not' }),
  },
  flags: {
    reason: text('reason', limits.reason)({ summary: `why; others read it (at most ${limits.reason} characters)` }),
    ttl: duration(
      'ttl',
      ttlMsMin,
      ttlMsMax,
    )({ summary: 'others may take it this long after; 1s to 24h, default lock.ttl (5m)' }),
    wait: duration('wait', 0, ttlMsMax)({ summary: 'wait so long for it to become free; 0 to 24h, default 0' }),
    renew: toggle('only what is yours already; remember what the files held as it was'),
    ...actingFlags,
  },
  examples: [
    {
      does: 'lock a file before editing it by hand',
      line: 'coord lock acquire src/app.ts --reason "rename the field"',
    },
    {
      does: 'lock two files together, for an hour',
      line: 'coord lock acquire package.json package-lock.json --ttl 1h',
    },
    { does: 'wait up to 30 seconds for somebody to finish', line: 'coord lock acquire src/app.ts --wait 30s' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      const keys = leaseKeys(coordination, call, args.path)
      if (flags.renew) await refuseUnlessHeld(coordination, context, flags.instance, keys)
      const wanted = {
        ...keys,
        contents: flags.renew ? [] : contentsOf(keys),
        reason: flags.reason ?? 'by hand',
        ttlMs: flags.ttl,
        waitMs: flags.wait ?? 0,
        requestId: context.requestId ?? randomId(),
      }
      const { reply, sequence } = await acquireWaiting(coordination, context, flags.instance, wanted)
      const now = coordination.clock.now()
      if (reply.kind === 'denied') throw heldFailure(reply, now, args.path)
      await answer(call, grantDocument(reply, sequence), () => grantLines(reply, now))
      for (const line of grantNotes(reply, now)) await note(context, line)
      return exitCodes.done
    }),
})

async function refuseUnlessHeld(
  coordination: Coordination,
  context: Context,
  instance: string | undefined,
  { paths }: Keys,
): Promise<void> {
  const { state } = await coordination.load()
  heldBy(state, knownInstance(state, context, instance), paths, coordination.clock.now())
}
