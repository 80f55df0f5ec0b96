import { once } from '@coordlog/coordination/once'
import type { Fold, Loaded, Log } from '@coordlog/log/contract'
import { type FileLogExtras, type FileLogOptions, openFileLog } from '@coordlog/log/fileLog'
import { type Decider, type Transacted, type TransactOptions, transact } from '@coordlog/log/transact'
import type { Clock } from '@coordlog/runtime/clock'
import { fold } from '@coordlog/runtime/coordination'
import { fileSystemUnder } from '@coordlog/runtime/fileSystemKind'
import { createGrouping, type Grouping } from './grouping.js'

/**
 * The log of one directory, kept open with its folded state. It is the same log that everybody else has: it reads what
 * others append, and appends under the same flock. What is kept here is only the work of folding.
 */
export interface WarmLog {
  readonly directory: string
  /** The log, and the way to decide on it, for one caller; `signal` fires when that one has gone. */
  accessFor(signal: AbortSignal): LogAccess
  counts(): { events: number; writes: number }
  /** Folds anew, from what is on the disk, when it is needed next. */
  forget(): void
  close(): void
}

/** As `openCoordination` takes it. */
export interface LogAccess {
  openLog: typeof openFileLog
  transact: typeof transact
  fileSystemUnder: typeof fileSystemUnder
}

/** Whoever needs the lock for something else than a decision does not hold up those who decide. */
const lockDeadlineMs = 50

interface Open {
  log: Log & FileLogExtras
  grouping: Grouping
}

export function createWarmLog(directory: string, clock: Clock): WarmLog {
  let kept: Promise<Open> | undefined
  let grouping: Grouping | undefined
  // It is open: what it lies on stays the same.
  const ownFileSystem = once(() => fileSystemUnder(directory))
  const open = async (): Promise<Open> => {
    kept ??= openFileLog(directory, { lockDeadlineMs }).then((opened) => {
      const log = lookingOnce(opened)
      grouping = createGrouping(log, fold, clock)
      return { log, grouping }
    })
    try {
      return await kept
    } catch (error) {
      // The next one tries again: the directory may have been put right.
      kept = undefined
      throw error
    }
  }
  return {
    directory,
    counts: () => grouping?.counts() ?? { events: 0, writes: 0 },
    forget: () => grouping?.forget(),
    accessFor: (signal) => ({
      ...access(directory, open, signal),
      fileSystemUnder: (path) => (path === directory ? ownFileSystem() : fileSystemUnder(path)),
    }),
    close() {
      void kept?.then(({ log }) => log.close())
      kept = undefined
    },
  }
}

/**
 * A hook asks for the state six times and waits for nothing in between: what it found the first time holds until all that follows from it
 * at once is done. Nobody has come in meanwhile, so everybody's state is of a moment after they asked. A record of this process ends it.
 */
function lookingOnce(log: Log & FileLogExtras): Log & FileLogExtras {
  let found: { fold: object; loaded: Promise<unknown> } | undefined
  const forget = () => {
    found = undefined
  }
  const thenForget = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } finally {
      forget()
    }
  }
  return {
    ...log,
    load<S>(fold: Fold<S>): Promise<Loaded<S>> {
      if (found?.fold === fold) return found.loaded as Promise<Loaded<S>>
      const loaded = log.load(fold)
      found = { fold, loaded }
      process.nextTick(forget)
      return loaded
    },
    append: (event, expected) => thenForget(log.append(event, expected)),
    appendAll: (group) => thenForget(log.appendAll(group)),
  }
}

/** Other directories are opened as usual: a caller may stand in one repository and ask about another. */
function access(
  directory: string,
  open: () => Promise<Open>,
  signal: AbortSignal,
): Pick<LogAccess, 'openLog' | 'transact'> {
  const warm = new Map<Log, { grouping: Grouping; isDurable: boolean }>()
  return {
    async openLog(wanted: string, options: FileLogOptions = {}) {
      if (wanted !== directory) return openFileLog(wanted, options)
      const { log, grouping } = await open()
      const view = viewOf(log, grouping)
      warm.set(view, { grouping, isDurable: options.durability === 'all' })
      return view
    },
    async transact<S, R>(log: Log, wanted: Fold<S>, decider: Decider<S, R>, options: TransactOptions) {
      const known = warm.get(log)
      if (known === undefined) return transact(log, wanted, decider, options)
      const { deadlineMs } = options
      const { grouping, isDurable } = known
      // The domain's fold is the only one that a coordination decides on, and its deciders await nothing.
      const transacted = await grouping.decide({
        decider: (state) => atOnce(decider(state as never, state.sequence)),
        isDurable,
        deadlineMs,
        signal,
      })
      return transacted as Transacted<R>
    },
  }
}

function atOnce<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('a decision of a resident must not wait for anything')
  return value
}

/** What closing it would close is shared. */
function viewOf(log: Log & FileLogExtras, grouping: Grouping): Log & FileLogExtras {
  const shared = <S>(wanted: Fold<S>) =>
    wanted === (fold as Fold<unknown>) ? (grouping.fold() as Fold<never>) : wanted
  return {
    ...log,
    load: (wanted) => log.load(shared(wanted)),
    writeSnapshotIfDue: (wanted) => grouping.alone(() => log.writeSnapshotIfDue(shared(wanted))),
    close: () => undefined,
  }
}
