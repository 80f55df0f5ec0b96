import { dirname, join, sep } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { realOrSame } from '@coordlog/runtime/place'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { type Check, fault, ok, warn } from '../doctor/check.js'
import type { AgentInstaller, Wiring } from './agent.js'
import { JsonProblem, parseJson, plainValue } from './jsonTree.js'
import { readText } from './wirings.js'

/** Gemini CLI and its descendants run the hooks of a repository only in a folder that their person has said to trust. */
export interface FolderTrust {
  agent: Pick<AgentInstaller, 'name' | 'title'>
  /** The program's folder in the person's home. */
  folder: string
  worktree: string
  env: Readonly<Record<string, string | undefined>>
  /** Whether folders are asked about where the settings do not say. */
  isAskedByDefault: boolean
  /** Says for one start whether to trust: "true" or "false". */
  variable?: string
}

/** Only files of the repository need it. */
export function folderTrustChecks(trust: FolderTrust, wirings: readonly Wiring[]): Check[] {
  if (wirings.every(({ scope }) => scope === 'user')) return []
  const { agent, folder, worktree } = trust
  const { name, title } = agent
  const said = trust.variable === undefined ? undefined : trust.env[trust.variable]
  if (said === 'true') return [ok(name, `${title} trusts this folder: ${trust.variable} is "true"`)]
  if (said === 'false') {
    return [fault(name, `${trust.variable} is "false", so that ${title} runs no hook of a repository`)]
  }
  const setting = memberAt(
    memberAt(memberAt(valueIn(join(folder, 'settings.json')), 'security'), 'folderTrust'),
    'enabled',
  )
  if (!(typeof setting === 'boolean' ? setting : trust.isAskedByDefault)) {
    return [ok(name, `${title} asks about no folder: it runs the hooks of every repository`)]
  }
  const file = join(folder, 'trustedFolders.json')
  const level = levelOf(valueIn(file), worktree)
  if (level === 'trusted') return [ok(name, `${title} trusts ${shown(worktree)}`)]
  const why = level === 'refused' ? `${shown(file)} says not to` : 'nobody has said so yet'
  const says = `${title} does not trust ${shown(worktree)} (${why}), and so skips our hooks in silence; /permissions there changes it`
  return [warn(name, says, name)]
}

/** The longest rule that holds for the folder decides. */
export function levelOf(rules: unknown, worktree: string): 'trusted' | 'refused' | 'unknown' {
  const here = realOrSame(worktree)
  let longest = -1
  let found: unknown
  for (const [path, level] of Object.entries(typeof rules === 'object' && rules !== null ? rules : {})) {
    const from = realOrSame(level === 'TRUST_PARENT' ? dirname(path) : path)
    const holds = here === from || here.startsWith(from.endsWith(sep) ? from : `${from}${sep}`)
    if (!holds || path.length <= longest) continue
    longest = path.length
    found = level
  }
  if (found === 'DO_NOT_TRUST') return 'refused'
  return found === 'TRUST_FOLDER' || found === 'TRUST_PARENT' ? 'trusted' : 'unknown'
}

/** undefined: no such file, or none that can be read here. These programs allow comments in theirs. */
export function valueIn(path: string): unknown {
  try {
    const text = readText(path)
    return text.trim() === '' ? undefined : plainValue(parseJson(text))
  } catch (error) {
    if (error instanceof JsonProblem || error instanceof RuntimeProblem) return undefined
    throw error
  }
}

export function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}
