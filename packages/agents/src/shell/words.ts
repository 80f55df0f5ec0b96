import { basename, dirname, resolve } from 'node:path'
import type { Script, Word, WordPart } from 'unbash'
import { matches, type Piece as Pattern } from './glob.js'
import { parameterValue } from './parameters.js'
import { type Field, known, type Scope, type Value } from './scope.js'
import type { Surroundings } from './writes.js'

/** Words as the shell would expand them, as far as that can be told without running anything. */

/** A part of a word: a text, a pattern, or something unknown. */
type Piece = (Pattern & { splits?: boolean }) | { below: string | undefined }

/** One word may become several: braces, patterns, arrays. */
export function fieldsOf(word: Word, scope: Scope, surroundings: Surroundings): Field[] {
  return alternativesOf(word, scope, surroundings).flatMap((pieces) => finished(pieces, scope, surroundings))
}

/** Where there is no splitting and no pattern: a redirection, an assignment. */
export function fieldOf(word: Word, scope: Scope, surroundings: Surroundings): Field {
  const [pieces, ...others] = alternativesOf(word, scope, surroundings)
  return pieces === undefined || others.length > 0 ? { text: undefined } : plain(pieces, scope)
}

export function assignedValue(word: Word, scope: Scope, surroundings: Surroundings): Value {
  const { text, below } = fieldOf(word, scope, surroundings)
  return text === undefined ? { below } : { texts: [text] }
}

function alternativesOf(word: Word, scope: Scope, surroundings: Surroundings): Piece[][] {
  const parts = word.parts ?? [{ type: 'Literal' as const, value: word.value, text: word.text, pos: 0, end: 0 }]
  let found: Piece[][] = [[]]
  for (const [at, part] of parts.entries()) {
    const options = optionsOf(part, scope, surroundings, at === 0)
    found = found.flatMap((pieces) => options.map((more) => [...pieces, ...more]))
    if (found.length > 200) return [[{ below: undefined }]]
  }
  return found
}

const unknown: Piece[][] = [[{ below: undefined }]]

function optionsOf(part: WordPart, scope: Scope, surroundings: Surroundings, isFirst: boolean): Piece[][] {
  switch (part.type) {
    case 'Literal':
      return [[literal(isFirst ? homeExpanded(part.text, part.value, surroundings) : part.value)]]
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [[literal(part.value)]]
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.reduce<Piece[][]>(
        (found, inner) =>
          found.flatMap((pieces) =>
            optionsOf(inner, scope, surroundings, false).map((more) => [...pieces, ...more.map(unsplit)]),
          ),
        [[]],
      )
    case 'Glob':
      return [[{ text: part.text, isPattern: true }]]
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      return ofValue(parameterValue(part, scope, surroundings))
    case 'CommandExpansion':
      return [[ofScript(part.script, scope, surroundings)]]
    case 'BraceExpansion':
      return bracesOf(part.text)?.map((text) => [literal(text)]) ?? unknown
    default:
      return unknown
  }
}

function literal(text: string): Pattern {
  return { text, isPattern: false }
}

function unsplit(piece: Piece): Piece {
  return 'text' in piece ? { text: piece.text, isPattern: piece.isPattern } : piece
}

function ofValue(value: Value): Piece[][] {
  if (!('texts' in value)) return [[value]]
  return value.texts.map((text) => [{ ...literal(text), splits: true }])
}

function homeExpanded(source: string, text: string, { home }: Surroundings): string {
  if (home === undefined || !(source === '~' || source.startsWith('~/'))) return text
  return `${home}${text.slice(1)}`
}

function plain(pieces: readonly Piece[], scope: Scope): Field {
  let text = ''
  for (const piece of pieces) {
    if (!('text' in piece)) return { text: undefined, below: belowOf(text, piece.below, scope) }
    text += piece.text
  }
  return known(text)
}

/** The folder of a name of which only the beginning is known. */
function belowOf(beginning: string, below: string | undefined, { cwd }: Scope): string | undefined {
  if (beginning === '') return below
  const folder = beginning.endsWith('/') ? beginning : dirname(beginning)
  if (folder.startsWith('/')) return resolve(folder)
  return cwd === undefined ? undefined : resolve(cwd, folder)
}

