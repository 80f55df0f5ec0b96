import type { Place } from '@coordlog/runtime/place'
import type { Context } from '../context.js'

export interface Check {
  /** What was looked at, in a word or two. */
  name: string
  result: 'ok' | 'warn' | 'fault'
  says: string
  /** The command that helps. */
  run?: string
}

/** What the checks look at. They change nothing, but for a file of their own that is removed again. */
export interface Patient {
  readonly place: Place
  readonly context: Context
  /** The person's home folder. */
  readonly home: string
}

export function ok(name: string, says: string): Check {
  return { name, result: 'ok', says }
}

export function warn(name: string, says: string, run?: string): Check {
  return { name, result: 'warn', says, ...(run !== undefined && { run }) }
}

export function fault(name: string, says: string, run?: string): Check {
  return { name, result: 'fault', says, ...(run !== undefined && { run }) }
}
