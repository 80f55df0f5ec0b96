/**
 * The patch text with which several models write files, as the clients that offer `apply_patch` read it: "*** Begin Patch", then
 * for each file a header ("*** Add File: ", "*** Update File: ", "*** Delete File: ", after an update "*** Move to: "), then
 * "*** End Patch". What the patch does inside a file is not looked at.
 */
export interface PatchFile {
  kind: 'add' | 'update' | 'delete'
  /** As written: absolute, or relative to the working folder. */
  path: string
  movedTo?: string
}

export interface Patch {
  files: PatchFile[]
  /** Why the client may refuse it. Its headers count all the same: a client may be more forgiving than we are. */
  problem?: string
}

const header = /^\*\*\* (Add|Update|Delete) File:(?: (.*))?$/
const move = /^\*\*\* Move to:(?: (.*))?$/
const begin = /^\s*\*\*\* Begin Patch\s*$/
const end = /^\s*\*\*\* End Patch\s*$/
const kinds = { Add: 'add', Update: 'update', Delete: 'delete' } as const

/** Any text: a patch alone, or one in a here document of a shell command. */
export function readPatch(text: string): Patch {
  const files: PatchFile[] = []
  const problems: string[] = []
  let isBegun = false
  let isEnded = false
  for (const line of text.split(/\r?\n/)) {
    if (begin.test(line)) isBegun = true
    else if (end.test(line)) isEnded = true
    else readLine(headerIn(line, files.at(-1)), files, problems)
  }
  if (files.length === 0 && problems.length === 0) problems.push('it names no file')
  if (!isBegun) problems.unshift('it has no line "*** Begin Patch"')
  else if (!isEnded) problems.push('it has no line "*** End Patch"')
  return { files, ...(problems.length > 0 && { problem: problems.join(', ') }) }
}

/** Inside an update, a line that begins with white space is text of the file; elsewhere headers may be indented. */
function headerIn(line: string, last: PatchFile | undefined): string {
  return last?.kind === 'update' ? line.trimEnd() : line.trim()
}

function readLine(line: string, files: PatchFile[], problems: string[]): void {
  const [, kind, path] = header.exec(line) ?? []
  if (kind === 'Add' || kind === 'Update' || kind === 'Delete') {
    if (path) files.push({ kind: kinds[kind], path })
    else problems.push(`"*** ${kind} File:" without a path`)
    return
  }
  const moved = move.exec(line)
  if (moved === null) return
  const last = files.at(-1)
  if (!moved[1]) problems.push('"*** Move to:" without a path')
  else if (last?.kind !== 'update') problems.push('"*** Move to:" that follows no update')
  else last.movedTo = moved[1]
}

/**
 * Every path that the patch touches, once. A quoted name stands for itself and for what is between the quotes: clients differ, and a
 * lease too many is harmless.
 */
export function pathsOf({ files }: Patch): string[] {
  const named = files.flatMap(({ path, movedTo }) => (movedTo === undefined ? [path] : [path, movedTo]))
  return [...new Set(named.flatMap((path) => [path, ...betweenQuotes(path)]))]
}

function betweenQuotes(path: string): string[] {
  const inner = /^(["'])(.+)\1$/.exec(path)?.[2]
  return inner === undefined ? [] : [inner]
}
