import { decide } from '@coordlog/coordination/decide'
import { shown } from '@coordlog/coordination/shownText'
import { string } from '@oclif/core/args'
import { actingFlags, knownInstance } from '../../acting/instance.js'
import { leaseKeys } from '../../acting/paths.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { asIfRegistered, strangerId } from '../../history/stranger.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { timeAndAge } from '../../output/times.js'
import { refusalLines } from '../../views/refusal.js'

export const lockCheck = defineCommand({
  summary: 'ask whether a file could be locked now',
  description:
    'Exit code 0: free, or yours. 1: held by another. Expired locks and those of processes that are gone are free.',
  args: { path: string({ required: true, ignoreStdin: true, description: 'a file' }) },
  flags: { ...actingFlags, ...pastFlags },
  examples: [
    { does: 'ask before an edit', line: 'coord lock check src/app.ts' },
    { does: 'edit only when it is free', line: 'coord lock check src/app.ts && sed -i s/old/new/ src/app.ts' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      const { paths, worktree } = leaseKeys(coordination, call, [args.path])
      const { state, present, damage } = await momentOf(coordination, flags.at)
      const by = knownInstance(state, context, flags.instance)
      const { reply } = decide<'lock.acquire'>(by === undefined ? asIfRegistered(state, present.at) : state, {
        type: 'lock.acquire',
        by: by ?? strangerId,
        at: present.at,
        manual: true,
        paths,
        worktree,
        reason: '',
        policy: coordination.policy,
        requestId: '',
        liveness: present.liveness,
      })
      const path = paths[0] ?? args.path
      const own = state.leases[path]?.find((lease) => lease.holder === by && lease.expiresAt > present.at)
      const refusals = reply.kind === 'denied' ? reply.refusals : []
      const isHeld = refusals.length > 0
      await answer(
        call,
        {
          path,
          held: isHeld,
          mine: own !== undefined,
          ...(own && { token: own.token, expiresAt: own.expiresAt }),
          refusals,
        },
        () => {
          if (isHeld) return refusals.flatMap((refusal) => refusalLines(refusal, present.at))
          if (own === undefined) return [`Free: ${shown(path)}`]
          return [`Yours: ${shown(path)} (token ${own.token}, expires ${timeAndAge(own.expiresAt, present.at)})`]
        },
      )
      const damaged = await tellDamage(call, damage)
      return damaged === exitCodes.done && isHeld ? exitCodes.no : damaged
    }),
})
