/**
 * A JSON text as a tree that knows where everything stands, so that one place can be changed and every other byte kept.
 * As strict as JSON.parse. Offsets are UTF-16 units; `end` is the first offset behind.
 */
export type JsonNode = ObjectNode | ArrayNode | ScalarNode

export interface ObjectNode {
  kind: 'object'
  start: number
  end: number
  members: Member[]
}

export interface Member {
  key: string
  /** Where the key begins; the member ends where its value ends. */
  start: number
  end: number
  value: JsonNode
}

export interface ArrayNode {
  kind: 'array'
  start: number
  end: number
  items: JsonNode[]
}

export interface ScalarNode {
  kind: 'scalar'
  start: number
  end: number
  value: string | number | boolean | null
}

/** Where and why a text is no JSON. Line and column count from 1. */
export class JsonProblem extends Error {
  readonly line: number
  readonly column: number

  constructor(
    text: string,
    offset: number,
    readonly reason: string,
  ) {
    const before = text.slice(0, offset).split('\n')
    super(reason)
    this.line = before.length
    this.column = (before.at(-1)?.length ?? 0) + 1
  }
}

/** Nobody nests settings deeper; it keeps the recursion far from the end of the stack. */
const depthMax = 500

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

/** Throws JsonProblem. */
export function parseJson(text: string): JsonNode {
  const cursor: Cursor = { text, at: 0, depth: 0 }
  const root = readValue(cursor)
  skipSpace(cursor)
  if (cursor.at < text.length) throw unexpected(cursor, 'the end of the file')
  return root
}

function readValue(cursor: Cursor): JsonNode {
  skipSpace(cursor)
  if (cursor.depth > depthMax) throw new JsonProblem(cursor.text, cursor.at, `nested deeper than ${depthMax} levels`)
  switch (cursor.text[cursor.at]) {
    case '{':
      return readObject(cursor)
    case '[':
      return readArray(cursor)
    case '"': {
      const start = cursor.at
      return { kind: 'scalar', start, value: readString(cursor), end: cursor.at }
    }
    default:
      return readWord(cursor)
  }
}

function readObject(cursor: Cursor): ObjectNode {
  const start = cursor.at
  const members: Member[] = []
  readSeparated(cursor, '}', () => {
    const memberStart = cursor.at
    if (cursor.text[cursor.at] !== '"') throw unexpected(cursor, 'a key in double quotes')
    const key = readString(cursor)
    skipSpace(cursor)
    if (cursor.text[cursor.at] !== ':') throw unexpected(cursor, `":" after the key ${JSON.stringify(key)}`)
    cursor.at += 1
    const value = readValue(cursor)
    members.push({ key, start: memberStart, end: value.end, value })
  })
  return { kind: 'object', start, end: cursor.at, members }
}

function readArray(cursor: Cursor): ArrayNode {
  const start = cursor.at
  const items: JsonNode[] = []
  readSeparated(cursor, ']', () => {
    items.push(readValue(cursor))
  })
  return { kind: 'array', start, end: cursor.at, items }
}

/** From the opening bracket to behind the closing one. */
function readSeparated(cursor: Cursor, closing: string, readOne: () => void): void {
  cursor.at += 1
  cursor.depth += 1
  skipSpace(cursor)
  while (cursor.text[cursor.at] !== closing) {
    readOne()
    skipSpace(cursor)
    if (cursor.text[cursor.at] === closing) break
    if (cursor.text[cursor.at] !== ',') throw unexpected(cursor, `"," or "${closing}"`)
    cursor.at += 1
    skipSpace(cursor)
    if (cursor.text[cursor.at] === closing) {
      throw new JsonProblem(cursor.text, cursor.at, `a comma before "${closing}", which JSON does not allow`)
    }
  }
  cursor.at += 1
  cursor.depth -= 1
}

function readString(cursor: Cursor): string {
  const { text, at: start } = cursor
  let at = start + 1
  while (at < text.length && text[at] !== '"') {
    if (text.charCodeAt(at) < 0x20) throw new JsonProblem(text, at, 'a line break or control character inside a string')
    at += text[at] === '\\' ? 2 : 1
  }
  if (at >= text.length) throw new JsonProblem(text, start, 'a string that does not end')
  cursor.at = at + 1
  try {
    const value: string = JSON.parse(text.slice(start, cursor.at))
    return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new JsonProblem(text, start, 'a string with an escape that JSON does not know')
  }
}

const words = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

function readWord(cursor: Cursor): ScalarNode {
  words.lastIndex = cursor.at
  const word = words.exec(cursor.text)?.[0]
  if (word === undefined) throw unexpected(cursor, 'a value')
  const start = cursor.at
  cursor.at += word.length
  return { kind: 'scalar', start, end: cursor.at, value: JSON.parse(word) }
}

function skipSpace(cursor: Cursor): void {
  while (' \t\r\n'.includes(cursor.text[cursor.at] ?? 'x')) cursor.at += 1
}

function unexpected(cursor: Cursor, wanted: string): JsonProblem {
  const { text, at } = cursor
  const next = text.slice(at, at + 2)
  if (next === '//' || next === '/*') {
    return new JsonProblem(
      text,
      at,
      'a comment; settings are plain JSON, and a comment makes the client ignore the file',
    )
  }
  const found =
    at >= text.length ? 'the end of the file' : JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))
  return new JsonProblem(text, at, `${found} where ${wanted} should stand`)
}

/** The value of the last member of that name: with repeated keys, that is the one that counts. */
export function memberOf(node: JsonNode | undefined, key: string): Member | undefined {
  return node?.kind === 'object' ? node.members.findLast((member) => member.key === key) : undefined
}

/** The plain value. */
export function plainValue(node: JsonNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'array') return node.items.map(plainValue)
  return Object.fromEntries(node.members.map((member) => [member.key, plainValue(member.value)]))
}
