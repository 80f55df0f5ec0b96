import { shown } from '@coordlog/coordination/shownText'
import type { Damage } from '@coordlog/log/contract'
import { damagedError } from '@coordlog/log/errors'
import { type Coordination, openCoordination } from '@coordlog/runtime/coordination'
import type { PlaceRequest } from '@coordlog/runtime/place'
import type { Context } from './context.js'
import type { Call, GlobalValues } from './define.js'
import { type ExitCode, exitCodes } from './exit/codes.js'
import { note } from './output/answer.js'

/** A person waits longer for the flock than a hook does. */
export const lockDeadlineMs = 5_000

/** Opens the repository's coordination for one command; what may wait is done after the answer is out. */
export async function withCoordination(
  { flags, context }: Call<GlobalValues>,
  work: (coordination: Coordination) => Promise<ExitCode>,
): Promise<ExitCode> {
  const coordination = await (context.open ?? openCoordination)({
    ...placeRequest({ flags, context }),
    clock: context.clock,
    lockDeadlineMs,
    allowNetworkFs: flags['allow-network-fs'],
  })
  try {
    for (const problem of coordination.configProblems) await note(context, `Note: ${shown(problem)}`)
    const told = await tellNotes(context, coordination, 0)
    const exitCode = await work(coordination)
    await coordination.tidyUp()
    await tellNotes(context, coordination, told)
    return exitCode
  } finally {
    coordination.close()
  }
}

/** What was found done by hand; returns how many notes have been told by now. */
async function tellNotes(context: Context, { notes }: Coordination, told: number): Promise<number> {
  for (const each of notes.slice(told)) await note(context, `Note: ${shown(each)}`)
  return notes.length
}

/** Where a command is to look for the repository. */
export function placeRequest({ flags, context }: Pick<Call<GlobalValues>, 'flags' | 'context'>): PlaceRequest {
  return {
    cwd: context.cwd,
    env: context.env,
    ...(flags.dir !== undefined && { dir: flags.dir }),
    ...(flags.repo !== undefined && { repo: flags.repo }),
  }
}

/** A read of a damaged log shows what comes before the damage, and says so. */
export async function tellDamage({ context }: Call<GlobalValues>, damage: Damage | undefined): Promise<ExitCode> {
  if (damage === undefined) return exitCodes.done
  const error = damagedError(damage)
  await note(context, `${shown(error.message)}\nWhat was shown is true as of sequence ${damage.lastGoodSequence}.`)
  return error.code === 'unsafe' ? exitCodes.unsafe : exitCodes.damaged
}
