/**
 * What a repository has beside its files that two sessions must not use at once. Their names are lease keys like a file's, and no
 * file can have them: the key of a file that is called so begins with "./" (fileKey).
 */

/** index: what is staged. head: which commit and branch is checked out. Git has one of each for every worktree. */
const resourceNames = ['@git/index', '@git/head', '@git/stash', '@deps'] as const
export type ResourceName = (typeof resourceNames)[number]

const ofAllWorktrees: readonly ResourceName[] = ['@git/stash']

const meanings: Record<ResourceName, string> = {
  '@git/index': 'the staging area',
  '@git/head': 'the commit and branch that is checked out',
  '@git/stash': 'the stash, which all worktrees share',
  '@deps': 'the installed dependencies',
}

/** `worktree`: git's own name of a linked worktree; without one the main checkout is meant. */
export function resourceKey(name: ResourceName, worktree: string | undefined): string {
  return worktree === undefined || ofAllWorktrees.includes(name) ? name : `${name}:${worktree}`
}

/** The resource of which this is the key; undefined: it is a file's. */
export function resourceOf(key: string): ResourceName | undefined {
  if (!key.startsWith('@')) return undefined
  return resourceNames.find((name) => key === name || key.startsWith(`${name}:`))
}

/** In words, for sentences: "the staging area of worktree side". */
export function resourceMeaning(key: string): string | undefined {
  const name = resourceOf(key)
  if (name === undefined) return undefined
  const worktree = key.slice(name.length + 1)
  if (worktree !== '') return `${meanings[name]} of worktree ${worktree}`
  return ofAllWorktrees.includes(name) ? meanings[name] : `${meanings[name]} of the main checkout`
}

/** A path relative to its worktree, as the key of a lease. */
export function fileKey(path: string): string {
  return resourceOf(path) === undefined ? path : `./${path}`
}
