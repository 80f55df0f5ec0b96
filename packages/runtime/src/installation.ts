import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { childProcess } from './lateModules.js'
import { isAbsence } from './place.js'

/** The folder above this file that holds bin/coord: it may lie in one bundle or beside many others. */
export function installationAbove(file: string): string {
  let folder = dirname(file)
  while (!existsSync(join(folder, 'bin', 'coord')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** What is installed, in one word: clients and residents of different builds do not talk to each other. */
export function buildOf(root: string): string | undefined {
  try {
    return readFileSync(join(root, 'hooks', 'dist', 'build'), 'utf8').trim() || undefined
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** What a resident inherits: nothing of the session that happened to start it. */
const inherited = ['HOME', 'PATH', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'XDG_RUNTIME_DIR']

/**
 * Brings up the resident of a coordination directory, detached, without waiting for it. If there is one already, the new
 * one finds that out by itself and ends.
 */
export function startDetachedResident(
  root: string,
  directory: string,
  worktree: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const program = join(root, 'bin', 'start.cjs')
  const kept = Object.fromEntries(inherited.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const child = childProcess().spawn(
    process.execPath,
    [program, 'serve', '--quiet', '--dir', directory, '--repo', worktree],
    {
      cwd: '/',
      detached: true,
      stdio: 'ignore',
      env: kept,
    },
  )
  // A resident is a convenience: whoever cannot have one works without.
  child.on('error', () => undefined)
  child.unref()
}
