import { quoted, shown } from '@coordlog/coordination/shownText'

/** How facts stand in sentences. Everything that comes out is one line and can be quoted to another agent. */

/** A path or id: bare if it is made of harmless characters only, else as a quotation. */
export function named(name: string): string {
  return /^[\w./@%+=:,-]+$/.test(name) && name.length <= 300 ? name : quoted(name, 300)
}

/** As one word of a shell command, or undefined when it cannot be shown as it is. */
export function shellWord(text: string): string | undefined {
  if (shown(text) !== text) return undefined
  if (/^[\w./@%+=:,-]+$/.test(text) && !text.startsWith('-')) return text
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** "12:45:32 UTC", from ISO 8601. */
export function clockTime(time: string): string {
  return `${time.slice(11, 19)} UTC`
}

/** At most so many UTF-16 units, ending in "…" if something was left out. */
export function cut(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text
  const kept = text.slice(0, unitsMax - 1)
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`
}

/** The first line that says something. */
export function firstLine(text: string, unitsMax: number): string {
  // What is looked at is bounded: a prompt may carry a whole file.
  const line = text
    .slice(0, 8_192)
    .split(/[\r\n\u2028\u2029]+/)
    .find((part) => part.trim() !== '')
  return cut((line ?? '').trim().toWellFormed(), unitsMax)
}
