import * as assert from 'uvu/assert'
import type { EventData, EventType, LeaseRef, OthersEdit, RecordedEvent } from '../src/events.js'
import { resourceOf } from '../src/resources.js'
import type { Lease, State } from '../src/state.js'

/** What each type of event must have done to the state, said once more and in other words than evolve says it. */
export function assertEffect(before: State, record: RecordedEvent, after: State): void {
  assert.is(after.sequence, record.seq)
  assert.is(after.instances[record.by]?.lastSeenSequence ?? record.seq, record.seq)
  const effect = effects[record.type as EventType] as Effect<EventType>
  effect({ before, after, record, data: record.data as EventData<EventType> })
}

interface Folded<T extends EventType> {
  before: State
  after: State
  record: RecordedEvent
  data: EventData<T>
}
type Effect<T extends EventType> = (folded: Folded<T>) => void

const effects: { [T in EventType]: Effect<T> } = {
  'instance.registered': ({ after, record, data }) => {
    const { phase, task, worktree, parent } = after.instances[record.by] ?? {}
    assert.equal([phase, task, worktree, parent], ['working', data.task, data.worktree, data.parent])
    assert.is(after.sessions[data.session], record.by)
    assert.not.ok(after.ended.includes(record.by))
  },
  'instance.heartbeat': ({ after, record }) => assert.ok((after.instances[record.by]?.lastSeenAt ?? '') >= record.ts),
  'instance.updated': ({ after, record, data }) => {
    for (const [key, value] of Object.entries(data)) {
      assert.is(after.instances[record.by]?.[key as 'task'], value, key)
    }
  },
  'instance.ended': ({ after, record, data }) => {
    assertGone(after, data.released)
    for (const id of data.ended) assertEnded(after, id, record, data.reason)
  },
  'turn.started': ({ after, record, data }) => {
    assertGone(after, data.released)
    assert.is(after.instances[record.by]?.phase, 'working')
    assert.is(after.instances[record.by]?.unread, undefined)
    if (data.turn !== undefined) assert.is(after.instances[record.by]?.turn, data.turn)
  },
  'turn.ended': ({ after, record, data }) => {
    assertGone(after, data.released)
    assert.is(after.instances[record.by]?.phase, 'idle')
    assert.is(after.instances[record.by]?.unread, undefined)
  },
  'lock.acquired': ({ after, record, data }) => {
    assertGone(after, data.takenFrom ?? [])
    for (const path of data.paths) {
      const lease = leaseOf(after, path, record.by, record.seq)
      assert.equal([lease?.expiresAt, lease?.worktree], [data.expiresAt, data.worktree])
      assert.equal(
        lease?.calls.map(({ id }) => id),
        data.call === undefined ? [] : [data.call],
      )
    }
    assertRenewed(after, record, data, data.renewed ?? [])
  },
  'lock.renewed': ({ after, record, data }) => assertRenewed(after, record, data, data.paths),
  'lock.denied': ({ before, after, record, data }) => {
    assert.equal(JSON.stringify(after.leases), JSON.stringify(before.leases))
    assert.equal(after.instances[record.by]?.lastRefusal, {
      requestId: data.requestId,
      sequence: record.seq,
      paths: data.paths,
    })
    for (const { path, since } of data.claimed ?? []) {
      const claim = after.claims[path]?.find(({ by }) => by === record.by)
      assert.equal([claim?.until, claim?.sequence], [data.claimedUntil, since ?? record.seq])
    }
  },
  'notice.delivered': ({ before, after, record, data }) => {
    assert.equal(JSON.stringify(after.leases), JSON.stringify(before.leases))
    for (const { path, token, by } of data.asked) {
      const told = after.claims[path]?.find((claim) => claim.by === by)?.told.at(-1)
      assert.equal(told, { holder: record.by, token, at: record.ts, sequence: record.seq })
    }
  },
  'edit.refused': ({ before, after, record, data }) => {
    assert.equal(JSON.stringify(after.leases), JSON.stringify(before.leases))
    const { requestId, call, turn, stale: edits } = data
    assert.equal(after.instances[record.by]?.unread?.at(-1), {
      requestId,
      at: record.ts,
      edits,
      ...(turn !== undefined && { turn }),
      ...(call !== undefined && { call }),
    })
  },
  'file.read': ({ before, after, record, data }) => {
    assert.equal(JSON.stringify(after.leases), JSON.stringify(before.leases))
    assertSeen(after, record.by, data.seen)
  },
  'lock.released': ({ before, after, record, data }) => {
    assertGone(after, data.released)
    for (const { requestId, call = requestId, edits } of before.instances[record.by]?.unread ?? []) {
      const isOver = data.calls?.includes(call) ?? false
      const isPending = after.instances[record.by]?.unread?.some((refusal) => refusal.requestId === requestId) ?? false
      assert.is(isPending, !isOver)
      const standing = edits.filter(({ path, sequence }) => after.files[path]?.sequence === sequence)
      if (isOver) assertSeen(after, record.by, standing)
    }
  },
  'file.edited': ({ after, record, data }) => {
    assertGone(after, data.released)
    for (const path of data.paths) {
      if (resourceOf(path) !== undefined) assert.is(after.files[path], undefined)
      else
        assert.equal(after.files[path], { by: record.by, at: record.ts, sequence: record.seq, worktree: data.worktree })
      const isUnleased = data.unleased?.includes(path) ?? false
      const isReleased = data.released.some((ref) => ref.path === path)
      if (!isUnleased && !isReleased) assertRenewed(after, record, data, [path])
    }
  },
  'bypass.detected': ({ after, record, data }) => {
    for (const { path, holder, token, content, stamp } of data.changes) {
      const lease = leaseOf(after, path, holder, token)
      assert.equal([lease?.content, lease?.stamp], [content, stamp])
      const noted = after.bypasses.find((each) => each.sequence === record.seq && each.path === path)
      assert.equal([noted?.holder, noted?.suspect, noted?.told], [holder, data.suspect, false])
    }
  },
  'bypass.told': ({ after, record, data }) => {
    const untold = after.bypasses.filter((each) => each.holder === record.by && !each.told)
    for (const path of data.paths) assert.not.ok(untold.some((each) => each.path === path))
  },
  'cleanup.completed': ({ after, record, data }) => {
    assertGone(after, [...data.expired, ...data.released])
    for (const { instance, cause } of data.ended) assertEnded(after, instance, record, cause)
  },
  'decision.recorded': ({ after, record, data }) => {
    const decision = after.decisions.at(-1)
    assert.equal([decision?.id, decision?.sequence, decision?.by], [data.id, record.seq, record.by])
    const old = after.decisions.find(({ id }) => id === data.supersedes)
    if (data.supersedes !== undefined) assert.equal([old?.status, old?.supersededBy], ['superseded', data.id])
  },
  'item.imported': ({ after, record, data }) => assert.is(after.imported[data.requestId], record.seq),
  'decision.status_changed': ({ after, data }) => {
    assert.is(after.decisions.find(({ id }) => id === data.id)?.status, data.to)
  },
}

