import { pathMatcher } from '@coordlog/coordination/pathPattern'
import type { Coordination } from '@coordlog/runtime/coordination'
import { leaseKeys } from '../acting/paths.js'
import type { Call, GlobalValues } from '../define.js'

/** Whether a path is meant as a pattern: "*", "?" and "[" stand in few file names and in every glob. */
function isGlob(path: string): boolean {
  return /[*?[]/.test(path)
}

/** A file as it was typed, or a pattern of paths from the repository's root. */
export function pathTest(
  coordination: Coordination,
  call: Call<GlobalValues>,
  typed: string,
): (path: string) => boolean {
  return pathsAsked(coordination, call, typed).isPath
}

/** The same, and the lease key if it is a single one. */
export function pathsAsked(
  coordination: Coordination,
  call: Call<GlobalValues>,
  typed: string,
): { isPath: (path: string) => boolean; path?: string } {
  if (isGlob(typed)) return { isPath: pathMatcher(typed) }
  const key = leaseKeys(coordination, call, [typed]).paths[0] ?? typed
  return { isPath: (path) => path === key, path: key }
}
