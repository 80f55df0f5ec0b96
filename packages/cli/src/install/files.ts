import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import { fromSystem } from '@coordlog/runtime/problems'
import type { AgentInstaller } from './agent.js'
import { stamped } from './stamp.js'

export const shimPath = '.claude/coordination/bin/coord'
export const sessionStartPath = '.claude/hooks/lifecycle/coordination-init.sh'

/** A file that we put into a repository, and whose content is ours alone. */
export interface OwnFile {
  /** Absolute. */
  path: string
  content: Buffer
  mode: number
  /** Whether the text is ours as some version of coordlog wrote it; without it the text's own stamp says so. */
  isUntouched?(text: string): boolean
}

const usualBash = '/bin/bash'

const templates: { template: string; path: string; mode: number }[] = [
  { template: 'coordination/bin/coord', path: shimPath, mode: 0o755 },
  { template: 'coordination/bin/coord-status', path: '.claude/coordination/bin/coord-status', mode: 0o755 },
  { template: 'coordination/bin/coord-lock', path: '.claude/coordination/bin/coord-lock', mode: 0o755 },
  { template: 'coordination/bin/coord-decisions', path: '.claude/coordination/bin/coord-decisions', mode: 0o755 },
  { template: 'coordination/lib/coordination.sh', path: '.claude/coordination/lib/coordination.sh', mode: 0o644 },
  ...['two-instances.sh', 'crashed-instance.sh', 'changed-behind-the-lock.sh'].map((name) => ({
    template: `coordination/examples/${name}`,
    path: `.claude/coordination/examples/${name}`,
    mode: 0o755,
  })),
  { template: 'coordination/README.md', path: '.claude/coordination/README.md', mode: 0o644 },
  // npm leaves a file named .gitignore out of a package.
  { template: 'coordination/gitignore', path: '.claude/coordination/.gitignore', mode: 0o644 },
  { template: 'lifecycle/coordination-init.sh', path: sessionStartPath, mode: 0o755 },
]

export function ownFiles(worktree: string, coordlogRoot: string): OwnFile[] {
  return templates.map(({ template, path, mode }) => ({
    path: join(worktree, path),
    content: Buffer.from(stamped(readTemplate(coordlogRoot, template))),
    mode,
  }))
}

/** Read by the main checkout's path alone, whatever the worktree: elsewhere it would be a file that does nothing. */
export function configTemplate(place: Place, coordlogRoot: string): OwnFile | undefined {
  if (place.mainCheckout !== undefined && place.mainCheckout !== place.worktree) return undefined
  const content = Buffer.from(readTemplate(coordlogRoot, 'coordination/config.json'))
  return { path: join(place.worktree, '.claude/coordination/config.json'), content, mode: 0o644 }
}

/** Where the shims of every worktree look for the program: of this machine and this person, so never among committed files. */
export function homeFile(place: Place, coordlogRoot: string): OwnFile {
  const folder =
    place.commonDir === undefined ? join(place.worktree, '.claude/coordination/log') : join(place.commonDir, 'coordlog')
  return { path: join(folder, 'home'), content: Buffer.from(`${coordlogRoot}\n`), mode: 0o600 }
}

/** Innermost first. The folder of the log is among them: it goes only if there never was a log. */
export function ownFolders(place: Place, home: string, agents: readonly AgentInstaller[]): string[] {
  const inWorktree = [
    '.claude/coordination/bin',
    '.claude/coordination/lib',
    '.claude/coordination/log',
    '.claude/coordination/locks',
    '.claude/coordination/heartbeats',
    '.claude/coordination/examples',
    '.claude/coordination',
    '.claude/hooks/lifecycle',
    '.claude/hooks',
    '.claude/logs',
    '.claude',
  ].map((folder) => join(place.worktree, folder))
  const shared = place.commonDir === undefined ? [] : [join(place.commonDir, 'coordlog'), join(place.commonDir, 'info')]
  return [...inWorktree, ...shared, ...agentFolders(place, home, agents)]
}

export function agentFolders({ worktree }: Place, home: string, agents: readonly AgentInstaller[]): string[] {
  const inWorktree = agents.flatMap(({ folders }) => folders.map((folder) => join(worktree, folder)))
  const inHome = agents.flatMap(({ userFolders = [], homeFolder }) => [...userFolders, homeFolder])
  return [...inWorktree, ...inHome.map((folder) => join(home, folder))]
}

/**
 * Programs name bash by its usual path: to have `env` look for it takes as long as half of bash's own start. Where it is not there
 * (NixOS, the BSDs), `env` looks for it.
 */
export function startingBash(program: string, isWhereUsual = existsSync(usualBash)): string {
  return isWhereUsual ? program : program.replace(`#!${usualBash}\n`, '#!/usr/bin/env bash\n')
}

export function readTemplate(coordlogRoot: string, name: string): string {
  const file = join(coordlogRoot, 'hooks/templates', name)
  try {
    return startingBash(readFileSync(file, 'utf8'))
  } catch (error) {
    throw fromSystem(error, 'read, from this installation of coordlog,', file)
  }
}
