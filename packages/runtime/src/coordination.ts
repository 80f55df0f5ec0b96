import type { Command, CommandOf, CommandType, Replies } from '@coordlog/coordination/commands'
import { decide } from '@coordlog/coordination/decide'
import { type DomainEvent, eventSchemas } from '@coordlog/coordination/events'
import { fold as domainFold } from '@coordlog/coordination/fold'
import { isLive, otherHolders } from '@coordlog/coordination/lookup'
import type { Instance, State } from '@coordlog/coordination/state'
import type { Present } from '@coordlog/coordination/views'
import type { Liveness, Policy } from '@coordlog/coordination/vocabulary'
import type { Fold, JsonObject, Loaded, Log, NewEvent } from '@coordlog/log/contract'
import { LogError } from '@coordlog/log/errors'
import { openFileLog } from '@coordlog/log/fileLog'
import { transact } from '@coordlog/log/transact'
import { type Clock, systemClock } from './clock.js'
import { type Config, policyOf, readConfig } from './config.js'
import { fileSystemUnder, refuseShared } from './fileSystemKind.js'
import { writeHooksLog } from './hooksLog.js'
import { livenessOf } from './liveness.js'
import { findPlace, type Place, type PlaceRequest } from './place.js'
import { errorCode } from './problems.js'
import { NoFolder } from './projection/files.js'
import { noticeHandwork, project, type Source } from './projection/project.js'

/** The domain's fold, as the engine takes it. */
export const fold: Fold<State> = domainFold

export interface OpenOptions extends PlaceRequest {
  /** How long to wait for the flock, and for a decision to get through. Hooks: short. */
  lockDeadlineMs: number
  clock?: Clock
  /** How to get at the log, where it is open already. */
  openLog?: typeof openFileLog
  /** Record although other machines may write there too. */
  allowNetworkFs?: boolean
  /** What lies under a path; another answer in tests. */
  fileSystemUnder?: typeof fileSystemUnder
  /** Decides and appends; where several do so at once in one process, they may be put together. */
  transact?: typeof transact
}

/** A command as callers give it: the time and what is known of other processes are filled in here. */
export type Ask<T extends CommandType> = Omit<CommandOf<T>, 'at' | 'liveness'> & { type: T }

export interface Executed<T extends CommandType> {
  reply: Replies[T]
  /** Of the event recorded; if nothing was, the last one of the log. */
  sequence: number
  recorded: boolean
}

export interface Coordination {
  readonly place: Place
  readonly config: Config
  readonly configFile: string
  readonly configProblems: readonly string[]
  /** Lines for people about what was found and done since it was opened. */
  readonly notes: readonly string[]
  readonly policy: Policy
  readonly clock: Clock
  readonly log: Log
  load(): Promise<Loaded<State>>
  /** Decides on the newest state and appends; on a conflict again, until the deadline. */
  execute<T extends CommandType>(ask: Ask<T>): Promise<Executed<T>>
  /** What views of this state need to know of now: of all live instances, or of those that matter. */
  present(state: State, whose?: readonly Instance[]): Present
  /** Work that may wait until the answer is out: a snapshot, if one is due, and the compatibility files. */
  tidyUp(): Promise<void>
  close(): void
}

export async function openCoordination(options: OpenOptions): Promise<Coordination> {
  const place = findPlace(options)
  const clock = options.clock ?? systemClock
  const { config, file, problems } = readConfig(place)
  const { lockDeadlineMs } = options
  const log = await (options.openLog ?? openFileLog)(place.directory, {
    durability: config.log.durability,
    lockDeadlineMs,
  })
  const notes: string[] = []
  let mayRecord = false
  const coordination: Coordination = {
    place,
    config,
    configFile: file,
    configProblems: problems,
    notes,
    policy: policyOf(config),
    clock,
    log,
    load: () => log.load(fold),
    execute: async (ask) => {
      if (!mayRecord) refuseUnlessAllowed(options, config, place)
      mayRecord = true
      return execute({ log, clock, lockDeadlineMs, transact: options.transact ?? transact }, ask)
    },
    present: (state, whose) => presentOf(state, whose, clock.now(), config.instance.staleMs),
    tidyUp: async () => {
      await log.writeSnapshotIfDue(fold)
      if (config.compat.files === 'on') await unlessItFails(coordination, project(sourceOf(coordination, notes)))
    },
    close: () => log.close(),
  }
  if (config.compat.files === 'on') await unlessItFails(coordination, noticeHandwork(sourceOf(coordination, notes)))
  return coordination
}

