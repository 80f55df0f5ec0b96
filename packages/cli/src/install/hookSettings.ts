import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { JsonProblem } from './jsonTree.js'
import type { InstallRequest } from './plan.js'
import { countOurs, withHooks, withoutHooks } from './settings.js'
import type { SharedFile } from './sharedFile.js'
import { readSnapshot, textOf } from './snapshot.js'
import { hookEntries, type Scope, scopes } from './wiring.js'

/** The client's settings files of one place, as files that we share with their owner. */

export function settingsPath(place: Place, scope: Scope, home: string): string {
  const name = scope === 'local' ? 'settings.local.json' : 'settings.json'
  return join(scope === 'user' ? home : place.worktree, '.claude', name)
}

export function settingsFile(request: Omit<InstallRequest, 'at'>, command: string): SharedFile {
  const { target, scope, home, agent, coordlogRoot, hookPort } = request
  const facts = { scope, agent, worktree: target.worktree, coordlogRoot }
  const entries = hookEntries({ ...facts, ...(hookPort !== undefined && { hookPort }) })
  return {
    path: settingsPath(target, scope, home),
    put: (text) => withHooks(text, entries),
    take: withoutHooks,
    isVoid: (text) => /^\s*(?:\{\s*\})?\s*$/.test(text),
    command,
    ...(hookPort !== undefined && { isSecret: true }),
  }
}

/** Another settings file whose entries of ours reach the same sessions. */
export interface Wiring {
  path: string
  scope: Scope
  /** Whose local file it is: the client reads the main checkout's in linked worktrees. */
  isOfMainCheckout: boolean
}

/** Where entries of ours stand that a session in this place meets. A file that cannot be read counts as without. */
export function wiringsOf(place: Place, home: string): Wiring[] {
  const own = scopes.map((scope) => ({ path: settingsPath(place, scope, home), scope, isOfMainCheckout: false }))
  const main = place.mainCheckout
  const inherited =
    main === undefined || main === place.worktree
      ? []
      : [{ path: join(main, '.claude/settings.local.json'), scope: 'local' as const, isOfMainCheckout: true }]
  return [...own, ...inherited].filter(({ path }) => hasOurs(path))
}

function hasOurs(path: string): boolean {
  try {
    return countOurs(textOf(readSnapshot(path))) > 0
  } catch (error) {
    if (error instanceof JsonProblem || error instanceof RuntimeProblem) return false
    throw error
  }
}
