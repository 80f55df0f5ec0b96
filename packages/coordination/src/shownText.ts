import { once } from './once.js'

/**
 * Text of one agent or file, made harmless for a terminal, a log line or another agent. Stored texts are never changed;
 * they are escaped where they are shown.
 */

/**
 * What must never be printed as it is: control characters (they move cursors), format characters (bidirectional
 * overrides, zero-width and tag characters: they hide or reorder text), line separators, lone surrogates, and letters
 * that are drawn as nothing. Made on first use: classes of Unicode take 0.4 ms.
 */
const unsafe = once(
  () => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu,
)
const unsafeInBlock = once(
  () => /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|[^\P{Cc}\n\t]/gu,
)

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return (
    named[character] ?? (point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, '0')}`)
  )
}

/** Most texts, and nothing in them to look for. */
const isPlain = /^[ -~]*$/
const isPlainBlock = /^[ -~\n\t]*$/

/** On one line. */
export function shown(text: string): string {
  return isPlain.test(text) ? text : text.replace(unsafe(), escaped)
}

/** The same, but line breaks and tabs stay. */
export function shownBlock(text: string): string {
  return isPlainBlock.test(text) ? text : text.replaceAll('\r\n', '\n').replace(unsafeInBlock(), escaped)
}

/**
 * A labelled quotation for another agent: one line, in double quotes that nothing inside can close (inner ones become
 * typographic), cut with "…" after `charactersMax`.
 */
export function quoted(text: string, charactersMax: number): string {
  const line = shown(text).replaceAll('"', '”').replaceAll('`', '’')
  const characters = [...line]
  return `"${characters.length > charactersMax ? `${characters.slice(0, charactersMax - 1).join('')}…` : line}"`
}

/** JSON that prints the same way everywhere: what is unsafe stands as an escape, and parses back to what it was. */
export function shownJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unsafe(), (character) => {
    // JSON.stringify leaves no control character but the line breaks of its own indentation.
    if (character === '\n') return character
    let text = ''
    for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    return text
  })
}
