import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Decision } from '@coordlog/coordination/state'
import { ownEnvironment } from '@coordlog/runtime/ownEnvironment'
import { isAbsence } from '@coordlog/runtime/place'
import { fromSystem, RuntimeProblem } from '@coordlog/runtime/problems'
import { refuseOutside } from '../install/snapshot.js'
import { decisionPage, indexName, indexPage, isOurs, pageName } from './page.js'

export interface Exported {
  folder: string
  /** Names of the files that were written. Those that were right already are not among them. */
  written: string[]
}

/** Writes a page for each decision, and their list, into `folder` of `worktree`. Other people's files there stay. */
export function exportPages(worktree: string, folder: string, decisions: readonly Decision[]): Exported {
  const target = join(worktree, folder)
  makeFolder(worktree, target)
  const names = new Map(decisions.map((decision) => [decision.id, pageName(decision)]))
  const nameOf = (id: string) => names.get(id)
  const pages = new Map(decisions.map((decision) => [pageName(decision), decisionPage(decision, nameOf)]))
  pages.set(indexName, indexPage(decisions, nameOf))
  const written: string[] = []
  for (const [name, text] of pages) {
    const before = textOf(join(target, name))
    if (before === text) continue
    if (before !== undefined && !isOurs(before)) throw notOurs(join(target, name))
    writeFile(join(target, name), text)
    written.push(name)
  }
  return { folder, written }
}

function makeFolder(worktree: string, target: string): void {
  refuseOutside(worktree, join(target, indexName))
  try {
    mkdirSync(target, { recursive: true })
  } catch (error) {
    throw fromSystem(error, 'make the folder', target)
  }
}

function notOurs(path: string): RuntimeProblem {
  const said = `${path} is not a file of coordlog and is left as it is. Move it, or run: coord config set decisions.folder DIR`
  return new RuntimeProblem('usage', said, { path })
}

function textOf(file: string): string | undefined {
  try {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) throw notOurs(file)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error instanceof RuntimeProblem ? error : fromSystem(error, 'read', file)
  }
}

function writeFile(file: string, text: string): void {
  const aside = `${file}.${process.pid}.tmp`
  try {
    rmSync(aside, { force: true })
    writeFileSync(aside, text, { flag: 'wx' })
    renameSync(aside, file)
  } catch (error) {
    throw fromSystem(error, 'write', file)
  }
}

const run = promisify(execFile)

/**
 * Commits the pages of these decisions and nothing else: what others have staged stays staged. undefined: they are committed
 * as they are. Whatever git refuses (a merge under way, no name to commit under, a hook) is passed on in its words.
 */
export async function commitPages(
  worktree: string,
  folder: string,
  decisions: readonly Decision[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const paths = [...new Set([...decisions.map(pageName), indexName])].map((name) => join(folder, name))
  const git = async (...args: string[]) => {
    try {
      return (
        await run('git', args, { cwd: worktree, env: { ...ownEnvironment(), ...env, GIT_LITERAL_PATHSPECS: '1' } })
      ).stdout
    } catch (error) {
      if (!(error instanceof Error) || !('stderr' in error)) throw error
      const said = String(error.stderr).trim() || error.message
      throw new RuntimeProblem(
        'io',
        `The pages are in ${join(worktree, folder)}, but git would not commit them: ${said}`,
      )
    }
  }
  const changed = (await git('status', '--porcelain', '-z', '--', ...paths)).split('\0').filter((line) => line !== '')
  if (changed.length === 0) return undefined
  const untracked = changed.filter((line) => line.startsWith('?? ')).map((line) => line.slice(3))
  await git('add', '--intent-to-add', '--', ...paths)
  const message = `decisions: ${decisions.at(-1)?.id ?? 'none'}`
  try {
    await git('commit', '--quiet', '--only', '-m', message, '--', ...paths)
  } catch (error) {
    // The index as it was: nobody else's commit is to meet them.
    if (untracked.length > 0) await git('rm', '--quiet', '--cached', '--', ...untracked)
    throw error
  }
  return (await git('rev-parse', 'HEAD')).trim()
}
