import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '@coordlog/runtime/problems'

/** How a session's own shell, and whoever looks into the worktree, learns the id of its instance. */

const variables = ['COORD_INSTANCE_ID', 'CLAUDE_INSTANCE_ID']

/**
 * Appends export lines to a file that the agent program reads before each command: the id, and `coord` where the session's
 * shell finds it (last, so that nothing is hidden). Twice is once.
 */
export function exportInstance(environmentFile: string, id: string, worktree: string): void {
  const before = readIfThere(environmentFile)
  const lines = variables.map((name) => `export ${name}=${shellQuoted(id)}`)
  const programs = join(worktree, '.claude', 'coordination', 'bin')
  if (statSync(programs, { throwIfNoEntry: false })?.isDirectory()) {
    lines.push(`export PATH="$PATH":${shellQuoted(programs)}`)
  }
  const known = before.split('\n')
  const isLast = (line: string) =>
    known.findLast((other) => other.startsWith(line.slice(0, line.indexOf('=')))) === line
  if (lines.every(isLast)) return
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  appendFileSync(environmentFile, `${gap}${lines.join('\n')}\n`, { mode: 0o600 })
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * .claude/.instance_env, where the guide has people look. With two sessions in one worktree it names the last one that
 * started; nothing of coordlog reads it.
 */
export function writeInstanceFile(worktree: string, id: string): void {
  const folder = join(worktree, '.claude')
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  const file = join(folder, '.instance_env')
  const text = variables
    .map((name) => `${name}=${id}\n`)
    .toReversed()
    .join('')
  if (readIfThere(file) === text) return
  const aside = `${file}.${id}.tmp`
  writeFileSync(aside, text, { mode: 0o600 })
  renameSync(aside, file)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  }
}
