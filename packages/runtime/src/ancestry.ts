import { readFileSync } from 'node:fs'
import type { ProcessIdentity } from '@coordlog/coordination/vocabulary'
import { childProcess } from './lateModules.js'
import { processIdentity } from './liveness.js'
import { isAbsence } from './place.js'
import { errorCode } from './problems.js'

/**
 * Which program started a hook, when the hook is not told. Clients run a hook's command with a shell that runs nothing else, so the
 * first ancestor that is no such shell is the client.
 */

interface Ancestor {
  parent: number
  /** The program as it was called, then its arguments. */
  words: readonly string[]
}

/** More shells inside each other than any client starts. */
const shellsMax = 8

/** `pid`: who called us. undefined: the system does not say, or the one we look for has gone. */
export function programAbove(pid: number): number | undefined {
  let candidate = pid
  for (let shells = 0; shells <= shellsMax; shells += 1) {
    const ancestor = candidate > 0 ? ancestorOf(candidate) : undefined
    if (ancestor === undefined) return undefined
    if (!isShellForOneCommand(ancestor.words)) return candidate
    candidate = ancestor.parent
  }
  return undefined
}

/** The process and those above it, nearest first: whoever started us is among them, with shells and launchers between. */
export function processesFrom(pid: number): ProcessIdentity[] {
  const found: ProcessIdentity[] = []
  let next: number | undefined = pid
  while (next !== undefined && next > 1 && found.length <= shellsMax) {
    const identity = processIdentity(next)
    if (identity === undefined) break
    found.push(identity)
    next = ancestorOf(next)?.parent
  }
  return found
}

/** `sh -c …`, `zsh -lc …`. A shell without a command is somebody's terminal, one with a file a program like any other. */
function isShellForOneCommand(words: readonly string[]): boolean {
  const [program = '', ...rest] = words
  const name = program.slice(program.lastIndexOf('/') + 1)
  return /^-?(?:ba|da|k|z|a|fi)?sh$/.test(name) && rest.some((word) => /^-[a-z]*c$/.test(word))
}

function ancestorOf(pid: number): Ancestor | undefined {
  return process.platform === 'linux' ? linuxAncestor(pid) : portableAncestor(pid)
}

/** proc(5): the parent is the second field after the name in parentheses. */
function linuxAncestor(pid: number): Ancestor | undefined {
  const stat = readGone(`/proc/${pid}/stat`)
  const words = readGone(`/proc/${pid}/cmdline`)
  const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  if (words === undefined || !Number.isSafeInteger(parent)) return undefined
  return { parent, words: words.split('\0') }
}

function portableAncestor(pid: number): Ancestor | undefined {
  const { status, stdout } = childProcess().spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 2_000,
  })
  const [parent, ...words] = (status === 0 ? stdout : '').trim().split(/\s+/)
  return parent ? { parent: Number(parent), words } : undefined
}

function readGone(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if (isAbsence(error) || ['ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}
