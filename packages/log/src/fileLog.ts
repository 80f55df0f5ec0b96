import type { AppendAllResult, AppendResult, Fold, Group, Loaded, Log } from './contract.js'
import { createEngine, type Engine, type EngineOptions, orSystemError, orSystemErrorLater } from './engine.js'
import { fromSystem, LogError } from './errors.js'
import { createFolding, type Folding, foldForward, goOnBehindOwn, inTurn } from './folding.js'
import { type Head, replacedAgainAndAgain, underLock } from './head.js'
import { readHead, readRecords, untilNextPoll } from './history.js'
import { closeReader, createReader, type Reader } from './reading.js'
import { closeWriter, createWriter, establishEnd, type Writer } from './recovery.js'
import { SNAPSHOT_POLICY, type SnapshotOutcome, type SnapshotPolicy, snapshotIfDue } from './snapshotPolicy.js'
import { StrayLines, takeBack } from './stray.js'
import { appendAllAfter, closeTail } from './tail.js'

export interface FileLogOptions extends EngineOptions {
  /** Refuses to append. */
  readonly readOnly?: boolean
  readonly snapshots?: SnapshotPolicy
}

export interface FileLogExtras {
  readonly directory: string
  /** Takes a snapshot if one is due. Never called by the log itself: the caller knows when there is time. */
  writeSnapshotIfDue<State>(fold: Fold<State>): Promise<SnapshotOutcome>
  /** The last sequence and its h, as the disk has them now. Throws LogError 'damaged'. */
  head(): { readonly sequence: number; readonly h: string }
}

/**
 * Opens the log of a directory. Creates nothing: a directory that is not there reads as an empty log, and comes with the
 * first append. Throws LogError 'unsafe' for a directory that is not safely ours.
 */
export async function openFileLog(directory: string, options: FileLogOptions = {}): Promise<Log & FileLogExtras> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  return logOf(createWriter(engine), reader, createFolding(reader), options)
}

function logOf(writer: Writer, reader: Reader, folding: Folding, options: FileLogOptions): Log & FileLogExtras {
  const { engine } = writer
  const policy = options.snapshots ?? SNAPSHOT_POLICY
  let isClosed = false
  const refuseClosed = () => {
    if (isClosed) throw new LogError('io', `The log in ${engine.places.root} was closed before it was used.`)
  }
  const whileOpen = <T>(use: () => T): T => {
    refuseClosed()
    return use()
  }
  return {
    directory: engine.places.root,
    load: async (fold) => whileOpen(() => loadFold(engine, folding, fold)),
    append: async (event, expected) => {
      refuseClosed()
      const { ts } = event
      return onlyOne(
        await appendGroup(writer, folding, options, {
          ts,
          expected,
          fill: (add) => void add(event),
          isRepeatable: true,
        }),
      )
    },
    appendAll: async (group) =>
      whileOpen(() => appendGroup(writer, folding, options, { ...group, isRepeatable: false })),
    read: (from = 1) => whileOpen(() => records(engine, from, async () => false)),
    follow: (from, signal) => whileOpen(() => records(engine, from, () => untilNextPoll(signal))),
    writeSnapshotIfDue: async (fold) =>
      whileOpen(() => orSystemErrorLater(engine, () => snapshotIfDue(folding, writer, fold, policy))),
    head: () => whileOpen(() => orSystemError(engine, () => readHead(reader))),
    close: () => {
      isClosed = true
      closeReader(reader)
      closeWriter(writer)
    },
  }
}

function loadFold<State>(engine: Engine, folding: Folding, fold: Fold<State>): Promise<Loaded<State>> {
  return orSystemErrorLater(engine, () =>
    inTurn(folding, async () => {
      const { folded, damage } = await foldForward(folding, fold)
      return { state: folded.state, sequence: folded.position.sequence, damage }
    }),
  )
}

/** Each iteration reads with files of its own, so that several can run at once. */
async function* records(engine: Engine, from: number, waitForMore: () => Promise<boolean>) {
  const reader = createReader(engine)
  try {
    yield* readRecords(reader, from, waitForMore)
  } catch (error) {
    throw fromSystem(error, engine.places.root)
  } finally {
    closeReader(reader)
  }
}

interface AnyGroup extends Omit<Group, 'expected'> {
  readonly expected: number | 'any'
  /** False if `fill` must not be called a second time: it has led states on by records that are not in the log then. */
  readonly isRepeatable: boolean
}

async function appendGroup(
  writer: Writer,
  folding: Folding,
  options: FileLogOptions,
  group: AnyGroup,
): Promise<AppendAllResult> {
  const { engine, tail } = writer
  const { expected, ts, deadlineMs, isRepeatable } = group
  let isFilled = false
  const fill: Group['fill'] = (add) => {
    isFilled = true
    group.fill(add)
  }
  if (options.readOnly) throw openedReadOnly(engine)
  try {
    const act = (head: Head): AppendAllResult => {
      if (isFilled && !isRepeatable) throw replacedMeanwhile(engine)
      const note = establishEnd(writer, head, ts)
      if (expected !== 'any' && expected !== note.sequence) return { kind: 'conflict', sequence: note.sequence }
      const { records, note: end } = appendAllAfter(engine, head, tail, note, fill)
      if (group.folded !== undefined) goOnBehindOwn(folding, group.folded, note, end, records)
      return { kind: 'appended', sequence: end.sequence, records }
    }
    return await untilInPlace(writer, act, deadlineMs)
  } catch (error) {
    closeTail(engine, tail)
    throw fromSystem(error, engine.places.root)
  }
}

const ATTEMPTS_MAX = 10

/** Tries again under the lock that is at its path now; lines that went astray are taken back before. */
async function untilInPlace<T>(writer: Writer, act: (head: Head) => T, deadlineMs: number | undefined): Promise<T> {
  const { engine, slot, tail } = writer
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      return await underLock(engine, slot, act, deadlineMs)
    } catch (error) {
      if (!(error instanceof StrayLines)) throw error
      closeTail(engine, tail)
      await underLock(engine, slot, () => takeBack(engine, error), deadlineMs)
    }
  }
  throw replacedAgainAndAgain(engine, ATTEMPTS_MAX)
}

function replacedMeanwhile({ places }: Engine): LogError {
  const path = places.lock
  return new LogError('io', `${path} was replaced while it was held. Nothing was recorded; run the command again.`, {
    path,
  })
}

function onlyOne(result: AppendAllResult): AppendResult {
  if (result.kind === 'conflict') return result
  const [record] = result.records
  if (record === undefined) throw new Error('an append without an event')
  return { kind: 'appended', sequence: record.seq, record }
}

function openedReadOnly(engine: Engine): LogError {
  const directory = engine.places.root
  return new LogError('denied', `The log in ${directory} was opened to be read only. Nothing was recorded.`, {
    directory,
  })
}
