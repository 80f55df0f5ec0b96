import { isAscii } from 'node:buffer'

/**
 * What clients and residents say to each other. Everything is netstrings ("5:hello,"), because a shell can write them
 * without escaping anything, and a page in a browser cannot by accident.
 *
 * A question is one netstring that holds others, in this order:
 *
 *   token · "run", "status" or "stop" · and for "run":
 *   working folder · caller's pid · terminal ("1 1 80": stdout, stderr, columns) · request id ·
 *   number of variables · NAME=VALUE … · number of arguments · argument … · "text" or "file" · standard input, or its file
 *
 * An answer begins with one letter. "w": it is being worked on, another letter follows. "e": ask elsewhere. "a": 32
 * characters follow (exit code, bytes for standard error, bytes for standard output, blanks), then both. "f": the same, but in the place
 * of standard output the name of a file that holds it.
 *
 * bin/client.sh is made with the build's name in it. hooks/templates/opencode/coordlog.js stands in repositories, from any build: it
 * knows this form by the first word of the address, so another form needs another word there.
 */
export interface Frame {
  cwd: string
  callerPid: number
  isTerminal: { stdout: boolean; stderr: boolean }
  columns: number
  /** The same for every try of one call, the direct one included. */
  requestId: string
  env: Record<string, string>
  argv: string[]
  stdin: Stdin
}

export type Stdin = { kind: 'text'; bytes: Uint8Array } | { kind: 'file'; path: string }

export type Question = { verb: 'run'; frame: Frame } | { verb: 'status' } | { verb: 'stop' }

/** Thrown for a frame that is not one; the message says where. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Arguments and variables fit; a long standard input comes as a file. */
export const questionBytesMax = 256 * 1024

const listMax = 10_000

/** What follows the token. */
export function parseQuestion(bytes: Uint8Array): Question {
  const words = reader(bytes)
  const verb = words.text()
  if (verb === 'status' || verb === 'stop') return { verb }
  if (verb !== 'run') throw new FrameError(`"${verb}" is nothing that can be asked`)
  const cwd = words.text()
  const callerPid = words.count(2 ** 31)
  const [stdout, stderr, columns] = words.text().split(' ')
  const requestId = words.text()
  const env: Record<string, string> = Object.create(null)
  for (const variable of words.list()) {
    const equals = variable.indexOf('=')
    if (equals > 0) env[variable.slice(0, equals)] = variable.slice(equals + 1)
  }
  const argv = words.list()
  const stdin = stdinOf(words.text(), words.bytes())
  words.end()
  const isTerminal = { stdout: stdout === '1', stderr: stderr === '1' }
  return { verb, frame: { cwd, callerPid, isTerminal, columns: Number(columns) || 80, requestId, env, argv, stdin } }
}

/** What a shell client writes; for clients in Node. */
export function formatQuestion(token: string, question: Question): Uint8Array {
  const words = question.verb === 'run' ? wordsOf(question.frame) : []
  return netstring(Buffer.concat([token, question.verb, ...words].map((word) => netstring(Buffer.from(word)))))
}

function wordsOf({ cwd, callerPid, isTerminal, columns, requestId, env, argv, stdin }: Frame): (string | Uint8Array)[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const flag = (on: boolean) => (on ? '1' : '0')
  return [
    cwd,
    String(callerPid),
    `${flag(isTerminal.stdout)} ${flag(isTerminal.stderr)} ${columns}`,
    requestId,
    String(variables.length),
    ...variables,
    String(argv.length),
    ...argv,
    stdin.kind,
    stdin.kind === 'text' ? stdin.bytes : stdin.path,
  ]
}

function netstring(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')])
}

function stdinOf(kind: string, bytes: Uint8Array): Stdin {
  if (kind === 'text') return { kind, bytes }
  if (kind === 'file') return { kind, path: Buffer.from(bytes).toString('utf8') }
  throw new FrameError(`standard input is "${kind}", neither text nor file`)
}

export const countsBytes = 32

/** The letter and the counts of an answer. */
export function formatCounts(exitCode: number, talkBytes: number, dataBytes: number): string {
  return `a${`${exitCode} ${talkBytes} ${dataBytes}`.padEnd(countsBytes)}`
}

/** An answer whose data stand in a file beside the log, under this name. */
export function formatFile(exitCode: number, name: string): string {
  return `f${`${exitCode} 0 ${name.length}`.padEnd(countsBytes)}${name}`
}

const colon = 0x3a
const comma = 0x2c
const zero = 0x30
const digitsMax = 9

/**
 * The content of the first netstring. 'more': it is not there yet. undefined: that is none, or one longer than `most` bytes.
 */
export function contentOf(bytes: Uint8Array, most: number): Uint8Array | 'more' | undefined {
  const span = spanAt(bytes, 0, most)
  return typeof span === 'object' ? bytes.subarray(span.start, span.end) : span
}

/** Where the content of the netstring at `at` stands; the next one begins behind its comma. */
function spanAt(bytes: Uint8Array, at: number, most: number): { start: number; end: number } | 'more' | undefined {
  let length = 0
  let start = at
  for (; bytes[start] !== colon; start += 1) {
    const byte = bytes[start]
    if (byte === undefined) return 'more'
    if (byte < zero || byte > zero + 9 || start === at + digitsMax) return undefined
    length = length * 10 + byte - zero
  }
  if (start === at || length > most) return undefined
  start += 1
  const end = start + length
  if (bytes.length <= end) return 'more'
  return bytes[end] === comma ? { start, end } : undefined
}

/** All words of nearly all questions lie within so much. Decoding them at once costs what decoding one of them costs. */
const headBytes = 2_048

function reader(body: Uint8Array) {
  const whole = Buffer.from(body.buffer, body.byteOffset, body.length)
  const first = whole.subarray(0, headBytes)
  const head = isAscii(first) ? first.toString('latin1') : ''
  let at = 0
  const next = () => {
    const span = spanAt(body, at, body.length)
    if (typeof span !== 'object') throw new FrameError(`no netstring at byte ${at}`)
    at = span.end + 1
    return span
  }
  const bytes = (): Uint8Array => {
    const { start, end } = next()
    return body.subarray(start, end)
  }
  const text = () => {
    const { start, end } = next()
    return end <= head.length ? head.slice(start, end) : whole.toString('utf8', start, end)
  }
  const count = (most: number) => {
    const value = Number(text())
    if (!Number.isSafeInteger(value) || value < 0 || value > most) throw new FrameError(`no count before byte ${at}`)
    return value
  }
  const list = () => {
    const found: string[] = []
    for (let missing = count(listMax); missing > 0; missing -= 1) found.push(text())
    return found
  }
  const end = () => {
    if (at !== body.length) throw new FrameError(`${body.length - at} bytes after the end`)
  }
  return { bytes, text, count, list, end }
}
