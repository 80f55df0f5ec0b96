import { createHash } from 'node:crypto'

/**
 * Files of ours in a user's repository carry a check of their own content, so that a later version, in another clone, can tell
 * a file that nobody touched (replaced and removed without a word) from one that somebody changed (set aside, or kept).
 */
const placeholder = 'coordlog-content:0000000000000000'
const mark = /coordlog-content:[0-9a-f]{16}/

export function stamped(template: string): string {
  if (!template.includes(placeholder)) throw new Error(`a template without the words ${placeholder}`)
  return template.replace(placeholder, `coordlog-content:${digest(template)}`)
}

/** Written by some version of coordlog, and as it was written. */
export function isUntouched(text: string): boolean {
  const found = mark.exec(text)?.[0]
  return found !== undefined && found === `coordlog-content:${digest(text.replace(mark, placeholder))}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
