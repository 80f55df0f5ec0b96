import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { isAbsence } from '@coordlog/runtime/place'
import { fromSystem, RuntimeProblem } from '@coordlog/runtime/problems'
import { projectedFiles } from '@coordlog/runtime/projection/projectedFiles'

/** Which files of an earlier system there are: a file alone, its coordination folder, or a repository with one in it. */

const ownNames = ['work-registry.json', 'decision-log.json']
const archive = /^decision-log-archive-.*\.json$/
const setAside = /^before-coordlog-/

export interface EarlierFile {
  /** As it is named to people: relative to what was given. */
  source: string
  text: string
}

export function earlierFiles(path: string): EarlierFile[] {
  const status = statSync(path, { throwIfNoEntry: false })
  if (status === undefined) {
    throw new RuntimeProblem('usage', `${path}: there is no such file or folder to import.`, { path })
  }
  if (!status.isDirectory()) return [{ source: basename(path), text: textOf(path) }]
  const inside = join(path, '.claude', 'coordination')
  const top = statSync(inside, { throwIfNoEntry: false })?.isDirectory() ? inside : path
  // What coordlog wrote is in the log already.
  const ours = new Set(projectedFiles(join(top, '..', '..')))
  const folders = [
    top,
    ...names(top)
      .filter((name) => setAside.test(name))
      .map((name) => join(top, name)),
  ]
  return folders
    .flatMap(filesOf)
    .filter((file) => !ours.has(file))
    .map((file) => ({ source: relative(path, file), text: textOf(file) }))
}

function filesOf(folder: string): string[] {
  const here = names(folder).filter((name) => ownNames.includes(name) || archive.test(name))
  const below = ['locks', 'heartbeats'].flatMap((name) =>
    names(join(folder, name))
      .filter((each) => each.endsWith('.json'))
      .map((each) => join(name, each)),
  )
  // Archives before the log: they hold what is older.
  return [...here.sort((a, b) => Number(archive.test(b)) - Number(archive.test(a))), ...below].map((name) =>
    join(folder, name),
  )
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (isAbsence(error)) return []
    throw fromSystem(error, 'read', folder)
  }
}

/** Bytes that are no UTF-8 come as U+FFFD; the file itself is left as it is. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fromSystem(error, 'read', file)
  }
}
