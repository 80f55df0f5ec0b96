import { decisionWithId } from './decisionIndex.js'
import type { EventData, EventType, FileContent, LeaseRef, RecordedEvent } from './events.js'
import { bypassed, isExplained } from './evolve/bypasses.js'
import { leaveLine, noticeDelivered } from './evolve/claims.js'
import { rememberEdit } from './evolve/files.js'
import { editRefused, markSeen, settleUnread } from './evolve/reads.js'
import type { Recorded } from './evolve/recorded.js'
import { covers, isLive, latest } from './lookup.js'
import { resourceOf } from './resources.js'
import {
  changeDecisions,
  type Decision,
  dictionary,
  endedInstancesMax,
  type Instance,
  type Lease,
  type State,
} from './state.js'

type Step<T extends EventType> = (state: State, event: Recorded<T>) => void

/**
 * One event into the state. It owns the state it is given and changes it in place (docs/adr/0002): use only what it
 * returns. No rules, no clock: what was decided is history, and only its effect is worked out here.
 */
export function evolve(state: State, event: RecordedEvent): State {
  state.sequence = event.seq
  const step = stepOf.get(event.type)
  if (step === undefined) {
    state.unknownTypes[event.type] = (state.unknownTypes[event.type] ?? 0) + 1
    return state
  }
  // The log holds only what passed the schema of its type on the way in, so the data has that type's shape.
  step(state, event as Recorded<EventType>)
  signOfLife(state, event)
  return state
}

/** Whoever acts shows that those above it live: a parent is silent for as long as it waits for its subagent. */
function signOfLife(state: State, event: RecordedEvent): void {
  const author = state.instances[event.by]
  if (author === undefined) return
  author.lastSeenSequence = event.seq
  author.events += 1
  if (event.ts > author.lastSeenAt) author.lastSeenAt = event.ts
  let above = parentOf(state, author)
  while (above !== undefined && event.ts > above.lastSeenAt) {
    above.lastSeenAt = event.ts
    above = parentOf(state, above)
  }
}

function parentOf(state: State, instance: Instance): Instance | undefined {
  const parent = instance.parent === undefined ? undefined : state.instances[instance.parent]
  return isLive(parent) ? parent : undefined
}

const steps: { [T in EventType]: Step<T> } = {
  'instance.registered': registered,
  'instance.heartbeat': (state, { by, data }) => {
    const author = state.instances[by]
    if (author !== undefined && data.requestId !== undefined) author.lastHeartbeatRequest = data.requestId
  },
  'instance.updated': updated,
  'instance.ended': (state, event) => {
    dropLeases(state, event.data.released)
    for (const id of event.data.ended) endInstance(state, id, event.ts, event.data.reason)
  },
  'turn.started': (state, event) => {
    dropLeases(state, event.data.released)
    settleUnread(state, event.by, () => true)
    const author = state.instances[event.by]
    if (author === undefined) return
    author.phase = 'working'
    if (event.data.task !== undefined) author.task = event.data.task
    if (event.data.turn !== undefined) author.turn = event.data.turn
  },
  'turn.ended': (state, event) => {
    dropLeases(state, event.data.released)
    settleUnread(state, event.by, () => true)
    const author = state.instances[event.by]
    if (author !== undefined) author.phase = 'idle'
  },
  'lock.acquired': acquired,
  'lock.renewed': (state, event) => {
    const author = state.instances[event.by]
    if (author !== undefined) author.phase = 'working'
    for (const path of event.data.paths) renew(state, event, path, event.data.call, event.data.turn)
    leaveLine(state, event.by, event.data.paths)
  },
  'lock.denied': denied,
  'notice.delivered': noticeDelivered,
  'edit.refused': editRefused,
  'file.read': (state, { by, data }) => {
    for (const edit of data.seen) markSeen(state, by, edit)
  },
  'lock.released': (state, event) => {
    dropLeases(state, event.data.released)
    const { calls = [] } = event.data
    for (const id of calls) forgetCall(state, event.by, id)
    settleUnread(state, event.by, ({ requestId, call = requestId }) => calls.includes(call))
  },
  'file.edited': edited,
  'bypass.detected': bypassed,
  'bypass.told': (state, event) => {
    for (const bypass of state.bypasses) {
      if (bypass.holder === event.by && event.data.paths.includes(bypass.path)) bypass.told = true
    }
  },
  'cleanup.completed': (state, event) => {
    dropLeases(state, event.data.expired)
    dropLeases(state, event.data.released)
    for (const { instance, cause } of event.data.ended) endInstance(state, instance, event.ts, cause)
  },
  'decision.recorded': decisionRecorded,
  'item.imported': (state, { data, seq }) => {
    state.imported[data.requestId] = seq
  },
  'decision.status_changed': (state, event) => {
    const { id, to } = event.data
    changeDecisions(state, (decisions) => {
      const decision = decisionWithId(decisions, id)
      if (decision !== undefined) decision.status = to
    })
  },
}

