import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Place } from './place.js'
import { errorCode } from './problems.js'

const bytesMax = 1_048_576

/** Where a person looks for what the hooks had to say. Without a .claude folder, beside the log. */
export function hooksLogFile(place: Place): string {
  const claude = join(place.worktree, '.claude')
  const isGone = place.kind === 'git' && statSync(join(place.worktree, '.git'), { throwIfNoEntry: false }) === undefined
  const isSetUp = !isGone && (statSync(claude, { throwIfNoEntry: false })?.isDirectory() ?? false)
  return isSetUp ? join(claude, 'logs', 'hooks.log') : join(place.directory, 'hooks.log')
}

/** Of a worktree only what is below .claude: it may be going away at this moment, and must not be made anew. */
function makeFolderOf(file: string, { directory }: Place): void {
  const folder = dirname(file)
  if (folder === directory) mkdirSync(folder, { recursive: true, mode: 0o700 })
  else if (statSync(folder, { throwIfNoEntry: false }) === undefined) mkdirSync(folder, { mode: 0o700 })
}

/** One line: time, "coordination:", the text. Best effort by purpose: a full disk must not stop an agent's edit. */
export function writeHooksLog(place: Place, at: string, line: string): void {
  try {
    const file = hooksLogFile(place)
    makeFolderOf(file, place)
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (size > bytesMax) renameSync(file, `${file}.1`)
    appendFileSync(file, `${at} coordination: ${shown(line)}\n`, { mode: 0o600 })
  } catch (error) {
    if (errorCode(error) === undefined) throw error
  }
}
