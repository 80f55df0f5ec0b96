import type { OriginalDecision } from '@coordlog/coordination/events'
import type { Decision } from '@coordlog/coordination/state'
import { categories, decisionStatuses, limits, scopes } from '@coordlog/coordination/vocabulary'
import { type Document, isDocument, textAt, textCharactersMax } from './item.js'

/** A decision of the predecessor's log → the facts of one of ours. */
export type DecisionFacts = Pick<
  Decision,
  'category' | 'title' | 'description' | 'scope' | 'status' | 'alternatives' | 'files'
> &
  Partial<Pick<Decision, 'problem' | 'rationale' | 'dependencies'>> & {
    original: OriginalDecision
    /** The id that took its place there. */
    supersededBy?: string
  }

const knownKeys = [
  'decision_id',
  'timestamp',
  'made_by',
  'category',
  'title',
  'description',
  'context',
  'impact',
  'status',
  'superseded_by',
]

/** `oddities`: what did not fit, a line for each. Where there is one, the whole text goes along. */
export function decisionFacts(document: Document): { facts: DecisionFacts; oddities: string[] } {
  const oddities: string[] = []
  const odd = (line: string) => oddities.push(line)
  if (textAt(document, 'decision_id') === undefined) odd('has no id')
  const shown = {
    ...textsOf(document, odd),
    category: oneOf(categories, textAt(document, 'category'), 'architecture', 'category', odd),
    scope: oneOf(scopes, textAt(document, 'impact', 'scope'), 'module', 'scope', odd),
    status: oneOf(decisionStatuses, textAt(document, 'status'), 'accepted', 'status', odd),
  }
  for (const key of Object.keys(document)) if (!knownKeys.includes(key)) odd(`has "${key}", which has no place here`)
  const text = JSON.stringify(document)
  const original = { ...originOf(document), ...(oddities.length > 0 && text.length <= textCharactersMax && { text }) }
  const supersededBy = textAt(document, 'superseded_by')
  return { facts: { ...shown, original, ...(supersededBy !== undefined && { supersededBy }) }, oddities }
}

function originOf(document: Document): OriginalDecision {
  const at = textAt(document, 'timestamp')
  const by = textAt(document, 'made_by', 'instance_id')
  const role = textAt(document, 'made_by', 'agent_role')
  return {
    id: textAt(document, 'decision_id') ?? '',
    ...(at !== undefined && { at }),
    ...(by !== undefined && { by }),
    ...(role !== undefined && { role }),
  }
}

type Odd = (line: string) => void

function textsOf(document: Document, odd: Odd) {
  const cut = (name: string, charactersMax: number, text: string) => {
    if (text.length <= charactersMax) return text
    odd(`has a ${name} of ${text.length} characters; the first ${charactersMax} are shown`)
    return text.slice(0, charactersMax).toWellFormed()
  }
  const optional = (name: string, ...keys: string[]) => {
    const text = textAt(document, ...keys)
    return text === undefined ? undefined : cut(name, limits.description, text)
  }
  const title = textAt(document, 'title')
  if (title === undefined) odd('has no title')
  const [problem, rationale] = [
    optional('problem', 'context', 'problem'),
    optional('rationale', 'context', 'rationale'),
  ]
  const dependencies = listAt(document, odd, 'impact', 'dependencies')
  return {
    title: cut('title', limits.title, title ?? '(untitled)'),
    description: optional('description', 'description') ?? '',
    alternatives: listAt(document, odd, 'context', 'alternatives_considered'),
    files: listAt(document, odd, 'impact', 'files_affected'),
    ...(problem !== undefined && { problem }),
    ...(rationale !== undefined && { rationale }),
    ...(dependencies.length > 0 && { dependencies }),
  }
}

function listAt(document: Document, odd: Odd, above: string, key: string): string[] {
  const folder = document[above]
  const value = isDocument(folder) ? folder[key] : undefined
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) odd(`has "${key}" that is no list`)
  const entries: unknown[] = Array.isArray(value) ? value : [value]
  if (entries.length > limits.list) odd(`has ${entries.length} entries in "${key}"; the first ${limits.list} are shown`)
  return entries.slice(0, limits.list).map((each) => {
    const text = typeof each === 'string' ? each : JSON.stringify(each)
    return text.slice(0, limits.title).toWellFormed()
  })
}

function oneOf<T extends string>(
  allowed: readonly T[],
  text: string | undefined,
  otherwise: T,
  name: string,
  odd: Odd,
): T {
  const found = allowed.find((each) => each === text)
  if (found === undefined)
    odd(`has ${text === undefined ? `no ${name}` : `the ${name} "${text}"`}; here it is "${otherwise}"`)
  return found ?? otherwise
}
