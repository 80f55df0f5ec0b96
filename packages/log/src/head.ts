import { createDirectory, inspectDirectory, openRegular } from './directory.js'
import type { Engine } from './engine.js'
import { LogError } from './errors.js'
import { type FileFacts, isSameFile } from './fileSystem.js'
import { busyError, type Patience, startPatience } from './flock.js'
import { NOTE_BYTES } from './format.js'
import { decodeNote, encodeNote, type HeadNote, type NoteReading } from './headNote.js'

/** The open lock file, and what is noted in it. */
export interface Head {
  readonly descriptor: number
  readonly facts: FileFacts
  /** The bytes of the note as they were last read or written here. */
  readonly seen: Buffer
  seenLength: number
  reading: NoteReading
  /** When the path was last seen to lead to this file, by the engine's clock. */
  checkedMs: number
}

const LOCK_REPLACED_MAX = 10

/**
 * How long it is believed that a path still leads to the file that is open. Two looks cost 9 µs, as much as all other calls
 * of an append together (docs/adr); a process that writes now and then looks each time.
 */
export const PATH_TRUST_MS = 2

/** One byte more than a note has, so that a longer file is seen to be longer. */
const fresh = Buffer.alloc(NOTE_BYTES + 1)

/** Opens the lock file to write, creating it and the directory where they are missing. */
function openHead(engine: Engine): Head {
  const { fs, places } = engine
  if (!inspectDirectory(fs, places.root)) createDirectory(fs, places.root)
  return headOf(openRegular(fs, places.lock, 'update'))
}

/** Opens the lock file to read; undefined if there is none. Creates nothing. */
export function openHeadToRead(engine: Engine): Head | undefined {
  const { fs, places } = engine
  return fs.facts(places.lock) === undefined ? undefined : headOf(openRegular(fs, places.lock, 'read'))
}

function headOf(opened: { descriptor: number; facts: FileFacts }): Head {
  return {
    ...opened,
    seen: Buffer.alloc(NOTE_BYTES + 1),
    seenLength: 0,
    reading: { kind: 'empty' },
    checkedMs: Number.NEGATIVE_INFINITY,
  }
}

/** What the note says now. Cheap when it is the one that was read or written here last. */
export function readNote(engine: Engine, head: Head): NoteReading {
  const length = engine.fs.read(head.descriptor, fresh, fresh.length, 0)
  if (length === head.seenLength && fresh.compare(head.seen, 0, length, 0, length) === 0) return head.reading
  fresh.copy(head.seen, 0, 0, length)
  head.seenLength = length
  head.reading = decodeNote(fresh.subarray(0, length))
  return head.reading
}

/** Notes where the log ends now, by one write over the note before. Only under the lock. */
export function writeNote(engine: Engine, head: Head, note: Omit<HeadNote, 'bootId' | 'processId'>): HeadNote {
  const whole = { ...note, bootId: engine.bootId, processId: engine.processId }
  const bytes = head.seen.subarray(0, NOTE_BYTES)
  encodeNote(whole, bytes)
  head.seenLength = 0
  const count = engine.fs.write(head.descriptor, bytes, 0)
  if (count !== NOTE_BYTES) {
    throw new LogError('io', `${engine.places.lock} took ${count} of the ${NOTE_BYTES} bytes of the head note.`, {
      path: engine.places.lock,
      written: count,
      bytes: NOTE_BYTES,
    })
  }
  head.seenLength = NOTE_BYTES
  head.reading = { kind: 'note', note: whole }
  return whole
}

/** Where an open lock file is kept between two uses of it. */
export interface HeadSlot {
  head: Head | undefined
}

export function closeHead(engine: Engine, slot: HeadSlot): void {
  const head = slot.head
  slot.head = undefined
  if (head !== undefined) engine.fs.close(head.descriptor)
}

/**
 * Runs `act` under the lock, which is held for exactly that long: nothing is awaited between the lock and the unlock, so
 * that two calls in one process, which share the descriptor and therefore the flock, cannot be inside at once. After
 * any error the open files are let go: the next attempt believes nothing that this one believed.
 */
export async function underLock<T>(
  engine: Engine,
  slot: HeadSlot,
  act: (head: Head) => T,
  deadlineMs = engine.wait.deadlineMs,
): Promise<T> {
  let patience: Patience | undefined
  for (let replaced = 0; replaced < LOCK_REPLACED_MAX; ) {
    slot.head ??= openHead(engine)
    const head = slot.head
    if (!engine.fs.tryLock(head.descriptor)) {
      patience ??= startPatience({ ...engine.wait, deadlineMs })
      if (patience.isOver()) throw busy(engine, head, patience.waitedMs())
      await patience.pause()
      continue
    }
    const done = actIfInPlace(engine, slot, head, act)
    if (done !== undefined) return done.result
    replaced += 1
  }
  throw replacedAgainAndAgain(engine, LOCK_REPLACED_MAX)
}

export function replacedAgainAndAgain({ places }: Engine, attempts: number): LogError {
  return new LogError('io', `${places.lock} is replaced again and again. Nothing was recorded. Run: coord doctor`, {
    path: places.lock,
    attempts,
  })
}

/** True if the path of the lock still leads to the file that is open. */
export function isInPlace(engine: Engine, head: Head): boolean {
  const nowMs = engine.wait.now()
  if (nowMs - head.checkedMs < PATH_TRUST_MS) return true
  head.checkedMs = nowMs
  return isAtPath(engine, head)
}

function isAtPath(engine: Engine, head: Head): boolean {
  const facts = engine.fs.facts(engine.places.lock)
  return facts !== undefined && isSameFile(facts, head.facts)
}

/** Thrown under a lock whose file was replaced: what was decided under it is decided again under the one that is there now. */
class LockReplaced extends Error {}

/** Looks at the path, however lately it was looked at: for what is rare, and changes more than the end of one segment. */
export function insistInPlace(engine: Engine, head: Head): void {
  if (!isAtPath(engine, head)) throw new LockReplaced(`${engine.places.lock} was replaced while it was held`)
}

/** undefined if the locked file is no longer the one at its path: a lock on it excludes nobody, and is let go. */
function actIfInPlace<T>(
  engine: Engine,
  slot: HeadSlot,
  head: Head,
  act: (head: Head) => T,
): { result: T } | undefined {
  try {
    if (isInPlace(engine, head)) {
      const result = act(head)
      engine.fs.unlock(head.descriptor)
      return { result }
    }
  } catch (error) {
    closeHead(engine, slot)
    if (error instanceof LockReplaced) return undefined
    throw error
  }
  closeHead(engine, slot)
  return undefined
}

function busy(engine: Engine, head: Head, waitedMs: number): LogError {
  const reading = readNote(engine, head)
  const noted = reading.kind === 'note' ? reading.note.processId : undefined
  return busyError(engine.fs, engine.places.lock, head.facts.inode, waitedMs, noted)
}

/**
 * Runs `act` under the second lock, which keeps snapshots and compactions apart from each other and is never held by
 * an append. undefined if somebody has it: nobody waits for it.
 */
export async function underMaintenance<T>(
  engine: Engine,
  act: () => T | Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  const { fs, places } = engine
  const { descriptor, facts } = openRegular(fs, places.maintenanceLock, 'update')
  try {
    if (!fs.tryLock(descriptor)) return undefined
    const now = fs.facts(places.maintenanceLock)
    return now !== undefined && isSameFile(facts, now) ? { result: await act() } : undefined
  } finally {
    fs.close(descriptor)
  }
}
