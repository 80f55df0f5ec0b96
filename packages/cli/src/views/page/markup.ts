import { shown } from '@coordlog/coordination/shownText'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of anybody, for content and for attributes in double quotes. */
export function escaped(text: string): string {
  return shown(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** The last name of a path, and of a long one its end. */
export function nameOf(path: string, charactersMax: number): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const characters = [...name]
  return characters.length <= charactersMax ? name : `…${characters.slice(1 - charactersMax).join('')}`
}
