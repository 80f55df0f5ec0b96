import type { State } from '../state.js'
import type { Recorded } from './recorded.js'

/** Who stands in line for a path before others. */

export function noticeDelivered(state: State, event: Recorded<'notice.delivered'>): void {
  for (const { path, token, by, sequence } of event.data.asked) {
    const claim = state.claims[path]?.find((each) => each.by === by && each.sequence === sequence)
    claim?.told.push({ holder: event.by, token, at: event.ts, sequence: event.seq })
  }
}

export function leaveLine(state: State, by: string, paths: readonly string[]): void {
  for (const path of paths) {
    const claims = state.claims[path]
    if (claims === undefined) continue
    const rest = claims.filter((claim) => claim.by !== by)
    if (rest.length === 0) delete state.claims[path]
    else state.claims[path] = rest
  }
}
