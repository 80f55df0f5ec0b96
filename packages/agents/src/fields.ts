import * as z from 'zod/mini'
import { $ZodError } from 'zod/v4/core'
import type { Recognised } from './contract.js'

/** What the schemas of all payloads are made of, and how a payload that does not fit them is told of. */

/** An id of a session, a subagent or a call. What may be absent may also be null. */
export const identifier = z.string().check(z.minLength(1), z.maxLength(200))
export const folder = z.string().check(z.minLength(1))
export const anything = z.optional(z.unknown())

export function unrecognised(reason: string): Recognised {
  return { kind: 'unrecognised', reason }
}

/** What `read` gives, or why the payload cannot be read. `name`: of the event, as far as it is known. */
export function checked(name: () => string, read: () => Recognised): Recognised {
  try {
    return read()
  } catch (error) {
    if (error instanceof $ZodError) return unrecognised(`${name()}: ${faults(error)}`)
    throw error
  }
}

/** Paths and rules only, never the values: a payload holds prompts and file contents. */
function faults(error: $ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`).join('; ')
}

const callUnitsMax = 200

/** Where the program gives its calls no id: what a call writes tells it from others that are in flight at the same time. */
export function callOfPaths(paths: readonly string[]): string {
  const all = paths.join(' ').toWellFormed()
  if (all.length <= callUnitsMax) return all
  let hash = 0x811c9dc5
  for (const unit of all) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return `${all.slice(0, callUnitsMax / 2).toWellFormed()}… ${all.length} ${hash.toString(16)}`
}
