import { archivePath, basePath, droppedUpTo, listSequences, openRegular, type Places, readWhole } from './directory.js'
import type { FileSystem } from './fileSystem.js'
import { ARCHIVE_EXTENSION, GENESIS_SEED, RECORD_BYTES_MAX } from './format.js'
import { decodeSnapshot, type Snapshot } from './snapshotCodec.js'

type Zlib = typeof import('node:zlib')

let zlib: Zlib | undefined

/** node:zlib takes 3 ms to load, which a hook that meets no archive does not spend. */
export async function loadZlib(): Promise<void> {
  zlib ??= await import('node:zlib')
}

/** An archive can appear while a log is open: then it is loaded on the spot. */
function loadedZlib(): Zlib {
  zlib ??= process.getBuiltinModule('node:zlib')
  return zlib
}

/** First sequences of the archived segments, upwards; without those that a later compaction has dropped. */
export function listArchived(fs: FileSystem, places: Places): number[] {
  const dropped = droppedUpTo(fs, places)
  return listSequences(fs, places.archive, ARCHIVE_EXTENSION).filter((first) => first > dropped)
}

export function isArchived(fs: FileSystem, places: Places, first: number): boolean {
  return fs.facts(archivePath(places, first)) !== undefined
}

/** RFC 1952: the byte of the flags, the flag of a comment, and where one begins if there is nothing else before it. */
const GZIP_FLAGS_AT = 3
const GZIP_COMMENT = 16
const GZIP_COMMENT_AT = 10

/** The comment, if one is given, stands in gzip's own place for one: what unpacks the file passes over it. */
export function packSegment(bytes: Buffer, comment?: string): Buffer {
  const packed = loadedZlib().gzipSync(bytes, { level: 6 })
  if (comment === undefined) return packed
  const header = Buffer.from(packed.subarray(0, GZIP_COMMENT_AT))
  header[GZIP_FLAGS_AT] = GZIP_COMMENT
  return Buffer.concat([header, Buffer.from(`${comment}\0`, 'latin1'), packed.subarray(GZIP_COMMENT_AT)])
}

/** undefined: it has none, as those of older programs. */
export function readArchiveComment(fs: FileSystem, places: Places, first: number): string | undefined {
  const packed = readWhole(fs, archivePath(places, first))
  if (packed === undefined || packed[GZIP_FLAGS_AT] !== GZIP_COMMENT) return undefined
  return packed.toString('latin1', GZIP_COMMENT_AT, Math.max(GZIP_COMMENT_AT, packed.indexOf(0, GZIP_COMMENT_AT)))
}

/** The bytes of an archived segment, or why it does not unpack (gzip has a checksum); undefined if it is not archived. */
export function readArchived(fs: FileSystem, places: Places, first: number): Buffer | string | undefined {
  const packed = readWhole(fs, archivePath(places, first))
  if (packed === undefined) return undefined
  try {
    return loadedZlib().gunzipSync(packed)
  } catch (error) {
    if (!isZlibError(error)) throw error
    return `the archived segment does not unpack: ${error.message}`
  }
}

/** The first record of an archived segment, and what comes with it: little of the file is read. Nothing of it is checked. */
export function beginningOfArchived(fs: FileSystem, places: Places, first: number): Buffer | undefined {
  const path = archivePath(places, first)
  if (fs.facts(path) === undefined) return undefined
  const { descriptor } = openRegular(fs, path, 'read')
  try {
    const packed = Buffer.alloc(RECORD_BYTES_MAX)
    const count = fs.read(descriptor, packed, packed.length, 0)
    const { Z_SYNC_FLUSH } = loadedZlib().constants
    return loadedZlib().gunzipSync(packed.subarray(0, count), { finishFlush: Z_SYNC_FLUSH })
  } catch (error) {
    if (isZlibError(error)) return undefined
    throw error
  } finally {
    fs.close(descriptor)
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** The state that stands for the records up to `sequence`, which were dropped; undefined if it is gone or damaged. */
export function readBase(fs: FileSystem, places: Places, sequence: number): Snapshot | undefined {
  const bytes = readWhole(fs, basePath(places, sequence))
  const base = bytes === undefined ? undefined : decodeSnapshot(bytes)
  return base?.position.sequence === sequence ? base : undefined
}

/** The h of record `sequence` if it was the last one to be dropped; the genesis seed for 0. */
export function hashOfBase(fs: FileSystem, places: Places, sequence: number): bigint | undefined {
  return sequence === 0 ? GENESIS_SEED : readBase(fs, places, sequence)?.position.hash
}
