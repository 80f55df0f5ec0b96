import type {
  Cleanup,
  Decided,
  EndInstance,
  EndTurn,
  Heartbeat,
  RegisterInstance,
  StartTurn,
  UpdateInstance,
} from '../commands.js'
import type { LeaseRef } from '../events.js'
import {
  acting,
  isAncestor,
  isExpired,
  isLive,
  type Live,
  leasesOf,
  livenessIn,
  unknownInstance,
  withDescendants,
} from '../lookup.js'
import type { Instance, State } from '../state.js'

export function register(state: State, command: RegisterInstance): Decided<'instance.register'> {
  const before = state.instances[state.sessions[command.session] ?? command.id ?? '']
  if (isLive(before)) return { reply: { kind: 'registered', instance: before.id, resumed: false } }
  const id = before?.id ?? command.id ?? freeId(state, command)
  const { type: _type, at, id: _id, idPrefix: _prefix, nonce: _nonce, manual, ...facts } = command
  const data = before === undefined ? facts : { ...facts, session: before.session, resumed: true }
  return {
    event: { type: 'instance.registered', ts: at, by: id, data, durable: manual },
    reply: { kind: 'registered', instance: id, resumed: before !== undefined },
  }
}

/** claude-20260108-124532-a3f7b2d1: prefix, UTC time, eight digits of the nonce; the next number if that one is taken. */
function freeId(state: State, command: RegisterInstance): string {
  const [day, time] = command.at.slice(0, 19).replaceAll(/[-:]/g, '').split('T')
  // Ends: no state holds as many instances as there are numbers of eight digits.
  for (let number = Number.parseInt(command.nonce.slice(0, 8), 16); ; number++) {
    const digits = (number >>> 0).toString(16).padStart(8, '0')
    const id = `${command.idPrefix}-${day}-${time}-${digits}`
    if (state.instances[id] === undefined) return id
  }
}

export function heartbeat(state: State, command: Heartbeat): Decided<'instance.heartbeat'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const silentMs = Date.parse(command.at) - Date.parse(instance.lastSeenAt)
  const { requestId } = command
  const isTold = requestId !== undefined && instance.lastHeartbeatRequest === requestId
  if (isTold || silentMs <= 0 || silentMs < command.minIntervalMs) return { reply: { kind: 'done' } }
  const event = {
    type: 'instance.heartbeat',
    ts: command.at,
    by: command.by,
    data: requestId === undefined ? {} : { requestId },
    durable: command.manual,
  } as const
  return { event, reply: { kind: 'done' } }
}

export function update(state: State, command: UpdateInstance): Decided<'instance.update'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const data: Partial<Pick<Live, 'task' | 'role' | 'cwd' | 'worktree' | 'branch'>> = {}
  for (const key of ['task', 'role', 'cwd', 'worktree', 'branch'] as const) {
    const value = command[key]
    if (value !== undefined && value !== instance[key]) data[key] = value
  }
  if (Object.keys(data).length === 0) return { reply: { kind: 'done' } }
  const event = { type: 'instance.updated', ts: command.at, by: command.by, data, durable: command.manual } as const
  return { event, reply: { kind: 'done' } }
}

/** Those below it end too: nobody could act for them any more. */
export function end(state: State, command: EndInstance): Decided<'instance.end'> {
  const instance = acting(state, command.instance)
  if (instance === undefined) return unknownInstance(command.instance)
  const ended = withDescendants(state, instance.id)
  const released = ended.flatMap((id) => leasesOf(state, id))
  return {
    event: {
      type: 'instance.ended',
      ts: command.at,
      by: command.by,
      data: { instance: instance.id, reason: command.reason, ended, released },
      durable: command.manual,
    },
    reply: { kind: 'ended', ended, released },
  }
}

/** A new turn says that the last one is over, however it ended: an interrupted one leaves no other event. */
export function startTurn(state: State, command: StartTurn): Decided<'turn.start'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  if (command.turn !== undefined && instance.turn === command.turn && instance.phase === 'working') {
    return { reply: { kind: 'released', released: [] } }
  }
  const released = leasesOf(state, command.by, (lease) => lease.hold !== 'session' || !lease.established)
  const { task, turn } = command
  const data = { ...(task === undefined ? {} : { task }), ...(turn === undefined ? {} : { turn }), released }
  return {
    event: { type: 'turn.started', ts: command.at, by: command.by, data, durable: command.manual },
    reply: { kind: 'released', released },
  }
}

export function endTurn(state: State, command: EndTurn): Decided<'turn.end'> {
  const instance = acting(state, command.by)
  if (instance === undefined) return unknownInstance(command.by)
  const released = leasesOf(state, command.by, (lease) => lease.hold !== 'session' || !lease.established)
  if (instance.phase === 'idle' && released.length === 0) return { reply: { kind: 'released', released } }
  const data = { outcome: command.outcome, released }
  return {
    event: { type: 'turn.ended', ts: command.at, by: command.by, data, durable: command.manual },
    reply: { kind: 'released', released },
  }
}

/** Records what time has done already: expired leases, dead instances and silent ones of which nothing is known. */
export function cleanup(state: State, command: Cleanup): Decided<'cleanup'> {
  const gone = new Map<string, 'dead' | 'stale'>()
  for (const instance of Object.values(state.instances)) {
    const cause = causeOfEnd(instance, command)
    // Who asks is alive, and so is whoever it works for.
    if (cause === undefined || instance.id === command.by || isAncestor(state, instance.id, command.by)) continue
    for (const id of withDescendants(state, instance.id)) gone.set(id, cause)
  }
  const ended = [...gone].map(([instance, cause]) => ({ instance, cause }))
  const released = ended.flatMap(({ instance }) => leasesOf(state, instance))
  const expired: LeaseRef[] = []
  for (const lease of Object.values(state.leases).flat()) {
    if (gone.has(lease.holder) || !isExpired(lease, command.at)) continue
    expired.push({ path: lease.path, holder: lease.holder, token: lease.token })
  }
  const reply = { kind: 'cleaned', expired, ended, released } as const
  if (expired.length === 0 && ended.length === 0) return { reply }
  const { staleMs, liveness } = command
  const data = { expired, ended, released, staleMs, liveness }
  return {
    event: { type: 'cleanup.completed', ts: command.at, by: command.by, data, durable: command.manual },
    reply,
  }
}

function causeOfEnd(instance: Instance, command: Cleanup): 'dead' | 'stale' | undefined {
  if (instance.phase === 'ended') return undefined
  const liveness = livenessIn(command.liveness, instance.id)
  if (liveness === 'dead') return 'dead'
  const silentMs = Date.parse(command.at) - Date.parse(instance.lastSeenAt)
  return liveness === 'unknown' && silentMs >= command.staleMs ? 'stale' : undefined
}
