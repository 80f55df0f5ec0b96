import { setTimeout as sleep } from 'node:timers/promises'
import type { State } from '@coordlog/coordination/state'
import type { Fold, Log, LogRecord, NewEvent } from '@coordlog/log/contract'
import { damagedError, LogError } from '@coordlog/log/errors'
import { type Decision, lostEveryRace, type Transacted } from '@coordlog/log/transact'
import type { Clock } from '@coordlog/runtime/clock'

/**
 * Decisions that arrive together are made one after the other on one state, and what they record is written at once: one
 * write, one sync. Each is answered when all of it is in the log. In the order in which they came; nobody is passed over.
 */
export interface Grouping {
  /** What the shared state is folded by. Another one after a failure: then the state is folded anew. */
  fold(): Fold<State>
  decide(wanted: Wanted): Promise<Transacted<unknown>>
  /** Since the start: how many events were recorded, and by how many writes. */
  counts(): { events: number; writes: number }
  /** The shared state is not trusted any more. */
  forget(): void
  /** While `work` runs, nothing is decided: the state that it looks at stays as it is. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export interface Wanted {
  decider(state: State): Decision<unknown>
  /** Every event is synced before it is acknowledged. */
  isDurable: boolean
  /** How long to try, for the lock or after conflicts. */
  deadlineMs: number
  /** Whoever asked has gone: then it is not done any more. */
  signal: AbortSignal
}

interface Waiting extends Wanted {
  sinceMs: number
  early: Early | undefined
  resolve(transacted: Transacted<unknown>): void
  reject(error: unknown): void
}

/** What was decided when it was asked for; of use as long as the state is still at that sequence. */
interface Early {
  state: State
  sequence: number
  decision: Decision<unknown>
}

const groupMax = 64
/** So long one try waits for the lock; meanwhile newcomers wait with it, and after it each is asked about its own deadline. */
const lockSliceMs = 50
const triesWithoutPause = 3
const pauseMs = 5

interface Room {
  log: Log
  clock: Clock
  original: Fold<State>
  fold: Fold<State>
  queue: Waiting[]
  /** Somebody looks whether there is anything to record; all others came later. */
  isLooking: boolean
  /** Somebody of a group has no answer yet. */
  isDeciding: boolean
  counts: { events: number; writes: number }
}

export function createGrouping(log: Log, original: Fold<State>, clock: Clock): Grouping {
  const counts = { events: 0, writes: 0 }
  const room: Room = {
    log,
    clock,
    original,
    fold: following(original),
    queue: [],
    isLooking: false,
    isDeciding: false,
    counts,
  }
  /** A group will be made in this turn of the loop or the next one. */
  let isDue = false
  let turn: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const run = async () => {
    isDue = room.queue.length > 0
    if (!isDue) return
    await alone(() => decideTogether(room))
    // Once around the loop: what has arrived by now belongs to the next group.
    setImmediate(run)
  }
  return {
    fold: () => room.fold,
    counts: () => room.counts,
    forget: () => {
      room.fold = following(room.original)
    },
    alone,
    decide: async (wanted) => {
      const sinceMs = clock.monotonicMs()
      const isFirst = !room.isDeciding && !room.isLooking && room.queue.length === 0
      const early = isFirst ? await decideEarly(room, wanted) : undefined
      if (early !== undefined && early.decision.event === undefined) {
        return { reply: early.decision.reply, sequence: early.sequence }
      }
      return new Promise((resolve, reject) => {
        const waiting = { ...wanted, sinceMs, early, resolve, reject }
        if (isFirst) room.queue.unshift(waiting)
        else room.queue.push(waiting)
        if (isDue) return
        isDue = true
        // When all that has arrived has been read: whoever came at the same time is in the group then.
        setImmediate(run)
      })
    },
  }
}

/** Most decisions record nothing: while nobody is being served they are answered at once. */
async function decideEarly(room: Room, { decider, signal }: Wanted): Promise<Early | undefined> {
  const { log, fold } = room
  signal.throwIfAborted()
  room.isLooking = true
  const { state, damage } = await log.load(fold).catch(unreadable)
  room.isLooking = false
  if (state === undefined || damage !== undefined) return undefined
  return { state, sequence: state.sequence, decision: decider(state) }
}

/** Whoever decides for the group meets the same, and says so. */
function unreadable(): { state: undefined; damage: undefined } {
  return { state: undefined, damage: undefined }
}

/** The same fold; but a state that has gone ahead of what was read is not led through the same records again. */
function following(fold: Fold<State>): Fold<State> {
  return {
    ...fold,
    evolve: (state, record) => (record.seq <= state.sequence ? state : fold.evolve(state, record)),
  }
}

