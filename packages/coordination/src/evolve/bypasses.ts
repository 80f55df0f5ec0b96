import { type Bypass, bypassesMax, type State } from '../state.js'
import type { Recorded } from './recorded.js'

/** It was the holder's own edit, seen by another one before the holder could tell of it. */
export function isExplained(bypass: Bypass, event: Recorded<'file.edited'>): boolean {
  return !bypass.told && wouldExplain(bypass, event)
}

/** The same, had the holder not been told of it before. */
export function wouldExplain({ holder, path, content }: Bypass, { by, data }: Recorded<'file.edited'>): boolean {
  return holder === by && data.contents?.some((each) => each.path === path && each.content === content) === true
}

/** What the file holds now is what the next change is measured by. */
export function bypassed(state: State, event: Recorded<'bypass.detected'>): void {
  const { changes, suspect, tool } = event.data
  for (const { path, holder, token, content, stamp } of changes) {
    const lease = state.leases[path]?.find((each) => each.holder === holder && each.token === token)
    if (lease === undefined) continue
    lease.content = content
    if (stamp === undefined) delete lease.stamp
    else lease.stamp = stamp
    state.bypasses.push({
      path,
      worktree: lease.worktree,
      holder,
      token,
      ...(suspect !== undefined && { suspect }),
      ...(tool !== undefined && { tool }),
      at: event.ts,
      sequence: event.seq,
      content,
      told: false,
    })
  }
  state.bypasses = state.bypasses.slice(-bypassesMax)
}
