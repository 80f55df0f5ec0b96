import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { os } from './lateModules.js'
import { errorCode, RuntimeProblem } from './problems.js'

/** Where we are: found by looking at files, never by starting git. All paths are absolute and real. */
export interface Place {
  kind: 'git' | 'folder'
  /** Top of the worktree (git), or the project's folder. */
  worktree: string
  /** The worktree that holds the repository itself. None in a bare repository and outside git. */
  mainCheckout: string | undefined
  /** What all worktrees of the repository share. */
  commonDir: string | undefined
  branch: string | undefined
  /** The coordination directory: the log and everything that belongs to it. */
  directory: string
}

export interface PlaceRequest {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** --dir: the coordination directory, instead of the one that the place implies. */
  dir?: string
  /** --repo: as if one stood there. */
  repo?: string
}

export function findPlace(request: PlaceRequest): Place {
  const start = request.repo === undefined ? request.cwd : existingFolder(resolve(request.cwd, request.repo))
  const from = deepestExisting(start)
  const repository = findRepository(from)
  const place = repository ?? folderPlace(from)
  const dir = request.dir ?? request.env['COORD_DIR']
  if (dir === undefined || dir === '') return place
  return { ...place, directory: realOrSame(resolve(request.cwd, dir)) }
}

function existingFolder(path: string): string {
  if (isFolder(path)) return path
  throw new RuntimeProblem('usage', `--repo ${path}: there is no such folder. Give the folder of a repository.`, {
    path,
  })
}

/** A path below a folder that is absolute and normal already: `join` looks at each character of it, for every hook. */
export function below(folder: string, names: string): string {
  return folder === '/' ? `/${names}` : `${folder}/${names}`
}

/** What was found in a folder, with what it hangs on: while that is as it was, so is the answer. */
interface Remembered {
  place: Place | undefined
  files: readonly string[]
  stamps: string
  generation: number
}

const repositories = new Map<string, Remembered>()
const repositoriesMax = 1_000
let generation = 0

/** The repository of a real folder. Remembered within the process: a hook asks for the same one several times. */
export function findRepository(folder: string): Place | undefined {
  const place = remembered(folder) ?? remember(folder)
  const parent = dirname(folder)
  return place.place ?? (parent === folder ? undefined : findRepository(parent))
}

/** From now on what is remembered is looked at again: branches change, worktrees come and go. */
export function forgetRepositories(): void {
  generation += 1
  real = undefined
}

/** The folder that was asked about last, and where it leads: whoever asks a resident stands in it. */
let real: { path: string; folder: string } | undefined

/** The real path of a folder that is there. Throws what the system says of one that is not. */
export function realFolder(path: string): string {
  if (real?.path !== path) real = { path, folder: realpathSync.native(path) }
  return real.folder
}

function remembered(folder: string): Remembered | undefined {
  const known = repositories.get(folder)
  if (known === undefined) return undefined
  if (known.generation !== generation && known.stamps !== stampsOf(known.files)) return undefined
  known.generation = generation
  return known
}

function remember(folder: string): Remembered {
  if (repositories.size >= repositoriesMax) repositories.clear()
  const dotGit = join(folder, '.git')
  const before = stampsOf([dotGit])
  const gitDir = gitDirOf(dotGit)
  const files = gitDir === undefined ? [dotGit] : [dotGit, join(gitDir, 'HEAD'), join(gitDir, 'commondir')]
  const stamps = gitDir === undefined ? before : stampsOf(files)
  const place = gitDir === undefined ? undefined : repositoryAt(folder, gitDir)
  const found = { place, files, stamps, generation }
  repositories.set(folder, found)
  return found
}

/** Of a folder only which one it is: what is in it changes all the time. Taken before the files are read. */
function stampsOf(files: readonly string[]): string {
  let stamps = ''
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined) stamps += 'absent '
    else if (found.isDirectory()) stamps += `${found.dev} ${found.ino} `
    else stamps += `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs} `
  }
  return stamps
}

function repositoryAt(worktree: string, gitDir: string): Place {
  const common = firstLine(join(gitDir, 'commondir'))
  const commonDir = common === undefined ? gitDir : realOrSame(resolve(gitDir, common))
  const isLinked = commonDir !== gitDir
  const besideCommon = basename(commonDir) === '.git' ? dirname(commonDir) : undefined
  return {
    kind: 'git',
    worktree,
    mainCheckout: isLinked ? besideCommon : worktree,
    commonDir,
    branch: branchOf(gitDir),
    directory: join(commonDir, 'coordlog'),
  }
}

/** A folder in a main checkout; in linked worktrees and submodules a file that names it. */
function gitDirOf(dotGit: string): string | undefined {
  if (isFolder(dotGit)) return firstLine(join(dotGit, 'HEAD')) === undefined ? undefined : realOrSame(dotGit)
  const target = firstLine(dotGit)?.match(/^gitdir: (.+)$/)?.[1]
  return target === undefined ? undefined : realOrSame(resolve(dirname(dotGit), target))
}

function branchOf(gitDir: string): string | undefined {
  const head = firstLine(join(gitDir, 'HEAD'))
  return head?.startsWith('ref: refs/heads/') ? head.slice('ref: refs/heads/'.length) : head?.slice(0, 12)
}

/** Outside git: the folder above that has been set up, else the one we stand in. A home folder's .claude is no project. */
function folderPlace(from: string): Place {
  const home = realOrSame(os().homedir())
  let project = from
  for (let folder = from; folder !== dirname(folder) && folder !== home; folder = dirname(folder)) {
    if (!isFolder(join(folder, '.claude', 'coordination'))) continue
    project = folder
    break
  }
  return {
    kind: 'folder',
    worktree: project,
    mainCheckout: undefined,
    commonDir: undefined,
    branch: undefined,
    directory: join(project, '.claude', 'coordination', 'log'),
  }
}

/** Real path of the deepest part that exists: a working folder may have been removed under a running session. */
export function deepestExisting(path: string): string {
  if (real?.path === path) return real.folder
  let candidate = isAbsolute(path) ? path : resolve('/', path)
  for (;;) {
    while (isMissing(candidate)) candidate = dirname(candidate)
    try {
      return realpathSync.native(candidate)
    } catch (error) {
      if (!isAbsence(error) || candidate === dirname(candidate)) throw error
      candidate = dirname(candidate)
    }
  }
}

/** Nothing is at this path, not even a link. To ask costs a tenth of what the error does that says it. */
export function isMissing(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined
  } catch (error) {
    // Whoever asks for more than that is told what it is.
    if (errorCode(error) !== undefined) return false
    throw error
  }
}

export function realOrSame(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (isAbsence(error)) return path
    throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0]?.trim() || undefined
  } catch (error) {
    if (isAbsence(error) || errorCode(error) === 'EISDIR') return undefined
    throw error
  }
}

export function isAbsence(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
