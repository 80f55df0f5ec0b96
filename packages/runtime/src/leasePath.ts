import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { fileKey } from '@coordlog/coordination/resources'
import { limits } from '@coordlog/coordination/vocabulary'
import { below, deepestExisting, findRepository, isAbsence, isMissing, type Place } from './place.js'
import { errorCode } from './problems.js'

/** The one name under which a file is leased, however it was written: see leaseKey. */
export type LeasePath =
  /** `path`: relative to the top of `worktree`, with "/", NFC; the same in every worktree of the repository. */
  | { kind: 'key'; path: string; worktree: string }
  /** Not in this repository: not tracked. `path` is absolute. */
  | { kind: 'outside'; path: string }
  | { kind: 'refused'; path: string; reason: string }

const linksMax = 40

/**
 * Absolute and relative names, "./..", symbolic links (of the file, and of the deepest existing folder above it) and
 * Unicode forms of one file meet in one key. A file of another worktree of the same repository is that worktree's.
 */
export function leaseKey(place: Place, cwd: string, path: string): LeasePath {
  const reason = whyNotAName(path)
  if (reason !== undefined) return { kind: 'refused', path, reason }
  const target = targetOf(isPlain(path) ? path : resolve(cwd, path))
  if (target === undefined) return { kind: 'refused', path, reason: 'its symbolic links lead round in a circle' }
  const { file, isThere } = target
  if (isThere && isFolder(file)) return { kind: 'refused', path, reason: 'it is a folder; leases are for files' }
  const worktree = worktreeOf(place, target)
  if (worktree === undefined) return { kind: 'outside', path: file }
  const key = within(worktree, file).normalize('NFC')
  return key === '.git' || key.startsWith('.git/')
    ? { kind: 'outside', path: file }
    : { kind: 'key', path: fileKey(key), worktree }
}

/** Absolute, and nothing in it that `resolve` would take out: that costs more than this question. */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !/\/(?:\/|\.\.?(?:\/|$))/.test(path)
}

function within(folder: string, file: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : relative(folder, file).split(sep).join('/')
}

/** Where a write would end. */
interface Target {
  file: string
  /** Something is there already, or may be. */
  isThere: boolean
  /** The real path of the deepest folder above it that is there, where that is known. */
  folder?: string
}

function whyNotAName(path: string): string | undefined {
  if (path === '') return 'it is empty'
  if (path.includes('\0')) return 'it holds a NUL character'
  if (!path.isWellFormed()) return 'it is not well-formed Unicode'
  const bytes = Buffer.byteLength(path)
  if (bytes > limits.pathBytes) return `it has ${bytes} bytes; the limit is ${limits.pathBytes}`
  if (path === '~' || path.startsWith('~/')) return '"~" is not expanded here; give the path itself'
  if (path.endsWith('/')) return 'it names a folder; leases are for files'
  return undefined
}

/** The nearest worktree of the same repository around a folder, which may not exist yet. */
function worktreeOf(place: Place, target: Target): string | undefined {
  const folder = dirname(target.file)
  if (place.kind === 'git') {
    const repository = findRepository(target.folder ?? deepestExisting(folder))
    if (repository?.commonDir === place.commonDir) return repository?.worktree
  }
  // A nested repository (a submodule, a scratch clone) belongs to the worktree that it lies in.
  return folder === place.worktree || folder.startsWith(`${place.worktree}${sep}`) ? place.worktree : undefined
}

/** Links are followed even when what they point to does not exist yet; undefined: in a circle. */
function targetOf(path: string): Target | undefined {
  let candidate = path
  for (let links = 0; links < linksMax; links++) {
    if (isMissing(candidate)) {
      const { path: parent, folder } = realParent(dirname(candidate))
      return { file: below(parent, basename(candidate)), isThere: false, folder }
    }
    try {
      const file = realpathSync.native(candidate)
      return { file, isThere: true, folder: dirname(file) }
    } catch (error) {
      if (errorCode(error) === 'ELOOP') return undefined
      if (!isAbsence(error) && errorCode(error) !== 'ENAMETOOLONG' && errorCode(error) !== 'EACCES') throw error
    }
    const { path: parent } = realParent(dirname(candidate))
    const name = below(parent, basename(candidate))
    const target = linkTarget(name)
    if (target === undefined) return { file: name, isThere: true }
    candidate = resolve(parent, target)
  }
  return undefined
}

/** `folder`: as much of it as is there. */
function realParent(wanted: string): { path: string; folder: string } {
  const missing: string[] = []
  let existing = wanted
  for (;;) {
    while (isMissing(existing) && existing !== dirname(existing)) {
      missing.unshift(basename(existing))
      existing = dirname(existing)
    }
    try {
      const real = realpathSync.native(existing)
      return { path: missing.reduce(below, real), folder: real }
    } catch (error) {
      const target = linkTarget(existing)
      if (target !== undefined) existing = resolve(dirname(existing), target)
      else if (existing === dirname(existing)) throw error
      else {
        missing.unshift(basename(existing))
        existing = dirname(existing)
      }
      if (missing.length + existing.length > 2 * limits.pathBytes) throw error
    }
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (isAbsence(error) || code === 'EINVAL' || code === 'ENAMETOOLONG' || code === 'EACCES' || code === 'ELOOP')
      return undefined
    throw error
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch (error) {
    if (errorCode(error) === 'ENAMETOOLONG' || errorCode(error) === 'EACCES' || isAbsence(error)) return false
    throw error
  }
}
