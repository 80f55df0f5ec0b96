import type { Command } from './commands.js'
import type { EventData, EventType, LeaseRef } from './events.js'
import type { Recorded } from './recorded.js'

/**
 * The command that must have been asked, told from the event that it yielded: every event carries the facts on which it was
 * decided, so that decide gives the same event again for the state before it (test/evidence).
 */

type Again<T extends EventType> = (record: Frame, data: EventData<T>) => Command
type Frame = { at: string; by: string; manual: boolean }

const again: { [T in EventType]: Again<T> } = {
  'instance.registered': ({ at, by, manual }, data) => {
    const { resumed: _resumed, ...facts } = data
    return { type: 'instance.register', at, manual, id: by, idPrefix: '', nonce: '', ...facts }
  },
  'instance.heartbeat': (frame, data) => ({ type: 'instance.heartbeat', ...frame, ...data, minIntervalMs: 0 }),
  'instance.updated': (frame, data) => ({ type: 'instance.update', ...frame, ...data }),
  'instance.ended': (frame, { instance, reason }) => ({ type: 'instance.end', ...frame, instance, reason }),
  'turn.started': (frame, { released: _released, ...facts }) => ({ type: 'turn.start', ...frame, ...facts }),
  'turn.ended': (frame, { outcome }) => ({ type: 'turn.end', ...frame, outcome }),
  'lock.acquired': (frame, { paths, renewed = [], ...facts }) => asked(frame, [...paths, ...renewed], facts),
  'lock.renewed': (frame, { paths, ...facts }) => asked(frame, paths, facts),
  'lock.denied': (frame, { paths, ...facts }) => asked(frame, paths, facts),
  'notice.delivered': (frame, { policy }) => ({ type: 'notice.deliver', ...frame, policy }),
  'edit.refused': (frame, { paths, stale: _stale, ...facts }) => asked(frame, paths, facts),
  'file.read': (frame, { worktree, seen }) => ({ type: 'file.read', ...frame, worktree, seen }),
  'lock.released': (frame, { released, cause, reason, calls }) => {
    if (cause === 'call-ended') return { type: 'calls.end', ...frame, calls: calls ?? [] }
    const paths = [...new Set(released.map(({ path }) => path))]
    const known = { force: cause === 'forced', ...tokenOf(released), ...(reason !== undefined && { reason }) }
    return { type: 'lock.release', ...frame, paths, ...known }
  },
  'file.edited': (frame, { paths, worktree, tool, policy, call, requestId, contents }) => {
    const known = {
      ...(call !== undefined && { call }),
      ...(requestId !== undefined && { requestId }),
      ...(contents !== undefined && { contents }),
    }
    return { type: 'file.edit', ...frame, paths, worktree, tool, policy, ...known }
  },
  'bypass.detected': (frame, { changes, ...facts }) => ({
    type: 'bypass.report',
    ...frame,
    ...facts,
    changes: changes.map(({ token: _token, was: _was, ...change }) => change),
  }),
  'bypass.told': (frame, { paths }) => ({ type: 'bypass.tell', ...frame, paths }),
  'cleanup.completed': (frame, { staleMs, liveness = {} }) => ({ type: 'cleanup', ...frame, staleMs, liveness }),
  'decision.recorded': (frame, { id: _id, ...facts }) => ({ type: 'decision.add', ...frame, ...facts }),
  'item.imported': (frame, { at: originalAt, ...facts }) => {
    return { type: 'item.import', ...frame, ...facts, ...(originalAt !== undefined && { originalAt }) }
  },
  'decision.status_changed': (frame, { id, to, reason }) => {
    return { type: 'decision.status', ...frame, id, status: to, ...(reason !== undefined && { reason }) }
  },
}

type Asked = Pick<
  EventData<'lock.acquired'>,
  'worktree' | 'reason' | 'policy' | 'requestId' | 'call' | 'turn' | 'contents' | 'liveness'
>

function asked(frame: Frame, paths: string[], facts: Asked): Command {
  const { worktree, reason, policy: used, requestId, call, turn, contents, liveness = {} } = facts
  const named = {
    ...(call !== undefined && { call }),
    ...(turn !== undefined && { turn }),
    ...(contents !== undefined && { contents }),
  }
  return { type: 'lock.acquire', ...frame, paths, worktree, reason, policy: used, requestId, liveness, ...named }
}

/** One token for all that was released: it may have been asked for by that. */
function tokenOf(released: readonly LeaseRef[]): { token?: number } {
  const [first, ...others] = new Set(released.map(({ token }) => token))
  return first === undefined || others.length > 0 ? {} : { token: first }
}

/** What one event says was asked. The order in which paths were given, and whether it was by hand, an event does not tell. */
export function commandOf<T extends EventType>({ ts, by, type, data }: Recorded<T> & { readonly type: T }): Command {
  const rebuild: Again<T> = again[type]
  return rebuild({ at: ts, by, manual: false }, data)
}
