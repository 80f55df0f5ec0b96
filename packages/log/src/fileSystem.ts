import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { isCode, LogError } from './errors.js'
import { FILE_MODE } from './format.js'

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly device: number
  readonly inode: number
  /** In bytes. */
  readonly size: number
  /** Permission bits alone. */
  readonly mode: number
  readonly userId: number
  /** When its bytes were changed last, on the clock of the disk. Undefined where the disk does not tell. */
  readonly changedMs?: number
}

/**
 * read: reading only. append: reading and writing, each write at the end, created if missing. create: the same, but
 * fails with EEXIST if the file is there. update: reading and writing at positions, created if missing.
 * No way of opening follows a symbolic link (ELOOP) or waits for the other end of a fifo.
 */
export type OpenWay = 'read' | 'append' | 'create' | 'update'

/**
 * All that the engine asks of a disk. Every call is synchronous and throws the errors of node:fs. A test hands in
 * another one to make calls fail, write short or forget.
 */
export interface FileSystem {
  open(path: string, way: OpenWay): number
  close(descriptor: number): void
  /** Bytes read from `position` on; fewer than asked only at the end of the file. */
  read(descriptor: number, target: Uint8Array, length: number, position: number): number
  /** Bytes written; may be fewer than asked. For a descriptor opened to append, always at the end. */
  write(descriptor: number, bytes: Uint8Array, position: number | 'end'): number
  /** Where the bytes of the last write at the 'end' do end, whoever else wrote to the file before or since. */
  writtenTo(descriptor: number): number
  truncate(descriptor: number, size: number): void
  /** The data and whatever of the metadata is needed to find it again. */
  syncData(descriptor: number): void
  /** Everything of a file or a directory. */
  sync(descriptor: number): void
  factsOf(descriptor: number): FileFacts
  /** Bytes of an open file: all that is asked of it at most appends, at a fifth of the price of its facts. */
  size(descriptor: number): number
  /** Of the path itself, not of what a link points to; undefined if there is nothing. */
  facts(path: string): FileFacts | undefined
  /** Names in no particular order; undefined if there is no such directory. */
  list(path: string): string[] | undefined
  /** False if there was something of that name already. */
  makeDirectory(path: string, mode: number): boolean
  rename(from: string, to: string): void
  remove(path: string): void
  /** An exclusive flock, without waiting; false if another descriptor has it. */
  tryLock(descriptor: number): boolean
  unlock(descriptor: number): void
  /** The user as whom files are created. */
  userId(): number
  /** The whole text of a small file outside the log (/proc), or undefined if there is none. */
  systemText(path: string): string | undefined
}

/* O_NONBLOCK keeps an open of a fifo from waiting for ever; for a regular file it means nothing. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK
const OPEN_FLAGS: Record<OpenWay, number> = {
  read: constants.O_RDONLY | SAFE,
  append: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | SAFE,
  create: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | SAFE,
  update: constants.O_RDWR | constants.O_CREAT | SAFE,
}
interface Flock {
  flockSync(descriptor: number, operation: 'exnb' | 'un'): void
  seekSync(descriptor: number, offset: number, whence: number): number
}

const SEEK_CURRENT = 1
const SEEK_END = 2

let flock: Flock | LogError | undefined

/**
 * fs-ext is a native module. Where it cannot be loaded, reading goes on and the first lock says so: never a run
 * without the lock. Call this once before the real file system is used.
 */
export async function loadFlock(): Promise<void> {
  if (flock !== undefined && !(flock instanceof LogError)) return
  try {
    flock = await import('fs-ext')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    flock = new LogError(
      'io',
      `The native module fs-ext, which locks the log, cannot be loaded: ${error.message.split('\n')[0]}. ` +
        'Nothing was recorded. Run: npm rebuild fs-ext',
      { module: 'fs-ext' },
      { cause: error },
    )
  }
}

function loadedFlock(): Flock {
  if (flock === undefined) throw new Error('the file system was asked for a lock before loadFlock')
  if (flock instanceof LogError) throw flock
  return flock
}

export const realFileSystem: FileSystem = {
  open: (path, way) => openSync(path, OPEN_FLAGS[way], FILE_MODE),
  close: closeSync,
  read: readFrom,
  write: (descriptor, bytes, position) =>
    writeSync(descriptor, bytes, 0, bytes.length, position === 'end' ? null : position),
  writtenTo: (descriptor) => loadedFlock().seekSync(descriptor, 0, SEEK_CURRENT),
  truncate: ftruncateSync,
  syncData: fdatasyncSync,
  sync: fsyncSync,
  factsOf: (descriptor) => factsFrom(fstatSync(descriptor)),
  size: sizeOf,
  facts: (path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : factsFrom(stats)
  },
  list: listDirectory,
  makeDirectory,
  rename: renameSync,
  remove: unlinkSync,
  tryLock: (descriptor) => {
    try {
      loadedFlock().flockSync(descriptor, 'exnb')
      return true
    } catch (error) {
      if (isCode(error, 'EAGAIN', 'EWOULDBLOCK')) return false
      throw error
    }
  },
  unlock: (descriptor) => loadedFlock().flockSync(descriptor, 'un'),
  userId: () => process.geteuid?.() ?? 0,
  systemText,
}

/** Nothing reads at the file's own position, and what is appended goes to the end: it can be moved there. */
function sizeOf(descriptor: number): number {
  if (flock === undefined || flock instanceof LogError) return fstatSync(descriptor).size
  return flock.seekSync(descriptor, 0, SEEK_END)
}

/** A file gives less than it was asked for only at its end. */
function readFrom(descriptor: number, target: Uint8Array, length: number, position: number): number {
  return readSync(descriptor, target, 0, length, position)
}

function factsFrom(stats: Stats): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other'
  return {
    kind,
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    mode: stats.mode & 0o7777,
    userId: stats.uid,
    changedMs: stats.mtimeMs,
  }
}

function listDirectory(path: string): string[] | undefined {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function makeDirectory(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function systemText(path: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT', 'EACCES', 'EPERM')) return undefined
    throw error
  }
  try {
    const bytes = Buffer.alloc(65_536)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, null))
  } finally {
    closeSync(descriptor)
  }
}

/** True if both are the same file, whatever its name is now. */
export function isSameFile(one: FileFacts, other: FileFacts): boolean {
  return one.inode === other.inode && one.device === other.device
}
