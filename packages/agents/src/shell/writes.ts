import type { ResourceName } from '@coordlog/coordination/resources'

/** What a shell command will do to files, worked out from its text before it runs. No code, no vendor's word. */

export interface Writes {
  targets: Target[]
  resources: ResourceUse[]
  /** Something in it may write files of which its text says nothing: a script, a build, an unknown program. */
  opaque: boolean
}

export interface Target {
  /** Absolute. */
  path: string
  /** The file itself, or everything below the folder. */
  reach: 'file' | 'below'
  /**
   * Whether the part of the command that names it, when it runs, does this to it for certain. Not sure: the name is known only in
   * part, or the program decides by itself what it writes.
   */
  sure: boolean
  /** stage: it is not written, but what it holds goes into the index, and so into the next commit. */
  act: 'write' | 'stage'
  /** Of what lies below, only what is not committed: of the files that git tracks, of the others, or of both. */
  only?: 'tracked' | 'untracked' | 'uncommitted'
}

/** `after`: whether something of it stays with the session when the command has ended so: staged files, another branch, a conflict. */
export interface ResourceUse {
  name: ResourceName
  /** Of the worktree. */
  top: string
  after: { success: boolean; failure: boolean }
}

export type Dialect = 'posix' | 'powershell'

/** What the analysis may look at. Absent answers are "not known". */
export interface Surroundings {
  cwd: string
  home: string | undefined
  /** Top of the worktree in which the folder lies. */
  topOf(folder: string): string | undefined
  /** Names in a folder; undefined: it is none, or too large. */
  list(folder: string): readonly string[] | undefined
  kindOf(path: string): 'file' | 'folder' | 'absent'
  /** A small text file. */
  read(path: string): string | undefined
}
