import { decisionFacts } from './decision.js'
import { type Document, type Found, type Item, isDocument, keptItems, requestIdOf, textAt } from './item.js'
import type { EarlierFile } from './layout.js'
import { wholeObjects } from './salvage.js'

/** Files of an earlier system → what is to be brought in. Never throws for what they hold. */
export function readEarlier(files: readonly EarlierFile[]): Found {
  const found: Found = { items: [], oddities: [] }
  for (const file of files) {
    const { items, oddities } = readFile(file)
    found.items.push(...items)
    found.oddities.push(...oddities.map((line) => `${file.source}: ${line}`))
  }
  return found
}

function readFile({ source, text }: EarlierFile): Found {
  if (text.trim() === '') return { items: [], oddities: ['it is empty; there is nothing to take from it'] }
  const document = parsed(text)
  if (document === undefined) return readBroken(source, text)
  const { decisions, instances } = document
  if (Array.isArray(decisions)) return readDecisions(source, decisions)
  if (Array.isArray(instances)) return readInstances(source, instances)
  const kept = (kind: 'lock' | 'heartbeat', id: string | undefined, at: string | undefined): Found => {
    const more = { ...(id !== undefined && { id }), ...(at !== undefined && { originalAt: at }) }
    return { items: keptItems(kind, source, text, more), oddities: [] }
  }
  if (isDocument(document['locked_by']))
    return kept('lock', textAt(document, 'file_path'), textAt(document, 'locked_at'))
  if ('last_ping' in document) return kept('heartbeat', textAt(document, 'instance_id'), textAt(document, 'last_ping'))
  return { items: keptItems('file', source, text), oddities: ['it is none of the known files; it is kept as it is'] }
}

function parsed(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isDocument(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Half a file still has whole decisions in it. Its text is kept besides. */
function readBroken(source: string, text: string): Found {
  const objects = wholeObjects(text, 'decision_id')
  const { items, oddities } = readDecisions(source, objects)
  const saved = objects.length > 0 ? `, and ${objects.length} whole decisions were found in it` : ''
  return {
    items: [...items, ...keptItems('file', source, text)],
    oddities: [`it is not JSON of a known form; its text is kept as it is${saved}`, ...oddities],
  }
}

function readDecisions(source: string, decisions: readonly unknown[]): Found {
  const items: Item[] = []
  const oddities: string[] = []
  const seen = new Map<string, string>()
  for (const [index, decision] of decisions.entries()) {
    const text = JSON.stringify(decision)
    if (!isDocument(decision)) {
      oddities.push(`decision ${index + 1} is no object; it is kept as it is`)
      items.push(...keptItems('decision', `${source}, decision ${index + 1}`, text))
      continue
    }
    const { facts, oddities: odd } = decisionFacts(decision)
    const { id } = facts.original
    const label = `decision ${index + 1}${id === '' ? '' : ` (${id})`}`
    oddities.push(...odd.map((line) => `${label} ${line}`))
    if (odd.length > 0 && facts.original.text === undefined)
      items.push(...keptItems('decision', `${source}, ${label}`, text, { id }))
    const before = id === '' ? undefined : seen.get(id)
    if (before === text) oddities.push(`${label} stands there twice, word for word; it is taken once`)
    else if (before !== undefined) oddities.push(`${label} has the id of an earlier one; it gets an id of its own`)
    seen.set(id, text)
    items.push({ kind: 'decision', facts, source, requestId: requestIdOf('decision', text) })
  }
  return { items, oddities }
}

function readInstances(source: string, instances: readonly unknown[]): Found {
  const items = instances.flatMap((instance) => {
    const document = isDocument(instance) ? instance : {}
    const id = textAt(document, 'instance_id')
    const at = textAt(document, 'current_task', 'started_at') ?? textAt(document, 'heartbeat', 'last_ping')
    const more = { ...(id !== undefined && { id }), ...(at !== undefined && { originalAt: at }) }
    return keptItems('instance', source, JSON.stringify(instance), more)
  })
  return { items, oddities: [] }
}
