import { leasesOf } from '@coordlog/coordination/lookup'
import { shown } from '@coordlog/coordination/shownText'
import { limits } from '@coordlog/coordination/vocabulary'
import type { Ask, Coordination } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/args'
import { actingFlags, executeAs, knownInstance, namedInstance } from '../../acting/instance.js'
import { leaseKeys } from '../../acting/paths.js'
import { type Call, defineCommand, type GlobalValues } from '../../define.js'
import { type ExitCode, exitCodes } from '../../exit/codes.js'
import { refused, usage } from '../../exit/failure.js'
import { text, toggle, whole } from '../../flags/kinds.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { notHolderFailure } from '../../views/refusal.js'

type Wanted = { all: boolean; force: boolean; token: number | undefined; reason: string | undefined }

export const lockRelease = defineCommand({
  summary: 'give locks back',
  description: 'Releasing what is not locked is no error. --force ends the lock of another; the reason is recorded.',
  args: { path: string({ multiple: true, ignoreStdin: true, description: 'locked files; or --all' }) },
  flags: {
    all: toggle('everything that the acting instance holds'),
    token: whole('token', 1, Number.MAX_SAFE_INTEGER)({ summary: 'only if the lock still has this token' }),
    force: toggle("end anybody's lock; needs --reason"),
    reason: text('reason', limits.reason)({ summary: `why; recorded (at most ${limits.reason} characters)` }),
    ...actingFlags,
  },
  examples: [
    { does: 'give one back', line: 'coord lock release src/app.ts' },
    { does: 'give back everything that you hold', line: 'coord lock release --all' },
    {
      does: 'end a lock whose holder is known to be gone',
      line: 'coord lock release src/app.ts --force --reason "laptop closed"',
    },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, flags, context } = call
      const typed = args.path ?? []
      checkRequest(typed, flags)
      const paths = flags.all ? await heldPaths(coordination, call) : leaseKeys(coordination, call, typed).paths
      if (paths.length === 0) return nothingHeld(call)
      const { reply, sequence, by } = await executeAs<'lock.release'>(coordination, context, flags.instance, (by) =>
        releaseOf(by, paths, flags),
      )
      if (reply.kind === 'not-holder') throw notHolderFailure(reply, coordination.clock.now(), by)
      if (reply.kind === 'stale-token') throw staleToken(reply)
      const free = paths.filter((path) => !reply.released.some((lease) => lease.path === path))
      await answer(call, { ok: true, sequence, released: reply.released }, () => [
        ...reply.released.map(
          ({ path, token, holder }) => `Released ${shown(path)} (token ${token}, held by ${shown(holder)})`,
        ),
        ...free.map((path) => `Nothing to release: ${shown(path)} was not locked`),
      ])
      return exitCodes.done
    }),
})

function checkRequest(typed: readonly string[], { all, force, reason }: Wanted): void {
  if (all === typed.length > 0)
    throw usage('Give either the files to release, or --all. Run: coord lock release --help')
  if (force && all) throw usage('--force ends the lock of a file, so name the file instead of --all.')
  if (force && reason === undefined)
    throw usage('--force ends the lock of another, so give the reason too: --reason "…"')
}

type Asked = Call<GlobalValues & { instance: string | undefined }>

/** Nobody is registered for holding nothing. */
async function heldPaths(coordination: Coordination, { flags, context }: Asked): Promise<string[]> {
  const { state } = await coordination.load()
  const by = knownInstance(state, context, flags.instance)
  return by === undefined ? [] : leasesOf(state, by).map(({ path }) => path)
}

async function nothingHeld(call: Asked): Promise<ExitCode> {
  const named = namedInstance(call.context, call.flags.instance)
  const who = named === undefined ? 'this terminal' : shown(named)
  await answer(call, { ok: true, released: [] }, () => [`Nothing to release: ${who} holds no lock`])
  return exitCodes.done
}

function releaseOf(by: string, paths: string[], { force, token, reason }: Wanted): Ask<'lock.release'> {
  const known = { ...(token !== undefined && { token }), ...(reason !== undefined && { reason }) }
  return { type: 'lock.release', by, manual: true, paths, force, ...known }
}

function staleToken({ path, token, current }: { path: string; token: number; current: number | undefined }) {
  const now = current === undefined ? 'it is not locked by this instance any more' : `its lock has token ${current} now`
  return refused(
    'stale-token',
    `Token ${token} of ${shown(path)} is stale: ${now}. Nothing was released. Run: coord lock list`,
    { path, token, current: current ?? null },
  )
}
