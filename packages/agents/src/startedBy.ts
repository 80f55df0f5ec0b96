import { isLive } from '@coordlog/coordination/lookup'
import type { Instance, State } from '@coordlog/coordination/state'
import type { ProcessIdentity } from '@coordlog/coordination/vocabulary'
import { allAdapters } from './adapters.js'
import type { Environment } from './contract.js'
import { instanceOf } from './enrolment.js'

/**
 * The session from which a program was started: the one that its environment names, else the youngest whose process is among those
 * `above`, nearest first. A process may have gone over to another session since the program started.
 */
export function startedBy(
  state: State,
  env: Environment,
  above: readonly Pick<ProcessIdentity, 'pid' | 'startedAt' | 'bootId'>[],
): Instance | undefined {
  for (const { sessionIn } of allAdapters) {
    const session = sessionIn?.(env)
    const named = session === undefined ? undefined : instanceOf(state, session)
    if (named !== undefined) return named
  }
  const sessions = Object.values(state.instances).filter((each) => isLive(each) && each.parent === undefined)
  for (const { pid, startedAt, bootId } of above) {
    const own = sessions.filter(
      ({ process }) => process?.pid === pid && process.startedAt === startedAt && process.bootId === bootId,
    )
    const youngest = own.sort((a, b) => b.registeredSequence - a.registeredSequence)[0]
    if (youngest !== undefined) return youngest
  }
  return undefined
}
