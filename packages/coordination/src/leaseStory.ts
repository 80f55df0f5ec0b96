import type { RecordedEvent } from './events.js'
import { wouldExplain } from './evolve/bypasses.js'
import { evolve } from './evolve.js'
import { isOf } from './recorded.js'
import { initial, type Lease, type State } from './state.js'
import type { Liveness, TakeoverCause } from './vocabulary.js'

/** The life of each lease on one path, told from records: any records that hold all which concern it tell the same. */

export type Ending = 'released' | 'forced' | 'call-ended' | 'edited' | 'turn' | 'session' | 'cleanup' | 'taken-over'

export interface LeaseStory {
  /** As it stands, or stood at its end. */
  lease: Lease
  granted: { sequence: number; at: string; takenFrom: { holder: string; cause: TakeoverCause }[] }
  /** What moved its expiry, or was recorded to do so. */
  renewals: { sequence: number; at: string; type: string; expiresAt: string }[]
  /** What ended a tool call under it without an edit, as far as nothing ended or began that call again. */
  calmed: { sequence: number; calls: string[] }[]
  /** Those who were refused because of it. */
  refusals: { sequence: number; at: string; by: string; enforced: boolean; holderLiveness: Liveness }[]
  ended?: { sequence: number; at: string; by: string; how: Ending; reason?: string }
}

/** Of an instance: the records that say who it is, as sequences. */
export interface Identity {
  entered: number
  role: number
  task: number
  /** When it was given that task. */
  taskAt: string
  lastOwn: { sequence: number; at: string; type: string }
}

export interface PathHistory {
  state: State
  sequence: number
  /** In the order in which they were granted. */
  standing: LeaseStory[]
  /** The one that ended last. */
  lastEnded: LeaseStory | undefined
  /** Of every lease that has ended: the record that granted it → the one that ended it. */
  endedBy: ReadonlyMap<number, number>
  /** Of the path, the last one last. */
  edits: readonly Edit[]
  identities: ReadonlyMap<string, Identity>
  /** Of changes behind a lease on the path of which its holder was told, by the record that noticed them. */
  tellings: ReadonlyMap<number, Telling>
}

export interface Edit {
  sequence: number
  at: string
  by: string
  worktree: string
}

export interface Telling {
  told: number
  /** The holder's own edits since that would explain the change, had it not been told. */
  edits: number[]
}

export function pathHistory(records: Iterable<RecordedEvent>, path: string): PathHistory {
  const identities = new Map<string, Identity>()
  const endedBy = new Map<number, number>()
  const edits: Edit[] = []
  const tellings = new Map<number, Telling>()
  let history: PathHistory = {
    state: initial(),
    sequence: 0,
    standing: [],
    lastEnded: undefined,
    edits,
    endedBy,
    identities,
    tellings,
  }
  for (const record of records) {
    const { standing } = history
    history = withRecord(history, path, record)
    for (const { lease, granted } of standing) {
      if (!history.standing.some((story) => isSame(story.lease, lease))) endedBy.set(granted.sequence, record.seq)
    }
    identify(identities, record)
    if (isOf(record, 'file.edited') && record.data.paths.includes(path))
      edits.push({ sequence: record.seq, at: record.ts, by: record.by, worktree: record.data.worktree })
    noteTellings(tellings, path, record, history.state)
  }
  return history
}

function noteTellings(tellings: Map<number, Telling>, path: string, record: RecordedEvent, state: State): void {
  if (!isOf(record, 'bypass.told', 'file.edited')) return
  for (const bypass of state.bypasses.filter((each) => each.path === path && each.told)) {
    const known = tellings.get(bypass.sequence)
    if (isOf(record, 'file.edited') && wouldExplain(bypass, record)) known?.edits.push(record.seq)
    if (isOf(record, 'bypass.told') && known === undefined && bypass.holder === record.by)
      tellings.set(bypass.sequence, { told: record.seq, edits: [] })
  }
}

