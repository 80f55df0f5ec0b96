/**
 * A command line on its way to the resident: netstrings ("5:hello,"), because a shell can write them without escaping
 * anything. In this order:
 *
 *   working folder · caller's pid · terminal ("1 1 80": stdout, stderr, columns) · request id ·
 *   number of variables · NAME=VALUE … · number of arguments · argument … · "text" or "file" · standard input, or its file
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

/** Thrown for a frame that is not one; the message says where. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

const listMax = 10_000

export function parseFrame(body: Uint8Array): Frame {
  const words = reader(body)
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
  return { cwd, callerPid, isTerminal, columns: Number(columns) || 80, requestId, env, argv, stdin }
}

/** What a shell client writes; for clients in Node, and for tests. */
export function formatFrame(frame: Frame): Uint8Array {
  const { stdin, isTerminal, env } = frame
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const flag = (on: boolean) => (on ? '1' : '0')
  const words = [
    frame.cwd,
    String(frame.callerPid),
    `${flag(isTerminal.stdout)} ${flag(isTerminal.stderr)} ${frame.columns}`,
    frame.requestId,
    String(variables.length),
    ...variables,
    String(frame.argv.length),
    ...frame.argv,
    stdin.kind,
  ]
  const last = stdin.kind === 'text' ? stdin.bytes : Buffer.from(stdin.path)
  return Buffer.concat([...words.map((word) => netstring(Buffer.from(word))), netstring(last)])
}

function netstring(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')])
}

function stdinOf(kind: string, bytes: Uint8Array): Stdin {
  if (kind === 'text') return { kind, bytes }
  if (kind === 'file') return { kind, path: Buffer.from(bytes).toString('utf8') }
  throw new FrameError(`standard input is "${kind}", neither text nor file`)
}

const colon = 0x3a
const comma = 0x2c

function reader(body: Uint8Array) {
  let at = 0
  const bytes = (): Uint8Array => {
    const end = body.indexOf(colon, at)
    const digits = end === -1 || end - at > 9 ? '' : Buffer.from(body.subarray(at, end)).toString('latin1')
    const length = /^\d+$/.test(digits) ? Number(digits) : -1
    const start = end + 1
    if (length < 0 || body[start + length] !== comma) throw new FrameError(`no netstring at byte ${at}`)
    at = start + length + 1
    return body.subarray(start, start + length)
  }
  const text = () => Buffer.from(bytes()).toString('utf8')
  const count = (most: number) => {
    const value = Number(text())
    if (!Number.isSafeInteger(value) || value < 0 || value > most) throw new FrameError(`no count before byte ${at}`)
    return value
  }
  const list = () => Array.from({ length: count(listMax) }, text)
  const end = () => {
    if (at !== body.length) throw new FrameError(`${body.length - at} bytes after the end`)
  }
  return { bytes, text, count, list, end }
}
