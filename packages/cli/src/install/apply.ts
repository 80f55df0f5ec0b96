import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode, fromSystem, RuntimeProblem } from '@coordlog/runtime/problems'
import type { FileChange, InstallPlan, InstallReport } from './plan.js'
import { readSnapshot } from './snapshot.js'

/**
 * Carries a plan out. Each file is whole at every moment: written aside, synced, renamed into its place. The plan's order puts
 * hook entries last at an install and first at an uninstall, so that no entry ever names a file that is not there; after a
 * failure in between, the same command run again does the rest. Throws RuntimeProblem.
 */
export function applyPlan(plan: InstallPlan): InstallReport {
  const open = plan.changes.filter((change) => change.kind !== 'keep')
  open.forEach(refuseStale)
  const done: FileChange[] = []
  for (const change of open) {
    try {
      carryOut(change)
    } catch (error) {
      const problem = fromSystem(error, change.kind, change.path)
      const soFar = `${done.length} of ${open.length} changes were made before; running the command again does the rest.`
      throw new RuntimeProblem(problem.code, `${problem.message}. ${soFar}`, problem.facts)
    }
    done.push(change)
  }
  const removedFolders = plan.folders.filter(removeIfEmpty)
  return { done, removedFolders, lines: plan.lines }
}

function refuseStale(change: FileChange): void {
  const now = readSnapshot(change.path)
  const isSame =
    now.bytes === undefined || change.before === undefined
      ? now.bytes === change.before
      : now.bytes.equals(change.before)
  if (isSame && now.target === change.target) return
  throw new RuntimeProblem(
    'io',
    `${change.path} was changed by somebody else just now. Nothing was changed; run the command again.`,
    {
      path: change.path,
    },
  )
}

function carryOut(change: FileChange): void {
  if (change.backup !== undefined) copyFileSync(change.target, change.backup, constants.COPYFILE_EXCL)
  if (change.after === undefined) {
    unlinkSync(change.path)
    return
  }
  // A folder that only its owner may enter for a file that only its owner may read: the log's.
  mkdirSync(dirname(change.target), { recursive: true, mode: change.mode === 0o600 ? 0o700 : 0o777 })
  writeWhole(change.target, change.after, change)
}

/** A new file takes the person's umask; one that was there keeps its mode. */
function writeWhole(path: string, bytes: Buffer, { kind, mode }: FileChange): void {
  const folder = dirname(path)
  const aside = join(folder, `.${basename(path)}.coordlog-${process.pid}`)
  // Left over by a process of the same number that was killed.
  rmSync(aside, { force: true })
  const descriptor = openSync(aside, 'wx', mode)
  try {
    writeFileSync(descriptor, bytes)
    if (kind === 'change') fchmodSync(descriptor, mode)
    fsyncSync(descriptor)
    renameSync(aside, path)
  } catch (error) {
    rmSync(aside, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  syncFolder(folder)
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    // Not empty, never there, a link, or not ours to remove: it stays.
    if (
      ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes(errorCode(error) ?? '')
    )
      return false
    throw error
  }
}
