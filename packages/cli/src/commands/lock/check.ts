import { decide } from '@coordlog/coordination/decide'
import { otherHolders } from '@coordlog/coordination/lookup'
import { shown } from '@coordlog/coordination/shownText'
import type { Lease } from '@coordlog/coordination/state'
import { string } from '@oclif/core/args'
import { hasChanged, heldBy } from '../../acting/content.js'
import { actingFlags, knownInstance } from '../../acting/instance.js'
import { type Keys, leaseKeys } from '../../acting/paths.js'
import { type Call, defineCommand, type GlobalValues } from '../../define.js'
import { type ExitCode, exitCodes } from '../../exit/codes.js'
import { usage } from '../../exit/failure.js'
import { toggle } from '../../flags/kinds.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { asIfRegistered, strangerId } from '../../history/stranger.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { timeAndAge, timeText } from '../../output/times.js'
import { refusalLines } from '../../views/refusal.js'

export const lockCheck = defineCommand({
  summary: 'ask whether a file could be locked now',
  description:
    'Exit code 0: free, or yours. 1: held by another. Expired locks and those of processes that are gone are free.',
  args: { path: string({ required: true, ignoreStdin: true, description: 'a file' }) },
  flags: {
    changed: toggle('ask instead whether it has changed since you locked it by hand; 1: it has'),
    ...actingFlags,
    ...pastFlags,
  },
  examples: [
    { does: 'ask before an edit', line: 'coord lock check src/app.ts' },
    { does: 'edit only when it is free', line: 'coord lock check src/app.ts && sed -i s/old/new/ src/app.ts' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      if (flags.changed && flags.at)
        throw usage('--changed looks at the file as it is now, so --at has no place beside it.')
      const keys = leaseKeys(coordination, call, [args.path])
      const { paths, worktree } = keys
      const { state, present, damage } = await momentOf(coordination, flags.at, (now) => otherHolders(now, paths, ''))
      const by = knownInstance(state, context, flags.instance)
      if (flags.changed) return tellChange(call, heldBy(state, by, paths, present.at), keys)
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

async function tellChange(call: Call<GlobalValues>, leases: readonly Lease[], { files }: Keys): Promise<ExitCode> {
  const changed = leases.filter((lease) =>
    files.some(({ path, file }) => path === lease.path && hasChanged(lease, file)),
  )
  await answer(call, { changed: changed.length > 0, paths: changed.map(({ path }) => path) }, () =>
    leases.map((lease) => {
      const { path, grantedAt } = lease
      return changed.includes(lease)
        ? `Changed: ${shown(path)} is not what it was when it was locked at ${timeText(grantedAt)}`
        : `Unchanged: ${shown(path)}`
    }),
  )
  return changed.length > 0 ? exitCodes.no : exitCodes.done
}
