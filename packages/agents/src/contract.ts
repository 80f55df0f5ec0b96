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
  /** Where a subagent is a session of its own: the one that started it, as far as this event says so. */
  parentSession?: string
  /** The name of the agent's role, as the program calls it. */
  agentType?: string
  /** Working folder, absolute; it may be gone. */
  cwd: string
  /** The folder in which the session started. When the working folder wanders off, the session still belongs there. */
  startFolder?: string
  /** The program's process, where the program says which. Else it is looked for above the hook. */
  processId?: number
  /** The program tells what was read (calls-over). Of one that does not, nobody knows what it has seen of a file. */
  tellsReads?: boolean
  /** What we put into the environment file of a session reaches its shell: the id of its instance, and where `coord` is. */
  shellKnowsInstance?: boolean
  /** What the program calls this event; for the answer and for the hook log. */
  name: string
}

/** A tool call that writes files. */
export interface EditCall {
  tool: string
  /** As the agent wrote them: absolute or relative to cwd. */
  paths: string[]
  /** The program's id of the call, the same before and after it; where it has none, one made of what the call writes. */
  call?: string
  /** Where `call` is made of paths: what tells this event from the next one like it, the same when it is told twice. */
  request?: string
  /** The program's id of the user turn. */
  turn?: string
}

/** A tool call that showed a file to the model. */
export interface FileRead {
  /** As the agent wrote it. */
  path: string
  /** Whether what was shown is what the file holds, given what it holds now. Absent: that cannot be told. */
  shows?: (content: string) => boolean
}

/** A call of a shell. What it writes is worked out from its text (shell/analysis.ts). */
export interface ShellCall {
  tool: string
  command: string
  dialect: 'posix' | 'powershell'
  /** It goes on after its call has come back. */
  background?: boolean
  /** These as in EditCall. */
  call?: string
  request?: string
  turn?: string
}

/** What an agent program says of a shell call that came back. */
export interface ShellOutcome {
  /** Its exit code was not 0, or nobody says what it was. */
  failed: boolean
  /** Files that it saw change: absolute, or relative to cwd. */
  changed?: string[]
}

export type Happening =
  /**
   * A session begins, goes on or has forgotten what it was told. `replaces`: the process has left its former session for
   * this one. `environmentFile`: what this file exports reaches the shell of the session.
   */
  | { event: 'session-start'; source: string; replaces: boolean; environmentFile?: string }
  | { event: 'prompt'; prompt: string; turn?: string }
  /** This and before-shell can be refused. */
  | ({ event: 'before-edit' } & EditCall)
  | ({ event: 'after-edit' } & EditCall)
  | ({ event: 'before-shell' } & ShellCall)
  /** Whatever its exit code: a command that fails may have written. */
  | ({ event: 'after-shell' } & ShellCall & ShellOutcome)
  /** A call that writes files came to nothing. */
  | { event: 'call-failed' | 'call-denied'; call?: string }
  /**
   * No call of this sender is in flight any more. `turn`: of that turn; some programs tell it of their subagents' turns too. `calls`:
   * of these; others may still be. `reads`: what these calls showed.
   */
  | { event: 'calls-over'; turn?: string; calls?: string[]; reads?: FileRead[] }
  | { event: 'subagent-start' }
  | { event: 'subagent-end' }
  | { event: 'turn-end' }
  | { event: 'turn-failed' }
  /** The working folder is another one now: `cwd`. */
  | { event: 'moved' }
  /** `mayGoOn`: some programs announce it at each pause, while subagents are at work. */
  | { event: 'session-end'; reason: string; mayGoOn?: boolean }
  /** Nothing to record but that the sender lives. `note`: for the hook log. */
  | { event: 'other'; note?: string }

export type HookEvent = Sender & Happening

export type Recognised =
  | { kind: 'event'; event: HookEvent }
  /** Not of the form we know: for the hook log. */
  | { kind: 'unrecognised'; reason: string }
  /** Another program runs this one's hooks too. `host`: its name here, if there is an adapter of it, else what people call it. */
  | { kind: 'foreign'; host: string }

/** `instance`: the sender's id, when it begins, for programs that can put it into the environment of its shell. */
export type Answer =
  | { kind: 'silent'; instance?: string }
  /** `agent`: context for the model. `person`: one line for whoever sits in front of it. */
  | { kind: 'inform'; agent?: string; person?: string; instance?: string }
  /** The edit must not happen; the reason is for the model. */
  | { kind: 'deny'; reason: string }

/** One agent program. */
export interface AgentAdapter {
  /** `payload`: parsed JSON. `env`: of the hook's process. */
  recognise(payload: unknown, env: Environment): Recognised
  /**
   * What goes to standard output; the exit code is 0. Empty when there is nothing to say. Where the program shows added context to
   * nobody, or an answer with it would be void, there is none.
   */
  render(event: HookEvent, answer: Answer): string
  /**
   * For a payload that came by the hooks of another program: whether this one runs hooks of ours by itself, so that the event has
   * been answered already.
   */
  hasOwnHooks?(event: HookEvent, env: Environment): boolean
  /** The session that started a program with this environment, where the agent program says so. */
  sessionIn?(env: Environment): Pick<Sender, 'host' | 'session'> | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>
