import type { ParameterExpansionPart, SimpleExpansionPart, Word } from 'unbash'
import { globExpression } from './glob.js'
import type { Scope, Value } from './scope.js'
import type { Surroundings } from './writes.js'

const unknown: Value = { below: undefined }

/** $NAME and ${NAME…}, for the forms in which file names are made of other file names. */
export function parameterValue(
  part: SimpleExpansionPart | ParameterExpansionPart,
  scope: Scope,
  surroundings: Surroundings,
): Value {
  if (part.type === 'SimpleExpansion') return named(part.text.slice(1), scope, surroundings)
  const value = named(part.parameter, scope, surroundings)
  const index = part.index?.value
  if (part.prefix !== undefined) return unknown
  if (!('texts' in value)) return part.operation === undefined ? value : { below: value.below }
  if (index !== undefined && index !== '@' && index !== '*') return elementOf(value.texts, index)
  const texts = index === undefined ? value.texts.slice(0, 1) : value.texts
  const changed = texts.map((text) => operated(text, part.operation))
  const isKnown = changed.every((text) => text !== undefined)
  return isKnown ? { texts: changed.flatMap((text) => (text === undefined ? [] : [text])) } : unknown
}

function elementOf(texts: readonly string[], index: string): Value {
  const text = /^\d+$/.test(index) ? texts[Number(index)] : undefined
  return text === undefined ? unknown : { texts: [text] }
}

function named(name: string, { variables, cwd }: Scope, { home }: Surroundings): Value {
  const assigned = variables.get(name)
  if (assigned !== undefined) return assigned
  if (name === 'PWD' && cwd !== undefined) return { texts: [cwd] }
  if (name === 'HOME' && home !== undefined) return { texts: [home] }
  return unknown
}

function operated(text: string, operation: ParameterExpansionPart['operation']): string | undefined {
  switch (operation?.type) {
    case undefined:
      return text
    case 'Default':
      return /^:?[-=?]$/.test(operation.operator) && text !== '' ? text : undefined
    case 'Remove':
      return removed(text, operation.operator, plainText(operation.operand))
    case 'Replace':
      return replaced(text, operation.operator, plainText(operation.pattern), plainText(operation.replacement))
    default:
      return undefined
  }
}

/** A word without anything to expand but patterns. */
function plainText(word: Word): string | undefined {
  const isPlain = word.parts?.every(({ type }) => ['Literal', 'SingleQuoted', 'Glob'].includes(type)) ?? true
  return isPlain ? word.value : undefined
}

/** The shortest or longest beginning (#, ##) or end (%, %%) that the pattern matches is taken away. */
function removed(text: string, operator: string, pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined
  const expression = globExpression(pattern)
  const isEnd = operator.startsWith('%')
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length)
  if (operator.length === 2) lengths.reverse()
  for (const length of lengths) {
    const rest = isEnd ? text.slice(0, text.length - length) : text.slice(length)
    const gone = isEnd ? text.slice(text.length - length) : text.slice(0, length)
    if (expression.test(gone)) return rest
  }
  return text
}

function replaced(
  text: string,
  operator: string,
  pattern: string | undefined,
  replacement: string | undefined,
): string | undefined {
  if (pattern === undefined || replacement === undefined || /[*?[]/.test(pattern) || pattern === '') return undefined
  if (operator === '//') return text.replaceAll(pattern, () => replacement)
  if (operator === '/#') return text.startsWith(pattern) ? replacement + text.slice(pattern.length) : text
  if (operator === '/%') return text.endsWith(pattern) ? text.slice(0, -pattern.length) + replacement : text
  return text.replace(pattern, () => replacement)
}
