import type { Decision } from './state.js'

/**
 * Where a decision stands among thousands. Derived from the list and kept beside it, so that no snapshot holds it: decisions are
 * only ever added at the end, and neither their ids nor their requests change.
 */
interface Index {
  /** How many of the list are in it. */
  length: number
  /** The first of that id. */
  readonly byId: Map<string, Decision>
  /** The last of that request. */
  readonly byRequest: Map<string, Decision>
}

const indexes = new WeakMap<readonly Decision[], Index>()

function indexOf(decisions: readonly Decision[]): Index {
  let index = indexes.get(decisions)
  if (index === undefined || index.length > decisions.length) {
    index = { length: 0, byId: new Map(), byRequest: new Map() }
    indexes.set(decisions, index)
  }
  for (; index.length < decisions.length; index.length += 1) {
    const decision = decisions[index.length]
    if (decision === undefined) continue
    if (!index.byId.has(decision.id)) index.byId.set(decision.id, decision)
    index.byRequest.set(decision.requestId, decision)
  }
  return index
}

export function decisionWithId(decisions: readonly Decision[], id: string): Decision | undefined {
  return indexOf(decisions).byId.get(id)
}

export function decisionOfRequest(decisions: readonly Decision[], requestId: string): Decision | undefined {
  return indexOf(decisions).byRequest.get(requestId)
}
