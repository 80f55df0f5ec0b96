import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sleep } from '@coordlog/log/pause'
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
  return textIfThere(join(root, 'hooks', 'dist', 'build'))?.trim() || undefined
}

/** What a resident inherits: nothing of the session that happened to start it. The certificates are the machine's. */
const inherited = ['HOME', 'PATH', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'XDG_RUNTIME_DIR', 'COORD_NODE_EXTRA_CA_CERTS']

/** A resident is there all day: a third less memory for the same speed. --optimize-for-size would save 7 MB more and cost a fifth of the speed. */
export const lean = ['--max-semi-space-size=2', ...slowToOptimize()]

/**
 * A call is a thousand functions run once each: V8's optimizing compiler takes a fifth of all CPU time, pays only for those that are run very
 * often, and its thread keeps the caller's shell from a core (one call in fifty took 2 ms more). So a function is run thirty times as long as
 * usual before it is optimized. The flags are V8's own and may end with one of its versions; these have them.
 */
function slowToOptimize(): string[] {
  const isKnown = /^v2[0-4]\./.test(process.version)
  return isKnown ? ['--interrupt-budget=2000000', '--no-flush-bytecode'] : []
}

const readyMs = 3_000
const pollMs = 20

/**
 * Brings up the resident of a coordination directory, detached. If there is one already, the new one finds that out by itself
 * and ends. It is waited for only where hooks are posted to it: one that found nobody would let an edit through.
 */
export async function startDetachedResident(
  root: string,
  directory: string,
  worktree: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const program = join(root, 'bin', 'start.cjs')
  const kept = Object.fromEntries(inherited.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const before = textIfThere(join(directory, 'resident'))
  const child = childProcess().spawn(
    process.execPath,
    [...lean, program, 'serve', '--quiet', '--dir', directory, '--repo', worktree],
    { cwd: '/', detached: true, stdio: 'ignore', env: kept },
  )
  let isOver = false
  const end = () => {
    isOver = true
  }
  // A resident is a convenience: whoever cannot have one works without.
  child.on('error', end).on('exit', end)
  child.unref()
  if (textIfThere(join(directory, 'resident.port')) === undefined) return
  const isThere = () => ![undefined, before].includes(textIfThere(join(directory, 'resident')))
  for (let waitedMs = 0; waitedMs < readyMs && !isOver && !isThere(); waitedMs += pollMs) await sleep(pollMs)
}

function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
