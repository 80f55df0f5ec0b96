import { isSystemError, LogError } from '@coordlog/log/errors'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { type ExitCode, exitCodes } from './codes.js'
import { Failure } from './failure.js'

const ofLog: Record<LogError['code'], ExitCode> = {
  busy: exitCodes.busy,
  damaged: exitCodes.damaged,
  io: exitCodes.io,
  denied: exitCodes.denied,
  unsafe: exitCodes.unsafe,
  invalid: exitCodes.usage,
}

const ofRuntime: Record<RuntimeProblem['code'], ExitCode> = {
  usage: exitCodes.usage,
  unsafe: exitCodes.unsafe,
  denied: exitCodes.denied,
  io: exitCodes.io,
}

/** The one place where errors become exit codes. What comes back undefined is a fault of the program itself. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  if (error instanceof LogError) return new Failure(ofLog[error.code], error.code, error.message, error.facts)
  if (error instanceof RuntimeProblem) {
    return new Failure(ofRuntime[error.code], error.code, error.message, error.facts)
  }
  if (!isSystemError(error)) return undefined
  const isDenied = error.code === 'EACCES' || error.code === 'EPERM'
  const exitCode = isDenied ? exitCodes.denied : exitCodes.io
  const path = error.path === undefined ? '' : ` ${error.path}`
  return new Failure(
    exitCode,
    isDenied ? 'denied' : 'io',
    `The system said ${error.code}${path} (${error.message}). Run: coord doctor`,
    { cause: error.code, ...(error.path !== undefined && { path: error.path }) },
  )
}