function withRecord(before: PathHistory, path: string, record: RecordedEvent): PathHistory {
  noteRefusal(before.standing, path, record)
  const state = evolve(before.state, record)
  const now = state.leases[path] ?? []
  const standing: LeaseStory[] = []
  let { lastEnded } = before
  for (const story of before.standing) {
    const lease = now.find((other) => isSame(other, story.lease))
    if (lease === undefined) lastEnded = { ...story, ended: endingOf(record) }
    else standing.push(goneOn(story, lease, record))
  }
  for (const lease of now) {
    if (!standing.some((story) => isSame(story.lease, lease))) standing.push(begun(lease, path, record))
  }
  return { ...before, state, sequence: record.seq, standing, lastEnded }
}

function isSame(a: Lease, b: Lease): boolean {
  return a.token === b.token && a.holder === b.holder
}

function begun(lease: Lease, path: string, record: RecordedEvent): LeaseStory {
  const taken = isOf(record, 'lock.acquired') ? (record.data.takenFrom ?? []) : []
  const takenFrom = taken.filter((from) => from.path === path).map(({ holder, cause }) => ({ holder, cause }))
  const granted = { sequence: record.seq, at: record.ts, takenFrom }
  return { lease: { ...lease }, granted, renewals: [], calmed: [], refusals: [] }
}

function goneOn(story: LeaseStory, lease: Lease, record: RecordedEvent): LeaseStory {
  const { seq, ts, type } = record
  const isRenewed = lease.renewedSequence === seq
  const calmed = calmedBy(story, lease, record, isRenewed)
  if (!isRenewed) return { ...story, calmed, lease: { ...lease } }
  const renewal = { sequence: seq, at: ts, type, expiresAt: lease.expiresAt }
  return { ...story, calmed, lease: { ...lease }, renewals: [...story.renewals, renewal] }
}

function calmedBy(
  { lease: before, calmed }: LeaseStory,
  after: Lease,
  record: RecordedEvent,
  isRenewed: boolean,
): LeaseStory['calmed'] {
  const touched =
    isRenewed && isOf(record, 'lock.acquired', 'lock.renewed', 'file.edited') ? record.data.call : undefined
  const earlier = calmed
    .map(({ sequence, calls }) => ({ sequence, calls: calls.filter((id) => id !== touched) }))
    .filter(({ calls }) => calls.length > 0)
  const calls = before.calls.map(({ id }) => id).filter((id) => !after.calls.some((call) => call.id === id))
  return isRenewed || calls.length === 0 ? earlier : [...earlier, { sequence: record.seq, calls }]
}

function noteRefusal(standing: readonly LeaseStory[], path: string, record: RecordedEvent): void {
  if (!isOf(record, 'lock.denied')) return
  const { heldBy, enforced, liveness = {} } = record.data
  for (const { lease, refusals } of standing) {
    if (!heldBy.some((held) => held.path === path && held.token === lease.token && held.holder === lease.holder))
      continue
    const seen = Object.hasOwn(liveness, lease.holder) ? liveness[lease.holder] : undefined
    const { seq: sequence, ts: at, by } = record
    refusals.push({ sequence, at, by, enforced, holderLiveness: seen ?? 'unknown' })
  }
}

const endings: Readonly<Record<string, Ending>> = {
  'turn.started': 'turn',
  'turn.ended': 'turn',
  'instance.ended': 'session',
  'cleanup.completed': 'cleanup',
  'file.edited': 'edited',
  'lock.acquired': 'taken-over',
}

function endingOf(record: RecordedEvent): NonNullable<LeaseStory['ended']> {
  const { seq: sequence, ts: at, by } = record
  if (!isOf(record, 'lock.released')) return { sequence, at, by, how: endings[record.type] ?? 'released' }
  const { cause, reason } = record.data
  return { sequence, at, by, how: cause, ...(reason !== undefined && { reason }) }
}

function identify(identities: Map<string, Identity>, record: RecordedEvent): void {
  const { seq, by } = record
  const lastOwn = { sequence: seq, at: record.ts, type: record.type }
  const known = identities.get(by)
  if (isOf(record, 'instance.registered'))
    identities.set(by, { entered: seq, role: seq, task: seq, taskAt: record.ts, lastOwn })
  if (known === undefined || isOf(record, 'instance.registered')) return
  known.lastOwn = lastOwn
  if (isOf(record, 'instance.updated', 'turn.started') && record.data.task !== undefined) {
    known.task = seq
    known.taskAt = record.ts
  }
  if (isOf(record, 'instance.updated') && record.data.role !== undefined) known.role = seq
}