/** By any text: an event may be of a type that is called like a member of every object. */
const stepOf: ReadonlyMap<string, Step<EventType>> = new Map(Object.entries(steps) as [EventType, Step<EventType>][])

/** Named one by one, always in the same order: objects of one shape are a third of a fold's work quicker to use than those of many. */
function registered(state: State, event: Recorded<'instance.registered'>): void {
  const { session, host, role, task, worktree, cwd } = event.data
  const before = state.instances[event.by]
  const instance: Instance = {
    id: event.by,
    session,
    host,
    role,
    task,
    worktree,
    cwd,
    registeredAt: before?.registeredAt ?? event.ts,
    registeredSequence: before?.registeredSequence ?? event.seq,
    lastSeenAt: event.ts,
    lastSeenSequence: event.seq,
    // signOfLife counts this one.
    events: before?.events ?? 0,
    phase: 'working',
    holds: before?.holds ?? dictionary(),
  }
  noteOptional(instance, event.data)
  state.instances[event.by] = instance
  state.sessions[session] = event.by
  if (before?.phase === 'ended') state.ended = state.ended.filter((id) => id !== event.by)
}

function noteOptional(instance: Instance, facts: EventData<'instance.registered'>): void {
  const { parent, branch, user, os, process } = facts
  if (parent !== undefined) instance.parent = parent
  if (branch !== undefined) instance.branch = branch
  if (user !== undefined) instance.user = user
  if (os !== undefined) instance.os = os
  if (process !== undefined) instance.process = process
}

function updated(state: State, event: Recorded<'instance.updated'>): void {
  const author = state.instances[event.by]
  if (author === undefined) return
  const { task, role, cwd, worktree, branch } = event.data
  if (task !== undefined) author.task = task
  if (role !== undefined) author.role = role
  if (cwd !== undefined) author.cwd = cwd
  if (worktree !== undefined) author.worktree = worktree
  if (branch !== undefined) author.branch = branch
}

function acquired(state: State, event: Recorded<'lock.acquired'>): void {
  const { data } = event
  if (data.takenFrom !== undefined) dropLeases(state, data.takenFrom)
  const author = state.instances[event.by]
  if (author !== undefined) author.phase = 'working'
  for (const path of data.paths) {
    const lease: Lease = {
      path,
      worktree: data.worktree,
      holder: event.by,
      token: event.seq,
      grantedAt: event.ts,
      expiresAt: data.expiresAt,
      renewedSequence: event.seq,
      reason: data.reason,
      hold: data.call === undefined ? holdByHand(data.policy.hold) : data.policy.hold,
      calls: data.call === undefined ? [] : [callInFlight(data.call, data.turn)],
      established: data.call === undefined,
    }
    noteOrigin(lease, data)
    note(lease, data.contents)
    const others = state.leases[path]
    if (others === undefined) state.leases[path] = [lease]
    else others.push(lease)
    if (author !== undefined) author.holds[path] = true
  }
  leaveLine(state, event.by, data.paths)
  if (data.renewed === undefined) return
  for (const path of data.renewed) renew(state, event, path, data.call, data.turn)
  leaveLine(state, event.by, data.renewed)
}

function noteOrigin(lease: Lease, { call, takenFrom }: EventData<'lock.acquired'>): void {
  if (call === undefined) lease.byHand = true
  if (takenFrom === undefined) return
  for (const { path, cause, holder } of takenFrom) {
    if (path === lease.path && cause === 'priority') lease.preempted = [...(lease.preempted ?? []), holder]
  }
}

function renew(
  state: State,
  event: Recorded<'lock.acquired' | 'lock.renewed'>,
  path: string,
  call: string | undefined,
  turn: string | undefined,
): void {
  for (const lease of state.leases[path] ?? []) {
    if (lease.holder !== event.by || !covers(lease, event.data)) continue
    lease.expiresAt = latest(lease.expiresAt, event.data.expiresAt)
    lease.renewedSequence = event.seq
    note(lease, event.data.contents)
    if (call === undefined) {
      lease.established = true
      lease.byHand = true
      lease.hold = holdByHand(lease.hold)
    } else lease.calls = [...lease.calls.filter(({ id }) => id !== call), callInFlight(call, turn)]
  }
}

/** What the file holds now, in place of what was noted before. */
function note(lease: Lease, contents: FileContent[] | undefined): void {
  const found = contents?.find((each) => each.path === lease.path)
  if (found === undefined) return
  lease.content = found.content
  if (found.stamp === undefined) forgetStamp(lease)
  else lease.stamp = found.stamp
}

/** V8 takes its slow way for `delete` also where there is nothing to delete. */
function forgetStamp(lease: Lease): void {
  if (lease.stamp !== undefined) delete lease.stamp
}

/** What is taken by hand has no tool call with which it could end. */
function holdByHand(hold: Lease['hold']): Lease['hold'] {
  return hold === 'operation' ? 'turn' : hold
}

function callInFlight(id: string, turn: string | undefined): { id: string; turn?: string } {
  return turn === undefined ? { id } : { id, turn }
}

