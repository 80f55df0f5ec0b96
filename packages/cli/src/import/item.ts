import { createHash } from 'node:crypto'
import type { ImportItem } from '@coordlog/coordination/commands'
import type { DecisionFacts } from './decision.js'

/** One thing of an earlier system, on its way into the log. */
export type Item =
  | { kind: 'decision'; facts: DecisionFacts; source: string; requestId: string }
  | { kind: 'kept'; kept: Pick<ImportItem, 'kind' | 'source' | 'id' | 'originalAt' | 'text' | 'requestId'> }

export interface Found {
  items: Item[]
  /** What was not as it should be, one line each, and what became of it. */
  oddities: string[]
}

export type Document = { readonly [key: string]: unknown }

export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textAt(document: Document, ...keys: string[]): string | undefined {
  let value: unknown = document
  for (const key of keys) value = isDocument(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined
}

/** A record of the log takes 64 KiB; escaped, a character may take six bytes. */
export const textCharactersMax = 8_000

/** The same thing brought in again, also from another place, is known by this. */
export function requestIdOf(kind: string, text: string): string {
  return `import:${createHash('sha256').update(`${kind}\0${text}`).digest('hex').slice(0, 32)}`
}

/** Kept as it was; a long text in several pieces, in order. */
export function keptItems(
  kind: ImportItem['kind'],
  source: string,
  text: string,
  more: Pick<ImportItem, 'id' | 'originalAt'> = {},
): Item[] {
  const whole = text.toWellFormed()
  const count = Math.max(1, Math.ceil(whole.length / textCharactersMax))
  return Array.from({ length: count }, (_, n): Item => {
    const piece = whole.slice(n * textCharactersMax, (n + 1) * textCharactersMax)
    const label = count === 1 ? source : `${source}, part ${n + 1} of ${count}`
    const requestId = requestIdOf(kind, `${n}\0${whole}`)
    return { kind: 'kept', kept: { kind, source: label, ...more, text: piece.toWellFormed(), requestId } }
  })
}
