import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { below, isAbsence, type Place, realOrSame } from '../place.js'

/** The folder of the compatibility files within a worktree, and of what `coord init` put there. */
export function coordinationFolder(worktree: string): string {
  return below(worktree, '.claude/coordination')
}

/**
 * Every worktree of the repository in which coordlog is set up, found by git's own notes and without a process. None when
 * the log stands elsewhere than the place implies: then another log may belong to these worktrees.
 */
export function installedWorktrees(place: Place): string[] {
  if (place.directory !== ownDirectory(place)) return []
  return [...new Set([place.worktree, ...otherWorktrees(place)])].filter(isInstalled)
}

/** A folder that is a link, or below one, leads who knows where: it is left alone. */
export function isInstalled(worktree: string): boolean {
  const folder = coordinationFolder(worktree)
  return (
    realOrSame(folder) === folder && statSync(join(folder, 'bin', 'coord'), { throwIfNoEntry: false }) !== undefined
  )
}

export function ownDirectory({ commonDir, worktree }: Place): string {
  return commonDir === undefined ? below(coordinationFolder(worktree), 'log') : below(commonDir, 'coordlog')
}

/** git keeps the place of each linked worktree's ".git" file in <common>/worktrees/<name>/gitdir. */
function otherWorktrees({ commonDir, mainCheckout }: Place): string[] {
  if (commonDir === undefined) return []
  const notes = join(commonDir, 'worktrees')
  const linked = namesIn(notes).flatMap((name) => {
    const file = textIfThere(join(notes, name, 'gitdir'))?.trim()
    return file === undefined || basename(file) !== '.git' ? [] : [realOrSame(dirname(resolve(notes, name, file)))]
  })
  return mainCheckout === undefined ? linked : [mainCheckout, ...linked]
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}

export function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
