import { pathsOf, readPatch } from './applyPatch.js'
import type { Happening } from './contract.js'

/** What a call with a patch writes; `paths` is empty when that cannot be told. */
export function patchedPaths(text: string): { paths: string[]; problem?: string } {
  const patch = readPatch(text)
  return { paths: pathsOf(patch), ...(patch.problem !== undefined && { problem: patch.problem }) }
}

/** A patch that names no file is let through: the client refuses it, or else somebody should hear of it. */
export function unreadablePatch(tool: string, problem: string | undefined): Happening {
  return { event: 'other', note: `the patch of ${tool} could not be read (${problem}); no lease guards what it writes` }
}
