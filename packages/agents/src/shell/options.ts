import type { Field } from './scope.js'

/** How a program reads its options. Letters and names are those that take a value. */
export interface OptionShape {
  /** "of": -o VALUE, -f VALUE, -oVALUE. */
  short?: string
  /** Letters whose value can only be attached: -i.bak. */
  attached?: string
  /** --output VALUE, --output=VALUE. */
  long?: readonly string[]
  /** Options end at the first word that is none. */
  stops?: boolean
  /** One dash begins a long name: find, java. */
  singleDash?: boolean
}

export interface Options {
  /** Letters and names, without dashes. */
  has(...names: string[]): boolean
  value(...names: string[]): Field | undefined
  values(...names: string[]): Field[]
  operands: Field[]
}

export function parseOptions(args: readonly Field[], shape: OptionShape = {}): Options {
  const found: [string, Field | undefined][] = []
  const operands: Field[] = []
  for (let at = 0; at < args.length; at++) {
    const field = args[at] ?? { text: undefined }
    const { text } = field
    if (text === '--') {
      operands.push(...args.slice(at + 1))
      break
    }
    if (text === undefined || text === '-' || !text.startsWith('-')) {
      if (shape.stops) {
        operands.push(...args.slice(at))
        break
      }
      operands.push(field)
    } else if (text.startsWith('--')) at += longOption(text.slice(2), args[at + 1], shape, found)
    else at += shortOptions(text.slice(1), args[at + 1], shape, found)
  }
  const values = (...names: string[]) =>
    found.flatMap(([name, value]) => (names.includes(name) && value !== undefined ? [value] : []))
  return {
    has: (...names) => found.some(([name]) => names.includes(name)),
    value: (...names) => values(...names).at(-1),
    values,
    operands,
  }
}

/** How many of the words that follow belong to it. */
function longOption(
  option: string,
  next: Field | undefined,
  { long = [] }: OptionShape,
  found: [string, Field | undefined][],
): number {
  const equals = option.indexOf('=')
  if (equals >= 0) {
    found.push([option.slice(0, equals), { text: option.slice(equals + 1) }])
    return 0
  }
  const takesValue = long.includes(option)
  found.push([option, takesValue ? next : undefined])
  return takesValue ? 1 : 0
}

function shortOptions(
  letters: string,
  next: Field | undefined,
  { short = '', attached = '', singleDash = false, long = [] }: OptionShape,
  found: [string, Field | undefined][],
): number {
  if (singleDash) return longOption(letters, next, { long }, found)
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? ''
    const rest = letters.slice(at + 1)
    if (attached.includes(letter)) {
      found.push([letter, { text: rest }])
      return 0
    }
    if (short.includes(letter)) {
      found.push([letter, rest === '' ? next : { text: rest }])
      return rest === '' ? 1 : 0
    }
    found.push([letter, undefined])
  }
  return 0
}
