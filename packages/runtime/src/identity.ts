import type { ProcessIdentity } from '@coordlog/coordination/vocabulary'
import { crypto } from './lateModules.js'
import { terminalProcess } from './liveness.js'

/** Who acts when no agent's payload says so: a person or a script, known by the terminal it runs in. */
export interface TerminalSession {
  session: string
  idPrefix: string
  process?: ProcessIdentity
}

/** `parentPid`: the process that called us. Everything started from one terminal is one instance. */
export function terminalSession(parentPid: number): TerminalSession {
  const terminal = terminalProcess(parentPid)
  if (terminal === undefined) return { session: `terminal:unknown:${parentPid}`, idPrefix: 'manual' }
  const { bootId, pidNamespace, pid, startedAt } = terminal
  return { session: `terminal:${bootId}:${pidNamespace}:${pid}:${startedAt}`, idPrefix: 'manual', process: terminal }
}

/** 32 hex digits that belong to a session: the same session asks for the same id. */
export function nonceFor(session: string): string {
  return crypto().createHash('sha256').update(session).digest('hex').slice(0, 32)
}

export function randomId(): string {
  return crypto().randomUUID()
}
