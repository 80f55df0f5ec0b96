import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The guide that people were given, word for word, and its fenced blocks. */

export interface Block {
  /** 1, 2, 3, … in the order in which they stand there. */
  number: number
  /** The heading above it. */
  heading: string
  language: string
  /** Without the indentation of the list in which it may stand. */
  text: string
}

const guideFile = resolve(import.meta.dirname, '..', '..', '..', 'test', 'seedGuide', 'guide.md')

export function guideText(): string {
  return readFileSync(guideFile, 'utf8')
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let heading = ''
  let open: { indent: string; language: string; lines: string[] } | undefined
  for (const line of markdown.split('\n')) {
    const fence = /^( *)```(\w*)$/.exec(line)
    if (open === undefined) {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading
      if (fence !== null) open = { indent: fence[1] ?? '', language: fence[2] ?? '', lines: [] }
    } else if (fence !== null) {
      blocks.push({ number: blocks.length + 1, heading, language: open.language, text: open.lines.join('\n') })
      open = undefined
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
  }
  return blocks
}

/** "Task: …" and "Files: a, b" of a block of the third scenario. */
export function featureIn(text: string): { task: string; files: string[] } {
  const [, task = ''] = /^Task: (.*)$/m.exec(text) ?? []
  const [, files = ''] = /^Files: (.*)$/m.exec(text) ?? []
  return { task, files: files.split(', ') }
}

/** A block with the few words that a person puts in by hand, and those that must not leave this place. */
export function scriptOf(
  { text }: Block,
  { root, top }: { root: string; top: string },
  more: Record<string, string>,
): string {
  const words = { '/tmp/': `${root}/tmp/`, '/path/to/repo': top, ...more }
  return Object.entries(words).reduce((script, [from, to]) => script.replaceAll(from, to), text)
}
