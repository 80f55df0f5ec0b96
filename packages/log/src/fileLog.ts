import { performance } from 'node:perf_hooks'
import { noArchive } from './archive.js'
import type { AppendResult, Fold, Loaded, Log, NewEvent } from './contract.js'
import { inspectDirectory, placesOf } from './directory.js'
import { fromSystem, LogError } from './errors.js'
import { type FileSystem, loadFlock, realFileSystem } from './fileSystem.js'
import { createFolding, type Folding, foldForward, inTurn } from './folding.js'
import { SEGMENT_BYTES_MAX } from './format.js'
import { loadHash } from './hash.js'
import { closeHead, type Engine, type Head, underLock } from './head.js'
import { readHead, readRecords, untilNextPoll } from './history.js'
import type { Reader } from './reading.js'
import { establishEnd, type Writer } from './recovery.js'
import { SNAPSHOT_POLICY, type SnapshotOutcome, type SnapshotPolicy, snapshotIfDue } from './snapshotPolicy.js'
import { appendAfter, closeTail } from './tail.js'
import { closeWalker, createWalker } from './walk.js'

export interface FileLogOptions {
  /** The disk; another one in tests. */
  readonly fs?: FileSystem
  /** 'class' (default): what an event asks for. 'all': every event on stable storage before it is acknowledged. */
  readonly durability?: 'class' | 'all'
  /** How long an append tries for the lock. Default 5,000. */
  readonly lockDeadlineMs?: number
  readonly segmentBytesMax?: number
  /** Refuses to append. */
  readonly readOnly?: boolean
  readonly snapshots?: SnapshotPolicy
  /** Changes with each start of the system. Default: the kernel's. */
  readonly bootId?: string
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
  /** From 0 up to, not including, 1. */
  readonly random?: () => number
}

export interface FileLogExtras {
  readonly directory: string
  /** Takes a snapshot if one is due. Never called by the log itself: the caller knows when there is time. */
  writeSnapshotIfDue<State>(fold: Fold<State>): Promise<SnapshotOutcome>
  /** The last sequence and its h, as the disk has them now. Throws LogError 'damaged'. */
  head(): { readonly sequence: number; readonly h: string }
}

const LOCK_DEADLINE_MS = 5000

/** The boot of a system that does not name its boots: it is taken as never restarted, and a log that went back as damaged. */
const UNNAMED_BOOT = 'unnamed'

/**
 * Opens the log of a directory. Creates nothing: a directory that is not there reads as an empty log, and comes with the
 * first append. Throws LogError 'unsafe' for a directory that is not safely ours.
 */
export async function openFileLog(directory: string, options: FileLogOptions = {}): Promise<Log & FileLogExtras> {
  const fs = options.fs ?? realFileSystem
  await Promise.all([loadHash(), loadFlock()])
  const engine = engineOf(fs, directory, options)
  orSystemError(engine, () => inspectDirectory(fs, directory))
  const writer: Writer = {
    engine,
    slot: { head: undefined },
    tail: { open: undefined, note: undefined },
    walker: createWalker(fs, engine.places, noArchive),
  }
  const reader = createReader(engine)
  return logOf(writer, reader, createFolding(reader), options)
}

function engineOf(fs: FileSystem, directory: string, options: FileLogOptions): Engine {
  return {
    fs,
    places: placesOf(directory),
    bootId: options.bootId ?? fs.systemText('/proc/sys/kernel/random/boot_id')?.trim() ?? UNNAMED_BOOT,
    processId: process.pid,
    segmentBytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
    durability: options.durability ?? 'class',
    wait: {
      deadlineMs: options.lockDeadlineMs ?? LOCK_DEADLINE_MS,
      now: options.now ?? (() => performance.now()),
      random: options.random ?? Math.random,
    },
  }
}

function createReader(engine: Engine): Reader {
  return { engine, slot: { head: undefined }, walker: createWalker(engine.fs, engine.places, noArchive) }
}

function closeReader(reader: Reader): void {
  closeWalker(reader.walker)
  closeHead(reader.engine, reader.slot)
}

function logOf(writer: Writer, reader: Reader, folding: Folding, options: FileLogOptions): Log & FileLogExtras {
  const { engine } = writer
  const policy = options.snapshots ?? SNAPSHOT_POLICY
  let isClosed = false
  const whileOpen = <T>(use: () => T): T => {
    if (isClosed) throw new LogError('io', `The log in ${engine.places.root} was closed before it was used.`)
    return use()
  }
  return {
    directory: engine.places.root,
    load: async (fold) => whileOpen(() => loadFold(engine, folding, fold)),
    append: async (event, expected) => whileOpen(() => appendEvent(writer, options.readOnly ?? false, event, expected)),
    read: (from = 1) => whileOpen(() => records(engine, from, async () => false)),
    follow: (from, signal) => whileOpen(() => records(engine, from, () => untilNextPoll(signal))),
    writeSnapshotIfDue: async (fold) =>
      whileOpen(() => orSystemErrorLater(engine, () => snapshotIfDue(folding, writer, fold, policy))),
    head: () => whileOpen(() => orSystemError(engine, () => readHead(reader))),
    close: () => {
      isClosed = true
      closeReader(reader)
      closeWalker(writer.walker)
      closeTail(engine, writer.tail)
      closeHead(engine, writer.slot)
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

async function appendEvent(
  writer: Writer,
  readOnly: boolean,
  event: NewEvent,
  expected: number | 'any',
): Promise<AppendResult> {
  const { engine } = writer
  if (readOnly) throw openedReadOnly(engine)
  try {
    return await underLock(engine, writer.slot, (head) => decideAppend(writer, head, event, expected))
  } catch (error) {
    closeTail(engine, writer.tail)
    throw fromSystem(error, engine.places.root)
  }
}

function decideAppend(writer: Writer, head: Head, event: NewEvent, expected: number | 'any'): AppendResult {
  const note = establishEnd(writer, head, event.ts)
  if (expected !== 'any' && expected !== note.sequence) return { kind: 'conflict', sequence: note.sequence }
  return appendAfter(writer.engine, head, writer.tail, note, event).result
}

function openedReadOnly(engine: Engine): LogError {
  const directory = engine.places.root
  return new LogError('denied', `The log in ${directory} was opened to be read only. Nothing was recorded.`, {
    directory,
  })
}

function orSystemError<T>(engine: Engine, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw fromSystem(error, engine.places.root, 'Nothing was changed.')
  }
}

async function orSystemErrorLater<T>(engine: Engine, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    throw fromSystem(error, engine.places.root, 'Nothing was changed.')
  }
}
