import { rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Place } from '../place.js'
import { errorCode } from '../problems.js'
import { decisionFile, lockFolder } from './handwork.js'
import { coordinationFolder, namesIn } from './worktrees.js'

/** Worktrees that are being taken away while we write: git removes what it has found, and fails at, or leaves, what comes later. */

/** Outside git nothing tells. Within, a worktree without its ".git" is going, or has gone. */
export function isGoing({ kind }: Pick<Place, 'kind'>, worktree: string): boolean {
  return kind === 'git' && statSync(join(worktree, '.git'), { throwIfNoEntry: false }) === undefined
}

/** Removes the copies that were written into it, and the folders that are empty then, up to the worktree itself. */
export function takeBack(worktree: string, ids: { locks: Iterable<string>; heartbeats: Iterable<string> }): void {
  const folder = coordinationFolder(worktree)
  const heartbeats = join(folder, 'heartbeats')
  for (const id of ids.locks) rmSync(join(lockFolder(folder), `${id}.json`), { force: true })
  for (const id of ids.heartbeats) rmSync(join(heartbeats, `${id}.json`), { force: true })
  const names = ['work-registry.json', '.projection', '.projection.tmp']
  for (const file of [...names.map((name) => join(folder, name)), decisionFile(folder)]) rmSync(file, { force: true })
  for (const each of [lockFolder(folder), heartbeats]) removeIfEmpty(each)
  for (let each = folder; removeIfEmpty(each) && each !== worktree; ) each = dirname(each)
}

/** False if something is in it. */
function removeIfEmpty(folder: string): boolean {
  if (namesIn(folder).length > 0) return false
  try {
    rmdirSync(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return false
    if (errorCode(error) !== 'ENOENT') throw error
  }
  return true
}