function leaseOf(state: State, path: string, holder: string, token: number): Lease | undefined {
  return state.leases[path]?.find((lease) => lease.holder === holder && lease.token === token)
}

function assertSeen(state: State, by: string, edits: readonly OthersEdit[]): void {
  for (const { path, sequence } of edits) {
    assert.is(state.files[path]?.sequence, sequence)
    assert.equal(
      state.files[path]?.seenBy?.filter((id) => id === by),
      [by],
      path,
    )
  }
}

function assertGone(state: State, released: readonly LeaseRef[]): void {
  for (const { path, holder, token } of released) {
    assert.is(leaseOf(state, path, holder, token), undefined, `${path} of ${holder} is there still`)
  }
}

function assertRenewed(
  state: State,
  record: RecordedEvent,
  {
    expiresAt,
    worktree,
    policy,
    call,
  }: EventData<'lock.renewed'> | EventData<'lock.acquired'> | EventData<'file.edited'>,
  paths: readonly string[],
): void {
  for (const path of paths) {
    const own = (state.leases[path] ?? []).filter((lease) => lease.holder === record.by)
    const isResource = resourceOf(path) !== undefined
    const meant = own.filter((lease) => isResource || policy.worktrees === 'shared' || lease.worktree === worktree)
    assert.ok(meant.length > 0, `${path}: no lease to renew`)
    for (const lease of meant) {
      assert.is(lease.renewedSequence, record.seq)
      assert.ok(lease.expiresAt >= expiresAt)
      const isInFlight = lease.calls.some(({ id }) => id === call)
      assert.ok(record.type === 'file.edited' ? lease.established && !isInFlight : lease.established || isInFlight)
    }
    for (const lease of own.filter((one) => !meant.includes(one))) assert.is.not(lease.renewedSequence, record.seq)
  }
}

function assertEnded(state: State, id: string, record: RecordedEvent, reason: string): void {
  const { phase, endedAt, endReason } = state.instances[id] ?? {}
  assert.equal([phase, endedAt, endReason], ['ended', record.ts, reason])
  assert.ok(state.ended.includes(id))
}
