import { shown } from '@coordlog/coordination/shownText'
import type { Coordination } from '@coordlog/runtime/coordination'
import type { Context } from '../context.js'
import { refused } from '../exit/failure.js'
import { knownInstance, namedInstance } from './instance.js'

/** For what makes no sense on behalf of an instance that is not registered: to keep alive, to end. */
export async function knownOrRefused(
  coordination: Coordination,
  context: Context,
  flag: string | undefined,
): Promise<string> {
  const { state } = await coordination.load()
  const known = knownInstance(state, context, flag)
  if (known !== undefined) return known
  const named = namedInstance(context, flag)
  const who = named === undefined ? 'This terminal has no instance' : `Instance ${shown(named)} is not registered`
  const ended = named === undefined ? undefined : state.instances[named]?.endedAt
  const since = ended === undefined ? '' : ` any more (it ended at ${ended})`
  throw refused('unknown-instance', `${who}${since}. Run: coord instance list`, { instance: named ?? null })
}
