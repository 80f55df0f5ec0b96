import type { Clock } from '@coordlog/runtime/clock'
import type { openCoordination } from '@coordlog/runtime/coordination'
import type { Pager } from './output/pager.js'

/** Where text goes: a terminal, a pipe, a file, a socket. */
export interface Output {
  /** Resolves when the text has been taken, or when nobody reads any more (then `Context.signal` has fired). */
  write(text: string): Promise<void>
  readonly isTerminal: boolean
  /** Of the terminal; elsewhere what text should be wrapped to. */
  readonly columns: number
}

/**
 * Everything that a command knows of the outside. No command reads the process it runs in: the same commands run for a
 * caller somewhere else, in a process that stays.
 */
export interface Context {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The process that called: a person's shell, a script. */
  readonly callerPid: number
  readonly stdin: AsyncIterable<Uint8Array>
  /** The same, where all of it is there. */
  readonly input?: Uint8Array
  readonly stdout: Output
  readonly stderr: Output
  /** Where long text for a person goes, if there is a terminal with a pager; `whenGone` is called when it has been left. */
  readonly page?: (whenGone: () => void) => Pager | undefined
  /** Fires when the caller has had enough: an interrupt, or nobody reads stdout. What waits or follows ends quietly then. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The folder of this installation, with bin/coord in it. */
  readonly coordlogRoot: string
  /** How to get at the log, where a resident has it open already. */
  readonly open?: typeof openCoordination
  /** For work that may wait until what was printed has gone out. */
  readonly afterAnswer?: (work: () => void) => void
  /** Where a caller in this process takes an answer as document and as lines at once. */
  readonly answered?: (document: object, lines: readonly string[]) => void
  /** Given when the same call may be tried twice: what it records, it records once. */
  readonly requestId?: string
}
