import { type Document, isDocument } from './item.js'

/** Longer ones are left where they are, in the text that is kept: trying each would take too long for a hostile file. */
const charactersMax = 20_000

/** The objects with this key that stand whole in a text that is not JSON as a whole. One walk over the text. */
export function wholeObjects(text: string, key: string): Document[] {
  const found: Document[] = []
  const open: number[] = []
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') open.push(index)
    if (token !== '}') continue
    const start = open.pop()
    if (start === undefined || index - start > charactersMax) continue
    const object = objectIn(text.slice(start, index + 1), key)
    if (object !== undefined) found.push(object)
  }
  return found
}

function objectIn(text: string, key: string): Document | undefined {
  if (!text.includes(`"${key}"`)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isDocument(value) && Object.hasOwn(value, key) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
