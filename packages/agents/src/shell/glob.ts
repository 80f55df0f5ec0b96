import { join } from 'node:path'
import type { Surroundings } from './writes.js'

/** A word in which some pieces are patterns. */
export interface Piece {
  text: string
  isPattern: boolean
}

const matchesMax = 500

/** The names that a pattern stands for now, as the shell would write them; undefined: too many, or not to be told. */
export function matches(pieces: readonly Piece[], cwd: string, surroundings: Surroundings): string[] | undefined {
  const segments = segmentsOf(pieces)
  const isAbsolute = pieces[0]?.text.startsWith('/') === true
  let found = [isAbsolute ? '/' : '']
  for (const segment of segments) {
    const next: string[] = []
    for (const folder of found) {
      const names = namesIn(segment, join(cwd, folder), folder.startsWith('/') ? folder : undefined, surroundings)
      if (names === undefined) return undefined
      next.push(...names.map((name) => (folder === '' ? name : join(folder, name))))
    }
    if (next.length > matchesMax) return undefined
    found = next
  }
  return found
}

/** Split at "/", which no pattern matches. */
function segmentsOf(pieces: readonly Piece[]): Piece[][] {
  const segments: Piece[][] = [[]]
  for (const { text, isPattern } of pieces) {
    if (isPattern) {
      segments.at(-1)?.push({ text, isPattern })
      continue
    }
    for (const [at, part] of text.split('/').entries()) {
      if (at > 0) segments.push([])
      if (part !== '') segments.at(-1)?.push({ text: part, isPattern })
    }
  }
  return segments.filter((segment) => segment.length > 0)
}

function namesIn(
  segment: readonly Piece[],
  folder: string,
  absolute: string | undefined,
  surroundings: Surroundings,
): string[] | undefined {
  const where = absolute ?? folder
  const literal = segment.every(({ isPattern }) => !isPattern) ? segment.map(({ text }) => text).join('') : undefined
  if (literal !== undefined) return surroundings.kindOf(join(where, literal)) === 'absent' ? [] : [literal]
  const names = surroundings.list(where)
  if (names === undefined) return surroundings.kindOf(where) === 'folder' ? undefined : []
  const pattern = expressionOf(segment)
  const showsHidden = segment[0]?.text.startsWith('.') === true
  return names.filter((name) => (showsHidden || !name.startsWith('.')) && pattern.test(name)).sort()
}

function expressionOf(pieces: readonly Piece[]): RegExp {
  const source = pieces.map(({ text, isPattern }) => (isPattern ? patternSource(text) : quoted(text))).join('')
  return new RegExp(`^${source}$`, 'su')
}

function patternSource(text: string): string {
  if (text === '*') return '.*'
  if (text === '?') return '.'
  const inner = text.slice(1, -1)
  const negated = inner.startsWith('!') || inner.startsWith('^')
  const set = (negated ? inner.slice(1) : inner).replaceAll(/[\\\]^[]/g, '\\$&')
  return set === '' ? quoted(text) : `[${negated ? '^' : ''}${set}]`
}

/** A pattern of the shell in a text of its own ("*.ts"), as an expression over whole texts. */
export function globExpression(pattern: string): RegExp {
  const pieces = pattern.split(/(\*|\?|\[[^\]]+\])/).filter((text) => text !== '')
  return expressionOf(pieces.map((text) => ({ text, isPattern: /^(\*|\?|\[.+\])$/s.test(text) })))
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
