import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { deepestExisting, isAbsence } from '@coordlog/runtime/place'
import { fromSystem, RuntimeProblem } from '@coordlog/runtime/problems'
import { shellWord } from './shellWord.js'

/** A file as it was when the plan was made. */
export interface FileSnapshot {
  path: string
  /** The file behind a symbolic link, else the path. */
  target: string
  /** Absent: there is no file. */
  bytes?: Buffer
  mode?: number
}

/** Follows a symbolic link to a file. Throws RuntimeProblem for what is no ordinary file and what must not be written. */
export function readSnapshot(path: string): FileSnapshot {
  try {
    const link = lstatSync(path, { throwIfNoEntry: false })
    if (link === undefined) return { path, target: path }
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) {
      throw new RuntimeProblem(
        'unsafe',
        `${path} is a symbolic link to a file that is not there. Mend or remove it first.`,
        { path },
      )
    }
    if (!status.isFile()) {
      throw new RuntimeProblem('unsafe', `${path} is not a file. Move it away first.`, { path })
    }
    const target = link.isSymbolicLink() ? realpathSync.native(path) : path
    return { path, target, bytes: readFileSync(target), mode: status.mode & 0o7777 }
  } catch (error) {
    if (error instanceof RuntimeProblem) throw error
    if (isAbsence(error)) return { path, target: path }
    throw fromSystem(error, 'read', path)
  }
}

/** A file that nobody may write is meant so, even where a rename in its folder, or root, could replace it. */
export function refuseReadOnly({ path, target, mode }: FileSnapshot): void {
  if (mode === undefined || (mode & 0o222) !== 0) return
  throw new RuntimeProblem(
    'denied',
    `${path} is read-only (mode ${mode.toString(8)}). Nothing was changed. If it may be written, run: chmod u+w ${shellWord(target)}`,
    { path, target, mode: mode.toString(8) },
  )
}

/** The folders on the way to `path` may be links, but not to somewhere outside `top`: we would write into another project. */
export function refuseOutside(top: string, path: string): void {
  const real = deepestExisting(dirname(path))
  const way = relative(deepestExisting(top), real)
  if (way !== '..' && !way.startsWith(`..${sep}`)) return
  throw new RuntimeProblem(
    'unsafe',
    `${dirname(path)} leads out of ${top}, to ${real}. Nothing was changed; make it a folder of its own first.`,
    {
      path,
      leadsTo: real,
    },
  )
}

export const backupMark = '.coordlog-backup-'

/** A name beside the file that is not taken. */
export function backupPath(path: string, at: string): string {
  const name = `${path}${backupMark}${at.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')}`
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`
    if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) return candidate
  }
}

/** Backups of a file, newest first. */
export function backupsOf(path: string): FileSnapshot[] {
  const folder = dirname(path)
  const prefix = basename(path) + backupMark
  return namesIn(folder)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .reverse()
    .map((name) => readSnapshot(join(folder, name)))
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isAbsence(error)) return []
    throw fromSystem(error, 'read', folder)
  }
}

/** Settings are text. Bytes that are none would not survive being written back. */
export function textOf({ path, bytes }: FileSnapshot): string {
  if (bytes === undefined) return ''
  if (bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) {
    throw new RuntimeProblem(
      'unsafe',
      `${path} begins with a byte order mark, which JSON does not allow. Nothing was changed; save it as UTF-8 without one, then run the command again.`,
      { path },
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new RuntimeProblem(
      'unsafe',
      `${path} is not UTF-8 text. Nothing was changed; save it as UTF-8, then run the command again.`,
      { path },
    )
  }
}
