import { closeSync, constants, openSync, readSync, statSync, writeSync } from 'node:fs'
import { below, isAbsence } from '../place.js'
import { textIfThere } from './worktrees.js'

/**
 * What was written last into one worktree, kept beside the files as .projection. It is written after them: a file that it
 * names was there. So one that is missing now was taken away, and one that was not yet written is not missed. Whatever
 * takes all ignored files out of a worktree (git clean -x) takes the marker too.
 */
export interface Marker {
  head: MarkerHead
  /** Name of a lock file without its extension → the lease, and the event that last changed it. */
  locks: Record<string, { path: string; token: number; changed: number }>
  /** The same of heartbeats → what they say. */
  heartbeats: Record<string, string>
}

/** On a line of its own, so that a look costs the same however many locks there are. */
export interface MarkerHead {
  /** The position in the log of which all files are the fold. */
  sequence: number
  /** Which decisions, as fingerprintOf says. */
  decisions: string
  /** The decision log's file and the folder of locks as they were left, as traceOf says. */
  decisionFile: string
  lockFolder: string
}

const headBytesMax = 1024

function markerFile(folder: string): string {
  return below(folder, '.projection')
}

/**
 * In place, which costs a thirtieth of a rename: only holders of the projection's lock read all of it, and a half-written one
 * counts as none. What is left of a longer one stands after the second line, where nobody looks.
 */
export function writeMarker(folder: string, { head, locks, heartbeats }: Marker): void {
  const text = `${JSON.stringify(head)}\n${JSON.stringify({ locks, heartbeats })}\n`
  const descriptor = openSync(markerFile(folder), constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    writeSync(descriptor, text, 0)
  } finally {
    closeSync(descriptor)
  }
}

/** undefined: nothing was written yet, or nothing that can be relied on. */
export function readMarkerHead(folder: string): MarkerHead | undefined {
  const text = beginningOf(markerFile(folder))
  const head = parsed(text?.split('\n', 1)[0])
  return isHead(head) ? head : undefined
}

export function readMarker(folder: string): Marker | undefined {
  const [first, second] = textIfThere(markerFile(folder))?.split('\n', 2) ?? []
  const head = parsed(first)
  const lists = parsed(second)
  if (!isHead(head) || !isRecord(lists)) return undefined
  const { locks, heartbeats } = lists
  return areLocks(locks) && areTexts(heartbeats) ? { head, locks, heartbeats } : undefined
}

/** Enough to see that nobody has touched a file or the names in a folder, without reading it. */
export function traceOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false })
  return status === undefined ? 'absent' : `${status.size} ${status.mtimeMs}`
}

function beginningOf(file: string): string | undefined {
  // Asked before every command: an error costs ten times what the question does.
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
  try {
    const descriptor = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(headBytesMax)
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, headBytesMax, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function parsed(line: string | undefined): unknown {
  try {
    return line === undefined ? undefined : JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isHead(value: unknown): value is MarkerHead {
  if (!isRecord(value)) return false
  const { sequence, decisions, decisionFile, lockFolder } = value
  return typeof sequence === 'number' && [decisions, decisionFile, lockFolder].every((text) => typeof text === 'string')
}

function areLocks(value: unknown): value is Marker['locks'] {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (lock) => isRecord(lock) && typeof lock['path'] === 'string' && typeof lock['token'] === 'number',
    )
  )
}

function areTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
