import type { Decided, EditFiles, EndCalls, ReleaseLock, Replies } from '../commands.js'
import type { LeaseRef } from '../events.js'
import { acting, covers, ownLeases, refTo, unknownInstance } from '../lookup.js'
import { policyFor } from '../priority.js'
import type { Lease, State } from '../state.js'
import { later, refusal } from './refusal.js'

export function release(state: State, command: ReleaseLock): Decided<'lock.release'> {
  if (!command.force && acting(state, command.by) === undefined) return unknownInstance(command.by)
  const all = [...new Set(command.paths)].flatMap((path) => state.leases[path] ?? [])
  const own = all.filter((lease) => lease.holder === command.by)
  const foreign = all.filter((lease) => !own.some((mine) => mine.path === lease.path))
  const within = command.force ? all : own
  const no = refuseStale(command, within) ?? (command.force ? undefined : refuseForeign(state, foreign, command.by))
  if (no !== undefined) return { reply: no }
  const chosen = within.filter((lease) => command.token === undefined || lease.token === command.token)
  const released = chosen.map(refTo)
  const reply = { kind: 'released', released } as const
  if (released.length === 0) return { reply }
  const data = {
    released,
    cause: chosen.some((lease) => lease.holder !== command.by) ? ('forced' as const) : ('released' as const),
    ...(command.reason !== undefined && { reason: command.reason }),
  }
  return {
    event: { type: 'lock.released', ts: command.at, by: command.by, data, durable: command.manual },
    reply,
  }
}

type Refused = Replies['lock.release']

/** A token that is not the lease's own of this moment ends nothing: what it was given for is over. */
function refuseStale({ token, paths }: ReleaseLock, within: Lease[]): Refused | undefined {
  if (token === undefined) return undefined
  for (const path of paths) {
    const tokens = within.filter((lease) => lease.path === path).map((lease) => lease.token)
    if (!tokens.includes(token)) return { kind: 'stale-token', path, token, current: tokens[0] }
  }
  return undefined
}

function refuseForeign(state: State, foreign: Lease[], by: string): Refused | undefined {
  if (foreign.length === 0) return undefined
  return { kind: 'not-holder', refusals: foreign.map((lease) => refusal(state, lease, {}, by)) }
}

export function editFiles(state: State, command: EditFiles): Decided<'file.edit'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const request = command.requestId ?? command.call
  if (request !== undefined && instance.lastEditCall === request) {
    return { reply: { kind: 'released', released: [] } }
  }
  const unleased: string[] = []
  const released: LeaseRef[] = []
  const paths = [...new Set(command.paths)]
  for (const path of paths) {
    const own = (state.leases[path] ?? []).filter((lease) => lease.holder === command.by && covers(lease, command))
    if (own.length === 0) unleased.push(path)
    released.push(...own.filter((lease) => endsWith(lease, command.call)).map(refTo))
  }
  return {
    event: {
      type: 'file.edited',
      ts: command.at,
      by: command.by,
      data: {
        paths,
        worktree: command.worktree,
        tool: command.tool,
        ...(command.call !== undefined && { call: command.call }),
        ...(command.requestId !== undefined && { requestId: command.requestId }),
        expiresAt: later(command.at, command.policy.ttlMs),
        released,
        ...(unleased.length > 0 && { unleased }),
        ...(command.contents !== undefined && { contents: command.contents }),
        policy: policyFor(command.policy, []),
      },
      durable: command.manual,
    },
    reply: { kind: 'released', released },
  }
}

/** Whether this call was the last that a lease of hold "operation" was waiting for. */
function endsWith(lease: Lease, call: string | undefined): boolean {
  return lease.hold === 'operation' && lease.calls.every(({ id }) => id === call)
}

/** A call that came to nothing must not leave a lease behind; one that an earlier edit earned stays to the turn's end. */
export function endCalls(state: State, command: EndCalls): Decided<'calls.end'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const own = ownLeases(state, command.by).filter(({ calls }) => calls.length > 0)
  const refused = (instance.unread ?? []).map(({ requestId, call: id = requestId, turn }) => ({
    id,
    ...(turn && { turn }),
  }))
  const flying = [...own.flatMap((lease) => lease.calls), ...refused]
  const over = new Set(flying.filter((call) => isOver(call, command.calls)).map(({ id }) => id))
  const released = own
    .filter(({ established, hold }) => !established || hold === 'operation')
    .filter(({ calls }) => calls.every(({ id }) => over.has(id)))
    .map(refTo)
  const reply = { kind: 'released', released } as const
  if (over.size === 0) return { reply }
  return {
    event: {
      type: 'lock.released',
      ts: command.at,
      by: command.by,
      data: { released, cause: 'call-ended', calls: [...over] },
      durable: command.manual,
    },
    reply,
  }
}

function isOver(call: Lease['calls'][number], which: EndCalls['calls']): boolean {
  if (which === 'all') return true
  if (Array.isArray(which)) return which.includes(call.id)
  return call.turn !== undefined && call.turn !== which.notOfTurn
}
