/**
 * usage: what was asked for cannot be. unsafe: the set-up is broken or not to be trusted. denied: the system's
 * permissions. io: the system said no otherwise.
 */
export type ProblemCode = 'usage' | 'unsafe' | 'denied' | 'io'

/** Something a person can put right. The message says what happened, with the values, and what to run next. */
export class RuntimeProblem extends Error {
  override readonly name = 'RuntimeProblem'

  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly facts: Record<string, string | number | string[]> = {},
  ) {
    super(message)
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The system's error as a problem of ours; anything that is none of the system's is thrown on. */
export function fromSystem(error: unknown, doing: string, path: string): RuntimeProblem {
  const code = errorCode(error)
  if (code === undefined || !(error instanceof Error)) throw error
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new RuntimeProblem('denied', `cannot ${doing} ${path}: ${code}. Run: ls -ld ${path}`, { path, cause: code })
  }
  return new RuntimeProblem('io', `cannot ${doing} ${path}: ${error.message}`, { path, cause: code })
}