/** Ends when everybody who was waiting has an answer. */
async function decideTogether(room: Room): Promise<void> {
  let waiting: Waiting[] = []
  room.isDeciding = true
  for (let tries = 1; tries === 1 || waiting.length > 0; tries += 1) {
    waiting.push(...room.queue.splice(0, groupMax - waiting.length))
    waiting = await tryTogether(room, waiting.filter(isWanted))
    if (waiting.length > 0 && tries >= triesWithoutPause) await sleep(Math.random() * pauseMs)
  }
  room.isDeciding = false
}

function isWanted({ signal, reject }: Waiting): boolean {
  if (signal.aborted) reject(signal.reason)
  return !signal.aborted
}

/** Returns those who have to try again. */
async function tryTogether(room: Room, waiting: readonly Waiting[]): Promise<Waiting[]> {
  try {
    const { state, damage } = await room.log.load(room.fold)
    if (damage !== undefined) throw damagedError(damage)
    const recording = waiting.flatMap((one) => unanswered(one, state))
    return recording.length === 0 ? [] : await append(room, recording, state)
  } catch (error) {
    // What was decided is not acknowledged, and the state that it was decided on may be ahead of the log.
    room.fold = following(room.original)
    for (const { reject } of waiting) reject(error)
    return []
  }
}

/** Somebody whose decision is to be recorded. `first`: what it was on the state from which the group sets out. */
interface Recording {
  one: Waiting
  first: Decision<unknown>
}

/** A decision that records nothing needs no lock. */
function unanswered(one: Waiting, state: State): Recording[] {
  try {
    const { early } = one
    const isStillSo = early !== undefined && early.state === state && early.sequence === state.sequence
    const first = isStillSo ? early.decision : one.decider(state)
    if (first.event !== undefined) return [{ one, first }]
    one.resolve({ reply: first.reply, sequence: state.sequence })
  } catch (error) {
    one.reject(error)
  }
  return []
}

async function append(room: Room, recording: readonly Recording[], loaded: State): Promise<Waiting[]> {
  const waiting = recording.map(({ one }) => one)
  const answers: (() => void)[] = []
  const { sequence: expected } = loaded
  let state = loaded
  const fill = (add: (event: NewEvent) => LogRecord) => {
    for (const { one, first } of recording) {
      const { answer, record } = decideOne(one, state.sequence === expected ? first : undefined, state, add)
      answers.push(answer)
      if (record !== undefined) state = room.fold.evolve(state, record)
    }
  }
  try {
    const ts = room.clock.now()
    const group = { expected, ts, deadlineMs: lockSliceMs, fill, folded: room.fold }
    const result = await room.log.appendAll(group)
    if (result.kind === 'conflict') return inTime(room, waiting, (waitedMs) => lostEveryRace(1, waitedMs))
    room.counts.events += result.records.length
    room.counts.writes += 1
  } catch (error) {
    if (!(error instanceof LogError && error.code === 'busy')) throw error
    return inTime(room, waiting, (waitedMs) => afterWaiting(error, waitedMs))
  }
  // Whoever has its answer may ask again at once.
  room.isDeciding = false
  for (const answer of answers) answer()
  return []
}

/** `known`: what is decided already, for the one before whom nobody was. */
function decideOne(
  one: Waiting,
  known: Decision<unknown> | undefined,
  state: State,
  add: (event: NewEvent) => LogRecord,
): { answer: () => void; record?: LogRecord } {
  try {
    const { event, reply } = known ?? one.decider(state)
    if (event === undefined) return { answer: () => one.resolve({ reply, sequence: state.sequence }) }
    const record = add({ ...event, durable: event.durable || one.isDurable })
    return { record, answer: () => one.resolve({ reply, sequence: record.seq, record }) }
  } catch (error) {
    return { answer: () => one.reject(error) }
  }
}

/** Those with time left; the others are told why it was not enough. */
function inTime(room: Room, waiting: readonly Waiting[], why: (waitedMs: number) => LogError): Waiting[] {
  const nowMs = room.clock.monotonicMs()
  return waiting.filter(({ sinceMs, deadlineMs, reject }) => {
    const waitedMs = Math.round(nowMs - sinceMs)
    if (waitedMs >= deadlineMs) reject(why(waitedMs))
    return waitedMs < deadlineMs
  })
}

/** The same error, with the time that this one waited through all its tries. */
function afterWaiting(error: LogError, waitedMs: number): LogError {
  const message = error.message.replace(`within ${error.facts['waitedMs']} ms`, `within ${waitedMs} ms`)
  return new LogError('busy', message, { ...error.facts, waitedMs })
}
