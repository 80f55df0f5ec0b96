import type { OthersEdit } from '../events.js'
import type { State, UnreadRefusal } from '../state.js'
import type { Recorded } from './recorded.js'

/** Who knows what a file holds. */

export function editRefused(state: State, { by, ts, data }: Recorded<'edit.refused'>): void {
  const author = state.instances[by]
  if (author === undefined) return
  author.phase = 'working'
  const { requestId, call, turn, stale } = data
  const named = call === undefined ? {} : { call }
  const refusal = { requestId, ...named, ...(turn !== undefined && { turn }), at: ts, edits: stale }
  author.unread = [...(author.unread ?? []), refusal]
}

/** What it was refused for, it has read by now: the answer to those calls was the refusal. */
export function settleUnread(state: State, by: string, isOver: (refusal: UnreadRefusal) => boolean): void {
  const author = state.instances[by]
  if (author?.unread === undefined) return
  for (const { edits } of author.unread.filter(isOver)) for (const edit of edits) markSeen(state, by, edit)
  const rest = author.unread.filter((refusal) => !isOver(refusal))
  if (rest.length === 0) delete author.unread
  else author.unread = rest
}

/** A later edit is another one, and known to nobody yet. */
export function markSeen(state: State, by: string, { path, sequence }: OthersEdit): void {
  const edit = state.files[path]
  if (edit?.sequence !== sequence || edit.seenBy?.includes(by)) return
  edit.seenBy = [...(edit.seenBy ?? []), by]
}
