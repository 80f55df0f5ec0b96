import type { Coordination } from '@coordlog/runtime/coordination'
import type { DecisionFacts } from './decision.js'
import type { Item } from './item.js'

export interface Brought {
  /** Of the last event recorded; undefined: nothing was new. */
  sequence: number | undefined
  decisions: { recorded: number; known: number }
  kept: { recorded: number; known: number }
  /** Decisions that could not have their old id. */
  renamed: { from: string; to: string }[]
}

const author = 'import'

/** One event for each item that the log does not have yet. Interrupted and run again, it goes on where it was. */
export async function bringIn(coordination: Coordination, items: readonly Item[]): Promise<Brought> {
  const brought: Brought = {
    sequence: undefined,
    decisions: { recorded: 0, known: 0 },
    kept: { recorded: 0, known: 0 },
    renamed: [],
  }
  const placed = new Map<string, string>()
  for (const item of items) {
    const { recorded, sequence } =
      item.kind === 'decision'
        ? await bringDecision(coordination, item, items, placed, brought.renamed)
        : await coordination.execute<'item.import'>({ type: 'item.import', by: author, manual: true, ...item.kept })
    brought[item.kind === 'decision' ? 'decisions' : 'kept'][recorded ? 'recorded' : 'known'] += 1
    if (recorded) brought.sequence = sequence
  }
  return brought
}

async function bringDecision(
  coordination: Coordination,
  { facts, requestId }: Extract<Item, { kind: 'decision' }>,
  items: readonly Item[],
  placed: Map<string, string>,
  renamed: Brought['renamed'],
): Promise<{ recorded: boolean; sequence: number }> {
  const { supersededBy: _later, ...rest } = facts
  const old = supersededByIt(items, facts)
  const supersedes = old === undefined ? undefined : placed.get(old)
  const { reply, recorded, sequence } = await coordination.execute<'decision.add'>({
    type: 'decision.add',
    by: author,
    manual: true,
    ...rest,
    ...(supersedes !== undefined && { supersedes }),
    requestId,
  })
  if (reply.kind !== 'decided') throw new Error(`a decision of ${facts.original.id} was answered with ${reply.kind}`)
  const { id } = facts.original
  if (id !== '' && !placed.has(id)) placed.set(id, reply.id)
  if (recorded && id !== '' && id !== reply.id) renamed.push({ from: id, to: reply.id })
  return { recorded, sequence }
}

/** The decision that says of itself that this one took its place. */
function supersededByIt(items: readonly Item[], { original }: DecisionFacts): string | undefined {
  if (original.id === '') return undefined
  const old = items.find((each) => each.kind === 'decision' && each.facts.supersededBy === original.id)
  return old?.kind === 'decision' ? old.facts.original.id : undefined
}
