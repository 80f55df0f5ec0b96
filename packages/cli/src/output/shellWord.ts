import { shown } from '@coordlog/coordination/shownText'

/** A text as a shell reads it back. One that cannot be printed safely becomes the word "PATH", for a person to fill in. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text)) return text
  if (shown(text) !== text) return 'PATH'
  return `'${text.replaceAll("'", "'\\''")}'`
}
