import { shownBlock } from '@coordlog/coordination/shownText'

/**
 * A document whose texts are safe to show to a model: what hides or reorders text stands escaped. The command's JSON parses back to what
 * was stored; this one does not have to.
 */
export function shownDocument(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [shownBlock(key), shownValue(value)]))
}

function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return shownBlock(value)
  if (Array.isArray(value)) return value.map(shownValue)
  return typeof value === 'object' && value !== null ? shownDocument({ ...value }) : value
}