function finished(pieces: readonly Piece[], scope: Scope, surroundings: Surroundings): Field[] {
  const texts = pieces.flatMap((piece) => ('text' in piece ? [piece] : []))
  if (texts.length < pieces.length) return [plain(pieces, scope)]
  const blanks = texts.some(({ text, splits }) => splits && /\s/.test(text))
  if (blanks && texts.length > 1) return [{ text: undefined }]
  if (blanks) return (texts[0]?.text ?? '').split(/\s+/).flatMap((text) => (text === '' ? [] : [known(text)]))
  // An unquoted variable without a value leaves no word.
  if (texts.length > 0 && texts.every(({ text, splits }) => splits && text === '')) return []
  if (!texts.some(({ isPattern }) => isPattern)) return [plain(pieces, scope)]
  return expanded(texts, scope, surroundings)
}

function expanded(pieces: readonly Pattern[], scope: Scope, surroundings: Surroundings): Field[] {
  const beginning = pieces
    .slice(
      0,
      pieces.findIndex(({ isPattern }) => isPattern),
    )
    .map(({ text }) => text)
    .join('')
  const below = belowOf(beginning, scope.cwd, scope)
  // "**" means one level or all of them, as the shell is set.
  const isDeep = pieces.some(
    ({ text, isPattern }, at) => isPattern && (text === '**' || (text === '*' && pieces[at + 1]?.text === '*')),
  )
  if (scope.cwd === undefined || isDeep) return [{ text: undefined, below }]
  const found = matches(pieces, scope.cwd, surroundings)
  if (found === undefined) return [{ text: undefined, below }]
  if (found.length === 0) return [known(pieces.map(({ text }) => text).join(''))]
  return found.map(known)
}

/** "{a,b}" and "{1..3}"; undefined: something less plain. */
function bracesOf(text: string): string[] | undefined {
  const inner = text.slice(1, -1)
  const range = /^(\d{1,4})\.\.(\d{1,4})$/.exec(inner)
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])]
    return Math.abs(to - from) > 200
      ? undefined
      : Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => String(from + Math.sign(to - from) * at))
  }
  return /[{}$`'"\\]/.test(inner) || !inner.includes(',') ? undefined : inner.split(',')
}

/** What a command prints, for the few that are asked for a place. */
function ofScript(script: Script | undefined, scope: Scope, surroundings: Surroundings): Piece {
  const [statement, ...others] = script?.commands ?? []
  const command = statement?.command
  if (command?.type !== 'Command' || command.name === undefined || others.length > 0)
    return { below: command?.type === 'Pipeline' ? scope.cwd : undefined }
  const words = [command.name, ...command.args.flatMap((arg) => (arg.type === 'Word' ? [arg] : []))]
  const [name = '', ...args] = words.flatMap((word) =>
    fieldsOf(word, scope, surroundings).map(({ text }) => text ?? ''),
  )
  const printed = outputOf(name, args, scope, surroundings)
  if (printed !== undefined) return literal(printed)
  return { below: listers.has(name) ? scope.cwd : undefined }
}

/** They print names of files below the working folder. */
export const listers: ReadonlySet<string> = new Set([
  'find',
  'ls',
  'grep',
  'egrep',
  'rg',
  'git',
  'fd',
  'ag',
  'cat',
  'echo',
])

function outputOf(name: string, args: string[], { cwd }: Scope, surroundings: Surroundings): string | undefined {
  const operands = args.filter((arg) => !arg.startsWith('-'))
  const [first, second] = operands
  switch (name) {
    case 'pwd':
      return cwd
    case 'mktemp':
      return '/tmp/made-by-mktemp'
    case 'git':
      return args.join(' ') === 'rev-parse --show-toplevel' && cwd !== undefined ? surroundings.topOf(cwd) : undefined
    case 'echo':
      return operands.length === args.length ? args.join(' ') : undefined
    case 'dirname':
      return first && operands.length === 1 ? dirname(first) : undefined
    case 'basename':
      return first && operands.length <= 2 ? basename(first, second) : undefined
    case 'realpath':
    case 'readlink':
      return first && cwd !== undefined && operands.length === 1 ? resolve(cwd, first) : undefined
    default:
      return undefined
  }
}
