import { dictionary, type State } from '@coordlog/coordination/state'

/** For asking "what would be answered?" on behalf of somebody who is not registered. No id can be empty, so none is taken. */
export const strangerId = ''

/** A state that also knows the stranger; the one that was given stays as it is. */
export function asIfRegistered(state: State, at: string): State {
  const stranger = {
    id: strangerId,
    session: '',
    host: '',
    role: 'manual',
    task: '',
    worktree: '',
    cwd: '',
    registeredAt: at,
    registeredSequence: state.sequence,
    lastSeenAt: at,
    lastSeenSequence: state.sequence,
    phase: 'idle' as const,
    holds: dictionary<true>(),
  }
  return { ...state, instances: Object.assign(dictionary(), state.instances, { [strangerId]: stranger }) }
}
