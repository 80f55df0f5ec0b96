import { join } from 'node:path'
import { isAsWritten } from './decisionFile.js'
import { decisionFile, lockFolder } from './handwork.js'
import { readMarker } from './marker.js'
import { coordinationFolder, isInstalled, namesIn, textIfThere } from './worktrees.js'

/** The files that were written into a worktree and are as they were written, for whoever takes them out again. */
export function projectedFiles(worktree: string): string[] {
  const folder = coordinationFolder(worktree)
  const marker = isInstalled(worktree) ? readMarker(folder) : undefined
  if (marker === undefined) return []
  const named = (below: string, ids: object) => {
    const there = new Set(namesIn(below))
    return Object.keys(ids)
      .filter((id) => there.has(`${id}.json`))
      .map((id) => join(below, `${id}.json`))
  }
  const decisions = isAsWritten(textIfThere(decisionFile(folder)) ?? '') ? [decisionFile(folder)] : []
  return [
    join(folder, 'work-registry.json'),
    ...decisions,
    ...named(lockFolder(folder), marker.locks),
    ...named(join(folder, 'heartbeats'), marker.heartbeats),
    join(folder, '.projection'),
  ]
}
