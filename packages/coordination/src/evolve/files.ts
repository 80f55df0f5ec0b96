import { type Dictionary, type FileEdit, filesMax, type State } from '../state.js'

/** Texts that the state has anyway, instead of those of the event: what each edit leaves behind is what a long fold collects. */
export function rememberEdit(state: State, path: string, edit: FileEdit): void {
  const known = state.files[path]
  if (known !== undefined) {
    known.by = edit.by
    known.at = edit.at
    known.sequence = edit.sequence
    known.worktree = edit.worktree
    // Most have none, and V8 takes its slow way for `delete` also then.
    if (known.seenBy !== undefined) delete known.seenBy
    return
  }
  state.filesCount++
  state.files[path] = edit
  if (state.filesCount > filesMax) state.filesCount -= forgetOldest(state.files, filesMax / 2)
}

/** Takes all but the `keep` newest out; says how many. One event may touch several paths, so the path breaks a tie. */
function forgetOldest(files: Dictionary<FileEdit>, keep: number): number {
  const newestFirst = Object.entries(files).sort(
    ([pathA, a], [pathB, b]) => b.sequence - a.sequence || (pathA < pathB ? -1 : 1),
  )
  for (const [path] of newestFirst.slice(keep)) delete files[path]
  return Math.max(0, newestFirst.length - keep)
}