function denied(state: State, event: Recorded<'lock.denied'>): void {
  const author = state.instances[event.by]
  if (author === undefined) return
  author.phase = 'working'
  author.lastRefusal = { requestId: event.data.requestId, sequence: event.seq, paths: event.data.paths }
  const { claimed = [], claimedUntil: until, worktree } = event.data
  if (until === undefined) return
  for (const { path, since } of claimed) {
    const claims = state.claims[path] ?? []
    const before = since === undefined ? undefined : claims.find((claim) => claim.sequence === since)
    const begun = before ?? { path, by: event.by, at: event.ts, sequence: event.seq, told: [] }
    const claim = { ...begun, worktree, renewedSequence: event.seq, until }
    state.claims[path] = [...claims.filter(({ by }) => by !== event.by), claim]
  }
}

function edited(state: State, event: Recorded<'file.edited'>): void {
  const { data } = event
  const author = state.instances[event.by]
  if (author !== undefined) rememberCall(author, data)
  for (const path of data.paths) {
    establish(state, event, path)
    if (resourceOf(path) !== undefined) continue
    rememberEdit(state, path, {
      by: author?.id ?? event.by,
      at: event.ts,
      sequence: event.seq,
      worktree: author?.worktree === data.worktree ? author.worktree : data.worktree,
    })
  }
  dropLeases(state, data.released)
  if (data.contents !== undefined) state.bypasses = state.bypasses.filter((bypass) => !isExplained(bypass, event))
}

function rememberCall(author: Instance, { requestId, call }: Recorded<'file.edited'>['data']): void {
  author.phase = 'working'
  const request = requestId ?? call
  if (request !== undefined) author.lastEditCall = request
}

/** An edit came back: the lease does not end with a call any more. */
function establish(state: State, { seq, by, data }: Recorded<'file.edited'>, path: string): void {
  for (const lease of state.leases[path] ?? []) {
    if (lease.holder !== by || !covers(lease, data)) continue
    lease.expiresAt = latest(lease.expiresAt, data.expiresAt)
    lease.renewedSequence = seq
    lease.established = true
    if (lease.calls.length > 0) lease.calls = lease.calls.filter((call) => call.id !== data.call)
    forgetStamp(lease)
    note(lease, data.contents)
  }
}

/** Exact holder and token: a lease that has passed on since is somebody else's and stays. */
function dropLeases(state: State, released: readonly LeaseRef[]): void {
  for (const { path, holder, token } of released) {
    const leases = state.leases[path]
    const lease = leases?.find((each) => each.holder === holder && each.token === token)
    if (leases === undefined || lease === undefined) continue
    const isLast = dropFrom(state, leases, lease)
    // The lease's own texts have been keys before: V8 need not look for them among all that there are.
    const instance = state.instances[lease.holder]
    if (isLast && instance !== undefined) delete instance.holds[lease.path]
  }
}

/** True if its holder has no other lease there. */
function dropFrom(state: State, leases: readonly Lease[], { path, holder, token }: Lease): boolean {
  const rest = leases.length === 1 ? [] : leases.filter((each) => each.holder !== holder || each.token !== token)
  if (rest.length === 0) delete state.leases[path]
  else state.leases[path] = rest
  return !rest.some((each) => each.holder === holder)
}

function forgetCall(state: State, holder: string, call: string): void {
  for (const path in state.instances[holder]?.holds) {
    for (const lease of state.leases[path] ?? []) {
      if (lease.holder === holder) lease.calls = lease.calls.filter((c) => c.id !== call)
    }
  }
}

function endInstance(state: State, id: string, at: string, reason: string): void {
  const instance = state.instances[id]
  if (instance === undefined || instance.phase === 'ended') return
  instance.phase = 'ended'
  instance.endedAt = at
  instance.endReason = reason
  delete instance.lastRefusal
  leaveLine(state, id, Object.keys(state.claims))
  delete instance.unread
  state.ended.push(id)
  const oldest = state.ended.length > endedInstancesMax ? state.ended.shift() : undefined
  const forgotten = oldest === undefined ? undefined : state.instances[oldest]
  if (forgotten === undefined) return
  delete state.instances[forgotten.id]
  if (state.sessions[forgotten.session] === forgotten.id) delete state.sessions[forgotten.session]
}

function decisionRecorded(state: State, event: Recorded<'decision.recorded'>): void {
  const { data } = event
  const role = state.instances[event.by]?.role ?? ''
  const decision: Decision = { ...data, sequence: event.seq, at: event.ts, by: event.by, role }
  const [, day, number] = /^DEC-(\d{8})-(\d{1,9})$/.exec(data.id) ?? []
  if (day !== undefined) state.decisionNumbers[day] = Math.max(state.decisionNumbers[day] ?? 0, Number(number))
  changeDecisions(state, (decisions) => {
    decisions.push(decision)
    const old = data.supersedes === undefined ? undefined : decisionWithId(decisions, data.supersedes)
    if (old === undefined) return
    old.status = 'superseded'
    old.supersededBy = data.id
  })
}
