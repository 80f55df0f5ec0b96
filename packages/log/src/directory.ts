import { dirname, join } from 'node:path'
import { isCode, LogError } from './errors.js'
import type { FileFacts, FileSystem, OpenWay } from './fileSystem.js'
import {
  ARCHIVE_DIRECTORY,
  ARCHIVE_EXTENSION,
  BASE_EXTENSION,
  DIRECTORY_MODE,
  FILTER_DIRECTORY,
  FILTER_EXTENSION,
  LOCK_FILE,
  MAINTENANCE_LOCK_FILE,
  QUARANTINE_DIRECTORY,
  SEALS_FILE,
  SEGMENT_DIRECTORY,
  SEGMENT_EXTENSION,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_EXTENSION,
  sequenceFromName,
  sequenceName,
} from './format.js'

/** Where everything of one log lies. */
export interface Places {
  readonly root: string
  readonly lock: string
  readonly maintenanceLock: string
  readonly segments: string
  readonly snapshots: string
  readonly quarantine: string
  readonly archive: string
  readonly seals: string
  readonly filters: string
}

export function placesOf(root: string): Places {
  return {
    root,
    lock: join(root, LOCK_FILE),
    maintenanceLock: join(root, MAINTENANCE_LOCK_FILE),
    segments: join(root, SEGMENT_DIRECTORY),
    snapshots: join(root, SNAPSHOT_DIRECTORY),
    quarantine: join(root, QUARANTINE_DIRECTORY),
    archive: join(root, ARCHIVE_DIRECTORY),
    seals: join(root, SEALS_FILE),
    filters: join(root, FILTER_DIRECTORY),
  }
}

export function segmentPath(places: Places, first: number): string {
  return `${places.segments}/${sequenceName(first)}${SEGMENT_EXTENSION}`
}

export function snapshotPath(places: Places, sequence: number): string {
  return `${places.snapshots}/${sequenceName(sequence)}${SNAPSHOT_EXTENSION}`
}

/** First sequences of the segments that are there, upwards; without those that a compaction has dropped. */
export function listSegments(fs: FileSystem, places: Places): number[] {
  const dropped = droppedUpTo(fs, places)
  return listSequences(fs, places.segments, SEGMENT_EXTENSION).filter((first) => first > dropped)
}

/** The last sequence that was dropped by a compaction, 0 if none was: the name of the newest base tells. */
export function droppedUpTo(fs: FileSystem, places: Places): number {
  return listSequences(fs, places.archive, BASE_EXTENSION).at(-1) ?? 0
}

export function archivePath(places: Places, first: number): string {
  return `${places.archive}/${sequenceName(first)}${ARCHIVE_EXTENSION}`
}

export function basePath(places: Places, sequence: number): string {
  return `${places.archive}/${sequenceName(sequence)}${BASE_EXTENSION}`
}

export function filterPath(places: Places, first: number): string {
  return `${places.filters}/${sequenceName(first)}${FILTER_EXTENSION}`
}

/** Sequences of the files with this extension in one folder, upwards; none if there is no folder. */
export function listSequences(fs: FileSystem, folder: string, extension: string): number[] {
  const names = fs.list(folder) ?? []
  return names
    .map((name) => sequenceFromName(name, extension))
    .filter((sequence) => sequence !== undefined)
    .sort((left, right) => left - right)
}

/**
 * Refuses a directory that other people could have prepared: a link, somebody else's, writable by everybody.
 * False if there is none yet.
 */
export function inspectDirectory(fs: FileSystem, path: string): boolean {
  const facts = fs.facts(path)
  if (facts === undefined) return false
  const complaint = complaintAbout(facts, fs.userId())
  if (complaint === undefined) return true
  throw new LogError('unsafe', `${path} ${complaint}. Nothing was read or written. Run: coord doctor`, {
    path,
    ownerUserId: facts.userId,
    userId: fs.userId(),
    mode: facts.mode.toString(8),
  })
}

function complaintAbout(facts: FileFacts, userId: number): string | undefined {
  if (facts.kind === 'link') return 'is a symbolic link; the log must be a directory of its own'
  if (facts.kind !== 'directory') return 'is not a directory'
  if (facts.userId !== userId) return `belongs to user ${facts.userId}, and this process is user ${userId}`
  if ((facts.mode & 0o002) !== 0) return `has mode ${facts.mode.toString(8)} and is writable by everybody`
  return undefined
}

/**
 * Creates a folder with all that is missing above it; each new name is on stable storage on return. The folder under
 * which the first one is created may itself have been made by somebody who was killed before it was durable: its
 * name is made durable too.
 */
export function createDirectory(fs: FileSystem, path: string): void {
  if (fs.facts(path) !== undefined) return
  const parent = dirname(path)
  if (fs.facts(parent) === undefined) createDirectory(fs, parent)
  else syncNameOf(fs, parent)
  fs.makeDirectory(path, DIRECTORY_MODE)
  syncDirectory(fs, parent)
}

/** Makes the name of a folder durable, if the folder above it may be read: if not, it was not made by us. */
export function syncNameOf(fs: FileSystem, path: string): void {
  try {
    syncDirectory(fs, dirname(path))
  } catch (error) {
    if (!isCode(error, 'EACCES', 'EPERM')) throw error
  }
}

/** Makes the names in a folder durable. The "/." lets the folder itself be reached through a link. */
export function syncDirectory(fs: FileSystem, path: string): void {
  withDescriptor(fs, `${path}/.`, 'read', (descriptor) => fs.sync(descriptor))
}

function withDescriptor<T>(fs: FileSystem, path: string, way: OpenWay, use: (descriptor: number) => T): T {
  const descriptor = fs.open(path, way)
  try {
    return use(descriptor)
  } finally {
    fs.close(descriptor)
  }
}

/** Opens a file of the log and makes sure that it is one: no link, no fifo, no directory. */
export function openRegular(fs: FileSystem, path: string, way: OpenWay): { descriptor: number; facts: FileFacts } {
  const descriptor = fs.open(path, way)
  const facts = fs.factsOf(descriptor)
  if (facts.kind === 'file') return { descriptor, facts }
  fs.close(descriptor)
  throw new LogError('unsafe', `${path} is not a regular file. Nothing was read or written. Run: coord doctor`, {
    path,
  })
}

/** The whole content of a file, or undefined if there is none. */
export function readWhole(fs: FileSystem, path: string): Buffer | undefined {
  if (fs.facts(path) === undefined) return undefined
  const { descriptor, facts } = openRegular(fs, path, 'read')
  try {
    const bytes = Buffer.allocUnsafe(facts.size)
    return bytes.subarray(0, fs.read(descriptor, bytes, facts.size, 0))
  } finally {
    fs.close(descriptor)
  }
}