/** Asked once for each opening, before the first event: reading is harmless. */
function refuseUnlessAllowed(options: OpenOptions, config: Config, { directory }: Place): void {
  if (options.allowNetworkFs || config.log.networkFs === 'allow') return
  refuseShared(directory, (options.fileSystemUnder ?? fileSystemUnder)(directory))
}

function sourceOf(coordination: Coordination, notes: string[]): Source {
  const { place, config, clock, load, present, execute } = coordination
  return {
    place,
    decisionsMax: config.compat.decisionsMax,
    load,
    present,
    now: () => clock.now(),
    releaseByHand: async ({ path, token }) => {
      const reason = 'lock file removed'
      const how = { force: true, manual: true, reason }
      await execute<'lock.release'>({ type: 'lock.release', by: 'terminal', paths: [path], token, ...how })
    },
    tell: (worktree, line) => {
      notes.push(line)
      writeHooksLog({ ...place, worktree }, clock.now(), line)
    },
  }
}

/** The files are a convenience: that they cannot be written is worth a line, and nothing else. */
async function unlessItFails({ place, clock }: Coordination, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const isExpected = errorCode(error) !== undefined || error instanceof LogError || error instanceof NoFolder
    if (!isExpected || !(error instanceof Error)) throw error
    writeHooksLog(place, clock.now(), `the compatibility files were not brought up to date: ${error.message}`)
  }
}

/** The system is asked about processes only when somebody looks at them. */
function presentOf(state: State, whose: readonly Instance[] | undefined, at: string, staleMs: number): Present {
  let liveness: Present['liveness'] | undefined
  return {
    at,
    staleMs,
    get liveness() {
      liveness ??= livenessOfAll(whose ?? Object.values(state.instances).filter(isLive))
      return liveness
    },
  }
}

interface Desk {
  log: Log
  clock: Clock
  lockDeadlineMs: number
  transact: typeof transact
}

async function execute<T extends CommandType>(
  { log, clock, lockDeadlineMs, transact }: Desk,
  ask: Ask<T>,
): Promise<Executed<T>> {
  const { reply, sequence, record } = await transact(
    log,
    fold,
    (state: State) => {
      // The one place where a command becomes whole; Ask<T> is CommandOf<T> without these two.
      const command = { ...ask, at: clock.now(), ...livenessFor(state, ask) } as unknown as CommandOf<T> & {
        type: T
      }
      const decided = decide<T>(state, command)
      return decided.event === undefined
        ? { reply: decided.reply }
        : { event: stored(decided.event), reply: decided.reply }
    },
    { deadlineMs: lockDeadlineMs, random: Math.random },
  )
  return { reply, sequence, recorded: record !== undefined }
}

/** Asking the system about a process costs a few file reads, so only those are asked about on whom the decision may hang. */
function livenessFor(
  state: State,
  ask: Pick<Command, 'type'> & { paths?: string[]; by?: string },
): { liveness?: Record<string, Liveness> } {
  if (ask.type === 'lock.acquire')
    return { liveness: livenessOfAll(otherHolders(state, ask.paths ?? [], ask.by ?? '')) }
  if (ask.type === 'cleanup') return { liveness: livenessOfAll(Object.values(state.instances).filter(isLive)) }
  return {}
}

function livenessOfAll(instances: readonly Instance[]): Record<string, Liveness> {
  const found: Record<string, Liveness> = {}
  for (const { id, process } of instances) found[id] = livenessOf(process)
  return found
}

/** Nothing enters the log that its own schema would not accept: a failure here is a fault of ours. */
function stored(event: DomainEvent): NewEvent {
  const { type, ts, by, data, durable } = event
  eventSchemas[type]().parse(data)
  return { type, ts, by, data: data as unknown as JsonObject, durable }
}
