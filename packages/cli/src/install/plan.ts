import type { AgentInstaller, WiringRequest } from './agent.js'

/** What is asked: which place, which agents, whose settings. Everything that is not a file comes in here. */
export interface InstallRequest extends WiringRequest {
  agents: readonly AgentInstaller[]
  /** Also the server for clients of the Model Context Protocol, in .mcp.json; once there it stays. */
  mcp?: boolean
  /** Now, ISO 8601 UTC: names the backups. */
  at: string
}

export interface FileChange {
  /** As a person knows it; if it is a symbolic link, `target` is the file behind it. */
  path: string
  target: string
  kind: 'create' | 'change' | 'keep' | 'remove'
  /** Bytes that were read; absent: there was no file. Acting stops if they are others by then. */
  before?: Buffer
  /** Bytes that will stand there; absent: none. */
  after?: Buffer
  /** Permission bits of the file afterwards. */
  mode: number
  /** Where the bytes from before are kept. */
  backup?: string
}

/** What will be done, in this order; nothing has been yet. */
export interface InstallPlan {
  changes: FileChange[]
  /** Removed at the end if they are empty, innermost first. */
  folders: string[]
  /** For a person: what will stand, what is kept and why, what to mind. One line each, free of control characters. */
  lines: string[]
}

export interface InstallReport {
  /** The changes that were carried out; `keep` is not among them. */
  done: FileChange[]
  removedFolders: string[]
  lines: string[]
}
