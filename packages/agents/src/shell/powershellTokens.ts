import type { Field } from './scope.js'

/** PowerShell's words, as far as they are plain. There is no parser of it to be had that is small enough for a hook. */

export type Token =
  | ({ kind: 'word' } & Field)
  /** Another command begins: ; | && { ( or a new line. `pipes`: with what the one before puts out. */
  | { kind: 'end'; pipes: boolean }
  | { kind: 'redirect' }

const separators = /^(\r?\n|&&|\|\||[;|{}()])/
/** 2>&1 joins streams and names no file. */
const joins = /^[\d*]?>&\d/
const redirects = /^[\d*]?>>?/
const hereString = /^@(['"])\r?\n([\s\S]*?)\r?\n\1@/
const single = /^'((?:[^']|'')*)'/
const double = /^"((?:[^"`]|`[\s\S]|"")*)"/
const bare = /^(?:[^\s;|{}()'"`>&]|`[\s\S])+/

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let rest = source
  while (rest !== '') {
    const blank = /^(?:[ \t]+|`\r?\n|#[^\n]*|<#[\s\S]*?#>|&(?!&))/.exec(rest)?.[0]
    const [token, length] = blank === undefined ? next(rest) : [undefined, blank.length]
    if (token !== undefined) tokens.push(token)
    rest = rest.slice(Math.max(1, length))
  }
  return tokens
}

function next(rest: string): [Token | undefined, number] {
  const separator = separators.exec(rest)?.[0]
  if (separator !== undefined) return [{ kind: 'end', pipes: separator === '|' }, separator.length]
  const join = joins.exec(rest)?.[0]
  if (join !== undefined) return [undefined, join.length]
  const redirect = redirects.exec(rest)?.[0]
  if (redirect !== undefined) return [{ kind: 'redirect' }, redirect.length]
  return word(rest)
}

function word(rest: string): [Token, number] {
  let text: string | undefined = ''
  let length = 0
  for (;;) {
    const piece = pieceOf(rest.slice(length))
    if (piece === undefined) break
    text = text === undefined || piece.text === undefined ? undefined : text + piece.text
    length += piece.length
  }
  return [{ kind: 'word', text: length === 0 ? undefined : text }, Math.max(1, length)]
}

function pieceOf(rest: string): { text: string | undefined; length: number } | undefined {
  const here = hereString.exec(rest)
  if (here !== null) return { text: here[2], length: here[0].length }
  const quoted = single.exec(rest)
  if (quoted !== null) return { text: quoted[1]?.replaceAll("''", "'"), length: quoted[0].length }
  const expanding = double.exec(rest)
  if (expanding !== null) return { text: plain(expanding[1]), length: expanding[0].length }
  const letters = bare.exec(rest)
  return letters === null ? undefined : { text: plain(letters[0]), length: letters[0].length }
}

/** With a variable in it nothing is known; the variable itself is told by its name. */
function plain(text = ''): string | undefined {
  if (/^\$[A-Za-z_]\w*$/.test(text)) return text
  return text.includes('$') ? undefined : text.replaceAll(/`([\s\S])/g, '$1')
}
