import type { FileContent } from '@coordlog/coordination/events'
import { ownLeases } from '@coordlog/coordination/lookup'
import { shown } from '@coordlog/coordination/shownText'
import type { Lease, State } from '@coordlog/coordination/state'
import { contentLike, contentOf } from '@coordlog/runtime/fileContent'
import { refused } from '../exit/failure.js'
import { shellWord } from '../output/shellWord.js'
import type { Keys } from './paths.js'

/** Whether files are what they were when they were locked by hand. */

export function contentsOf({ files }: Keys): FileContent[] {
  return files.flatMap(({ path, file }) => {
    const content = contentOf(file)
    return content === undefined ? [] : [{ path, content }]
  })
}

/** The lease of `by` on each of the paths; throws when one is missing. */
export function heldBy(state: State, by: string | undefined, paths: readonly string[], at: string): Lease[] {
  const own = by === undefined ? [] : ownLeases(state, by)
  return paths.map((path) => {
    const lease = own.find((each) => each.path === path && each.expiresAt > at)
    if (lease !== undefined) return lease
    const who = by === undefined ? 'This terminal' : `Instance ${shown(by)}`
    throw refused(
      'not-holder',
      `${who} holds no lock on ${shown(path)}. Run: coord lock acquire -- ${shellWord(path)}`,
      { path, by: by ?? null },
    )
  })
}

export function hasChanged({ path, content }: Lease, file: string): boolean {
  const now = content === undefined ? contentOf(file) : contentLike(content, file)
  if (content !== undefined && now !== undefined) return content !== now
  const why = content === undefined ? 'was not noted when it was locked' : 'cannot be read now'
  throw refused('unknown-content', `What ${shown(path)} holds ${why}. Run: coord lock acquire -- ${shellWord(path)}`, {
    path,
  })
}
