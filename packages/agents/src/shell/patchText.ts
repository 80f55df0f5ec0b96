/** The files that a patch changes, as its text names them. */

export interface PatchedFile {
  /** Names as they stand in the patch; of a file that is made or removed only one. */
  before: string | undefined
  after: string | undefined
}

/** A unified or a git diff. */
export function filesOfDiff(text: string): PatchedFile[] {
  const found: PatchedFile[] = []
  const lines = text.split(/\r?\n/)
  for (const [at, line] of lines.entries()) {
    const after = /^\+\+\+ ([^\t\n]+)/.exec(line)?.[1]
    const before = /^--- ([^\t\n]+)/.exec(lines[at - 1] ?? '')?.[1]
    if (after !== undefined && before !== undefined) found.push({ before: nameOf(before), after: nameOf(after) })
    const renamed = /^rename to (.+)$/.exec(line)?.[1]
    const from = /^rename from (.+)$/.exec(lines[at - 1] ?? '')?.[1]
    // These names have no first folder to be stripped.
    if (renamed !== undefined && from !== undefined) found.push({ before: `a/${from}`, after: `b/${renamed}` })
  }
  return found
}

function nameOf(text: string): string | undefined {
  const name = text.trim().replace(/^"(.*)"$/, '$1')
  return name === '/dev/null' ? undefined : name
}

/** The name without its first `count` folders. */
export function stripped(name: string, count: number): string {
  return name.split('/').slice(count).join('/') || name
}

/** *** Begin Patch … *** End Patch: files that are added, updated, deleted and moved. */
export function filesOfPatch(text: string): string[] {
  return [...text.matchAll(/^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+?)\r?$/gm)].flatMap(
    ([, name]) => name ?? [],
  )
}
