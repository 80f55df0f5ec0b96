import type { Damage, JsonObject, LogErrorCode } from './contract.js'

/** What the log says no with. The message tells what happened, with the values, and what to run next. */
export class LogError extends Error {
  readonly code: LogErrorCode
  /** The values of the message, for machines. */
  readonly facts: JsonObject

  constructor(code: LogErrorCode, message: string, facts: JsonObject = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.facts = facts
  }
}

/** An error of the operating system, as node:fs throws it. */
export interface SystemError extends Error {
  readonly code: string
  readonly syscall?: string
  readonly path?: string
}

export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
}

/** True if `error` is one of the named errors of the system: for a catch that expects exactly these. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(error.code)
}

export function damagedError(damage: Damage): LogError {
  if (damage.kind === 'newer') {
    return new LogError(
      'unsafe',
      `${damage.file}: ${damage.reason}. Nothing was written; use a coordlog that knows this format.`,
      damageFacts(damage),
    )
  }
  return new LogError(
    'damaged',
    `The log is damaged at byte ${damage.offset} of ${damage.file}: ${damage.reason}. ` +
      `The last good sequence is ${damage.lastGoodSequence}. Run: coord verify`,
    damageFacts(damage),
  )
}

function damageFacts(damage: Damage): JsonObject {
  return {
    kind: damage.kind,
    file: damage.file,
    offset: damage.offset,
    lastGoodSequence: damage.lastGoodSequence,
    reason: damage.reason,
  }
}

/**
 * An error of the system as a LogError about `directory`; anything else comes back as it is, because it is a fault of
 * the program and not of the disk. `detail` says what of the event is in the log, if that is known.
 */
export function fromSystem(error: unknown, directory: string, detail = 'Nothing was recorded.'): unknown {
  if (!isSystemError(error)) return error
  const call = error.syscall === undefined ? '' : ` (${error.syscall})`
  const path = error.path ?? directory
  const facts: JsonObject = { directory, path, cause: error.code }
  const cause = { cause: error }
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return new LogError('denied', `Permission denied${call}: ${path}. ${detail} Run: coord doctor`, facts, cause)
    case 'ELOOP':
      return new LogError(
        'unsafe',
        `${path} is a symbolic link; the log must not be. ${detail} Run: coord doctor`,
        facts,
        cause,
      )
    default:
      return new LogError('io', `${error.code}${call} in ${path}. ${detail} ${adviceFor(error.code)}`, facts, cause)
  }
}

function adviceFor(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full: make room, then run the command again.'
    case 'EROFS':
      return 'The file system is read-only: run coord doctor'
    default:
      return 'Run: coord doctor'
  }
}
