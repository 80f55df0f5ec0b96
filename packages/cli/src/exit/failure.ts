import { type ExitCode, exitCodes } from './codes.js'

/**
 * A command's "no" or "cannot", as its user meets it. `word` names it for machines, `said` is for people: what happened,
 * with the values, and what to run next. The facts stand beside both in the JSON document.
 */
export class Failure extends Error {
  override readonly name = 'Failure'

  constructor(
    readonly exitCode: ExitCode,
    readonly word: string,
    readonly said: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(said)
  }
}

export function usage(said: string, facts: Readonly<Record<string, unknown>> = {}): Failure {
  return new Failure(exitCodes.usage, 'usage', said, facts)
}

export function refused(word: string, said: string, facts: Readonly<Record<string, unknown>> = {}): Failure {
  return new Failure(exitCodes.refused, word, said, facts)
}
