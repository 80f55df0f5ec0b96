import { dirname } from 'node:path'
import { createDirectory, openRegular, readWhole, syncDirectory, syncNameOf } from './directory.js'
import { LogError } from './errors.js'
import type { FileSystem } from './fileSystem.js'
import { ASIDE_EXTENSION } from './format.js'

/**
 * Puts a file in place so that after any crash there is the old one (or none) or the new one, whole: write aside,
 * fsync, read back and compare, rename, fsync the directory and the one above it. Nothing else in coordlog's engine renames. The caller holds
 * a lock under which nobody else publishes the same path.
 */
export function publishFile(fs: FileSystem, path: string, parts: readonly Uint8Array[]): void {
  const folder = dirname(path)
  createDirectory(fs, folder)
  const aside = `${path}${ASIDE_EXTENSION}`
  if (fs.facts(aside) !== undefined) fs.remove(aside)
  writeAside(fs, aside, parts)
  verifyAside(fs, aside, parts)
  fs.rename(aside, path)
  syncDirectory(fs, folder)
  syncNameOf(fs, folder)
}

function writeAside(fs: FileSystem, aside: string, parts: readonly Uint8Array[]): void {
  const { descriptor } = openRegular(fs, aside, 'create')
  try {
    let size = 0
    for (const part of parts) {
      for (let at = 0; at < part.length; ) {
        const count = fs.write(descriptor, part.subarray(at), size)
        if (count === 0) throw shortWrite(aside, size, part.length - at)
        at += count
        size += count
      }
    }
    fs.sync(descriptor)
  } finally {
    fs.close(descriptor)
  }
}

function shortWrite(path: string, size: number, missing: number): LogError {
  return new LogError('io', `${path} took ${size} bytes and then none of the ${missing} that were left.`, {
    path,
    size,
    missing,
  })
}

function verifyAside(fs: FileSystem, aside: string, parts: readonly Uint8Array[]): void {
  const wanted = Buffer.concat(parts)
  const found = readWhole(fs, aside)
  if (found?.equals(wanted)) return
  throw new LogError(
    'io',
    `${aside} does not read back as it was written: ${found?.length ?? 0} of ${wanted.length} bytes.`,
    {
      path: aside,
      written: wanted.length,
      read: found?.length ?? 0,
    },
  )
}
