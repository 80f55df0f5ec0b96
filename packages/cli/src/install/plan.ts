import type { HookPort } from '@coordlog/resident/hookPort'
import type { Place } from '@coordlog/runtime/place'
import type { Scope } from './wiring.js'

/** What is asked: which place, who reads the hooks, whose settings. Everything that is not a file comes in here. */
export interface InstallRequest {
  target: Place
  scope: Scope
  agent: 'claude-code'
  /** Hooks are posted there; without it each hook is a process. Local settings only: its token is nobody else's business. */
  hookPort?: HookPort
  /** The person's home folder. */
  home: string
  /** Folder of this installation of coordlog. */
  coordlogRoot: string
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
