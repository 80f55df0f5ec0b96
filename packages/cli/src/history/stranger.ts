import { dictionary, type Instance, type State } from '@coordlog/coordination/state'

/** For asking "what would be answered?" on behalf of somebody who is not registered. No id can be empty, so none is taken. */
export const strangerId = ''

/** A state that also knows the stranger; the one that was given stays as it is. */
export function asIfRegistered(state: State, at: string): State {
  const stranger: Instance = {
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
    events: 0,
    phase: 'idle',
    holds: dictionary(),
  }
  return { ...state, instances: Object.assign(dictionary(), state.instances, { [strangerId]: stranger }) }
}
