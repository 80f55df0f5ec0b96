/**
 * What every coding agent's hooks come down to, and what they are answered with. No code; no vendor's
 * field name stands here. One folder beside this file per agent turns its payloads into HookEvent and Answer into its protocol.
 */

/** Who sent the hook and from where. Texts are well-formed; ids are not empty and at most 200 characters long. */
export interface Sender {
  /** The agent program: "claude-code". */
  host: string
  /** First part of instance ids: "claude". */
  idPrefix: string
  /** The program's own id of the session. */
  session: string
  /** The subagent inside that session that acts; without one the session itself does. */
  agent?: string
  /** The name of the agent's role, as the program calls it. */
  agentType?: string
  /** Working folder, absolute; it may be gone. */
  cwd: string
  /** The folder in which the session started. When the working folder wanders off, the session still belongs there. */
  startFolder?: string
  /** The program's process. Without it only time tells whether a session still lives. */
  processId?: number
  /** What the program calls this event; for the answer and for the hook log. */
  name: string
}

/** A tool call that writes files. */
export interface EditCall {
  tool: string
  /** As the agent wrote them: absolute or relative to cwd. */
  paths: string[]
  /** The program's id of the call, the same before and after it. */
  call?: string
  /** The program's id of the user turn. */
  turn?: string
}

export type Happening =
  /**
   * A session begins, goes on or has forgotten what it was told. `replaces`: the process has left its former session for
   * this one. `environmentFile`: what this file exports reaches the shell of the session.
   */
  | { event: 'session-start'; source: string; replaces: boolean; environmentFile?: string }
  | { event: 'prompt'; prompt: string; turn?: string }
  /** The only one that can be refused. */
  | ({ event: 'before-edit' } & EditCall)
  | ({ event: 'after-edit' } & EditCall)
  /** A call that writes files came to nothing. */
  | { event: 'call-failed' | 'call-denied'; call?: string }
  /** No call of this sender is in flight any more. */
  | { event: 'calls-over' }
  | { event: 'subagent-start' }
  | { event: 'subagent-end' }
  | { event: 'turn-end' }
  | { event: 'turn-failed' }
  /** The working folder is another one now: `cwd`. */
  | { event: 'moved' }
  | { event: 'session-end'; reason: string }
  /** Nothing to record but that the sender lives. `note`: for the hook log. */
  | { event: 'other'; note?: string }

export type HookEvent = Sender & Happening

export type Recognised =
  | { kind: 'event'; event: HookEvent }
  /** Not this agent's payload, or not of the form we know: for the hook log. */
  | { kind: 'unrecognised'; reason: string }

export type Answer =
  | { kind: 'silent' }
  /** `agent`: context for the model. `person`: one line for whoever sits in front of it. */
  | { kind: 'inform'; agent?: string; person?: string }
  /** The edit must not happen; the reason is for the model. */
  | { kind: 'deny'; reason: string }

/** One agent program. */
export interface AgentAdapter {
  /** `payload`: parsed JSON. `env`: of the hook's process. */
  recognise(payload: unknown, env: Environment): Recognised
  /** What goes to standard output; the exit code is 0. Empty when there is nothing to say. */
  render(event: HookEvent, answer: Answer): string
}

export type Environment = Readonly<Record<string, string | undefined>>
