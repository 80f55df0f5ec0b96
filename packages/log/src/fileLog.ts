import type { AppendAllResult, AppendResult, Fold, Group, Loaded, Log } from './contract.js'
import { createEngine, type Engine, type EngineOptions, orSystemError, orSystemErrorLater } from './engine.js'
import { fromSystem, LogError } from './errors.js'
import { createFolding, type Folding, foldForward, inTurn } from './folding.js'
import { type Head, underLock } from './head.js'
import { readHead, readRecords, untilNextPoll } from './history.js'
import { closeReader, createReader, type Reader } from './reading.js'
import { closeWriter, createWriter, establishEnd, type Writer } from './recovery.js'
import { SNAPSHOT_POLICY, type SnapshotOutcome, type SnapshotPolicy, snapshotIfDue } from './snapshotPolicy.js'
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
      return onlyOne(await appendGroup(writer, options, { ts, expected, fill: (add) => void add(event) }))
    },
    appendAll: async (group) => whileOpen(() => appendGroup(writer, options, group)),
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

type AnyGroup = Omit<Group, 'expected'> & { readonly expected: number | 'any' }

async function appendGroup(writer: Writer, options: FileLogOptions, group: AnyGroup): Promise<AppendAllResult> {
  const { engine, slot, tail } = writer
  const { expected, ts, deadlineMs } = group
  if (options.readOnly) throw openedReadOnly(engine)
  try {
    const act = (head: Head): AppendAllResult => {
      const note = establishEnd(writer, head, ts)
      if (expected !== 'any' && expected !== note.sequence) return { kind: 'conflict', sequence: note.sequence }
      const { records, note: end } = appendAllAfter(engine, head, tail, note, group.fill)
      return { kind: 'appended', sequence: end.sequence, records }
    }
    return await underLock(engine, slot, act, deadlineMs)
  } catch (error) {
    closeTail(engine, tail)
    throw fromSystem(error, engine.places.root)
  }
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
