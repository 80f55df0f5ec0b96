import { readFileSync, type Stats, statSync } from 'node:fs'
import type { FileContent } from '@coordlog/coordination/events'
import { hashBytes, hexOf } from '@coordlog/log/hash'
import { crypto } from './lateModules.js'
import { isAbsence } from './place.js'
import { errorCode } from './problems.js'

/** Beyond, reading would take longer than anybody wants to wait for a lock; size and time of change must do. */
const bytesMax = 16 * 1024 * 1024
const quickMark = 'xxh64:'

/** What a file holds, to tell later whether it has changed: SHA-256 in hex, or "absent". undefined: it may not be read. */
export function contentOf(file: string): string | undefined {
  return lookAt(file, (bytes) => crypto().createHash('sha256').update(bytes).digest('hex'))?.content
}

/** The same for hooks, by a hash that costs them nothing to load, and with what spares the next look from reading. */
export function notedContent(path: string, file: string): FileContent | undefined {
  const found = lookAt(file, (bytes) => `${quickMark}${hexOf(hashBytes(bytes, 0n))}`)
  return found === undefined ? undefined : { path, ...found }
}

/** What a file holds, in the form in which it was noted earlier. */
export function contentLike(noted: string, file: string): string | undefined {
  return noted.startsWith(quickMark) ? notedContent('', file)?.content : contentOf(file)
}

/**
 * What a file holds now, if that is something else than was noted. While the file system says of it what it said then, it is not
 * read.
 */
export function changedContent(
  path: string,
  file: string,
  noted: { content?: string; stamp?: string },
): FileContent | undefined {
  if (noted.content === undefined || stampOf(file) === noted.stamp) return undefined
  const now = notedContent(path, file)
  return now === undefined || now.content === noted.content ? undefined : now
}

function stampOf(file: string): string | undefined {
  try {
    const status = statSync(file, { throwIfNoEntry: false })
    return status === undefined ? 'absent' : stampFrom(status)
  } catch (error) {
    if (isAbsence(error)) return 'absent'
    if (isUnreadable(error)) return undefined
    throw error
  }
}

/** With the time of the last change of the file's facts, which no program can set back. */
function stampFrom({ size, mtimeMs, ctimeMs, ino }: Stats): string {
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`
}

/** The system's clock for files moves in steps: two changes inside of one look like one, so such a stamp matches nothing later. */
const clockStepMs = 10

function notedStamp(status: Stats): string {
  const stamp = stampFrom(status)
  return Date.now() - status.ctimeMs < clockStepMs ? `${stamp} fresh` : stamp
}

function lookAt(file: string, hash: (bytes: Buffer) => string): { content: string; stamp: string } | undefined {
  try {
    const status = statSync(file, { throwIfNoEntry: false })
    if (status === undefined) return { content: 'absent', stamp: 'absent' }
    if (!status.isFile()) return undefined
    const stamp = notedStamp(status)
    if (status.size > bytesMax) return { content: `large ${status.size} ${status.mtimeMs}`, stamp }
    return { content: hash(readFileSync(file)), stamp }
  } catch (error) {
    if (isAbsence(error)) return { content: 'absent', stamp: 'absent' }
    if (isUnreadable(error)) return undefined
    throw error
  }
}

function isUnreadable(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'ELOOP', 'EIO'].includes(errorCode(error) ?? '')
}
