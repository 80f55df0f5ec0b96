import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readOwnFile, writeOwnFile } from '../address.js'

/**
 * How far messages have gone out: a small file beside the log, moved on only when an event is delivered, is none to be told of, or is given
 * up. Before each try it says that one is under way: whoever finds that knows that the message may have arrived.
 */
export interface Cursor {
  /** The last event that is done with, and its `h`: a log that was replaced has another. */
  sequence: number
  hash: string
  delivered: number
  /** Given up: too old, or refused again and again. */
  skipped: number
  lastDeliveredAt?: string
  /** Of the next event to be told of, if it was tried. */
  attempt?: Tried
}

export interface Tried {
  sequence: number
  count: number
  /** ISO 8601. */
  firstAt: string
  /** One of them may have arrived. */
  mayHaveArrived: boolean
  /** When it is due again; absent: one is under way, or its process was killed. */
  nextAt?: string
  error?: string
}

function cursorFile(directory: string): string {
  return join(directory, 'notify.cursor')
}

export function readCursor(directory: string): Cursor | undefined {
  const text = readOwnFile(cursorFile(directory))
  const found = text === undefined ? undefined : parsed(text)
  return isCursor(found) ? found : undefined
}

export function writeCursor(directory: string, cursor: Cursor): void {
  writeOwnFile(cursorFile(directory), `${JSON.stringify(cursor)}\n`, true)
}

/** When it is switched on again it begins anew, at what is the present then. */
export function removeCursor(directory: string): void {
  rmSync(cursorFile(directory), { force: true })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isCursor(value: unknown): value is Cursor {
  if (typeof value !== 'object' || value === null) return false
  const names = ['sequence', 'delivered', 'skipped'] as const
  const numbers = names.every((name) => Number.isSafeInteger(Reflect.get(value, name)))
  return numbers && typeof Reflect.get(value, 'hash') === 'string'
}
