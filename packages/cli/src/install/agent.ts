import type { HookPort } from '@coordlog/resident/hookPort'
import type { Place } from '@coordlog/runtime/place'
import type { Check, Patient } from '../doctor/check.js'
import type { OwnFile } from './files.js'
import type { FileChange } from './plan.js'
import type { Scope } from './scope.js'
import type { SharedFile } from './sharedFile.js'

/**
 * How coordlog is put into the configuration of one agent program: data and pure questions, no act. One folder beside this file for
 * each program; agents.ts lists them. Whatever only one program needs to know stands in its folder.
 */
export interface AgentInstaller {
  /** As in `coord hook AGENT`. */
  readonly name: string
  /** As people call it. */
  readonly title: string
  /** How it is found on a machine: its program's names, and its folder below the home folder. */
  readonly programs: readonly string[]
  readonly homeFolder: string
  /** Folders in it that hold our files of the scope `user`, innermost first, from the home folder on. */
  readonly userFolders?: readonly string[]
  /** Folders in a repository that hold our files, innermost first: removed with them if nothing else is there. */
  readonly folders: readonly string[]
  /** The first one is what a scope that it does not have falls back on. */
  readonly scopes: readonly Scope[]
  /** Rules that keep our files of the scopes `local` and `user` out of git. */
  readonly ignored: readonly string[]
  /** Our part of its configuration. `command`: what to run again when a file has been mended. */
  files(request: WiringRequest, command: string): AgentFiles
  /** Whether sessions in this place meet entries of ours of this scope already, from a file of another place. */
  isReached?(request: WiringRequest): boolean
  /** Where entries of ours stand that a session in this place meets. A file that cannot be read counts as without. */
  wirings(place: Place, home: string): Wiring[]
  /** What our entries in this text run. Throws JsonProblem. */
  calls(text: string, place: Place): HookCall[]
  /** What the person should know after an install. `changes`: of all agents. */
  notes(request: WiringRequest, changes: readonly FileChange[]): string[]
  /** Whether the client will run what stands in its configuration. */
  trust(patient: Patient, wirings: readonly Wiring[]): Promise<Check[]>
}

export interface WiringRequest {
  target: Place
  scope: Scope
  /** The person's home folder. */
  home: string
  /** Folder of this installation of coordlog. */
  coordlogRoot: string
  /** Hooks are posted there; without it each hook is a process. Local settings only: its token is nobody else's business. */
  hookPort?: HookPort
}

/** `own`: nobody else's content. `shared`: files of the person in which some lines are ours. */
export interface AgentFiles {
  own: OwnFile[]
  shared: SharedFile[]
}

/** A configuration file whose entries of ours reach the sessions of a place. */
export interface Wiring {
  path: string
  scope: Scope
  /** Whose file it is: some clients read the main checkout's in linked worktrees. */
  isOfMainCheckout: boolean
}

/** One hook of ours, as the client would run it. */
export interface HookCall {
  /** The event, in the client's words. */
  event: string
  /** Whether it is the one that can refuse an edit. */
  isBeforeEdit: boolean
  /** The program that must be there; undefined: the hook finds one by itself. */
  program?: string
  /** What to start for a trial of it; undefined: it is posted, or runs inside the client. `{cwd}` stands for the working folder. */
  start?: { file: string; args: readonly string[]; env: Readonly<Record<string, string>> }
}
