import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@coordlog/runtime/clock'
import {
  contentOf,
  FrameError,
  formatCounts,
  formatFile,
  parseQuestion,
  type Question,
  questionBytesMax,
} from './frame.js'
import { isSame } from './guard.js'
import { keepLongAnswer, longAnswerBytes } from './longAnswer.js'
import type { Performed, Performer } from './perform.js'

/** How long a question may take to arrive, and an answer to be taken. */
const receiveMs = 5_000
const connectionsMax = 256
/** After so long without an answer the client hears that it is being worked on, so that it does not go elsewhere. */
const signOfLifeMs = 50

export interface Desk {
  token: string
  /** The coordination directory. */
  directory: string
  clock: Clock
  perform: Performer
  status(): object
  stop(): void
  /** Something that was not foreseen. Whoever asked is sent elsewhere. */
  onFault(error: unknown): void
}

/** Answers command lines, on loopback only. Port 0: the system's choice. Rejects with EADDRINUSE if the wanted one is taken. */
export async function listen(desk: Desk, wantedPort: number): Promise<{ server: Server; port: number }> {
  const token = Buffer.from(desk.token)
  const server = createServer({ allowHalfOpen: false }, (socket) => receive(socket, token, desk))
  server.maxConnections = connectionsMax
  return { server, port: await listenOn(server, wantedPort) }
}

export function listenOn(server: Server, wantedPort: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: wantedPort, backlog: 256 }, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })
}

/** One question, one answer. A stranger is not listened to any further, and told nothing. */
function receive(socket: Socket, token: Uint8Array, desk: Desk): void {
  let bytes: Buffer = Buffer.alloc(0)
  // What an answer needs is made ready while the client is still writing its question.
  const gone = new AbortController()
  const call: Call = { socket, gone, signal: gone.signal, desk, isAtWork: false, isLate: false }
  const sign = setTimeout(() => signOfLife(call), signOfLifeMs)
  socket.on('close', () => clearTimeout(sign))
  const take = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    const question = arrived(bytes, token)
    if (question === 'more') return
    socket.off('data', take)
    if (question === undefined) socket.destroy()
    else answer(call, question)
  }
  // Whoever is gone needs no answer.
  socket.on('error', () => undefined)
  socket.setTimeout(receiveMs, () => socket.destroy())
  socket.on('data', take)
}

interface Call {
  socket: Socket
  /** Fires when the caller hung up before it had its answer. */
  gone: AbortController
  signal: AbortSignal
  desk: Desk
  isAtWork: boolean
  /** It has been there for long. */
  isLate: boolean
}

/** Not before there is a question. */
function signOfLife(call: Call): void {
  call.isLate = true
  if (!call.isAtWork) return
  // What follows on it must not wait until it has been acknowledged.
  call.socket.setNoDelay(true)
  call.socket.write('w')
}

/** The question without its token. The token is looked at as soon as it is there: strangers fill no memory. */
function arrived(bytes: Buffer, token: Uint8Array): Uint8Array | 'more' | undefined {
  const start = bytes.indexOf(':') + 1
  const first = start === 0 ? 'more' : contentOf(bytes.subarray(start), token.length)
  if (first === 'more') return bytes.length > 2 * token.length ? undefined : 'more'
  if (first === undefined || !isSame(first, token)) return undefined
  const whole = contentOf(bytes, questionBytesMax)
  if (whole === undefined || whole === 'more') return whole
  return whole.subarray(String(token.length).length + token.length + 2)
}

function answer(call: Call, bytes: Uint8Array): void {
  answered(call, bytes).catch((error: unknown) => {
    if (!(error instanceof FrameError)) call.desk.onFault(error)
    call.socket.end('e')
  })
}

async function answered(call: Call, bytes: Uint8Array): Promise<void> {
  const question = parseQuestion(bytes)
  if (question.verb === 'run') return run(call, question)
  const { socket, desk } = call
  say(socket, { exitCode: 0, stdout: question.verb === 'status' ? JSON.stringify(desk.status()) : '', stderr: '' })
  if (question.verb === 'stop') desk.stop()
}

/** Says nothing of where it came from, and costs nothing to make. */
const callerGone = Object.assign(new Error('the caller has gone'), { name: 'AbortError', stack: '' })

async function run(call: Call, { frame }: Question & { verb: 'run' }): Promise<void> {
  const { socket, gone, signal, desk } = call
  const { perform, directory, clock } = desk
  call.isAtWork = true
  const abort = () => {
    if (call.isAtWork) gone.abort(callerGone)
  }
  // It closes its end before it has its answer: it waits no longer, and may have done the same another way.
  socket.once('end', abort).once('close', abort)
  const sign = call.isLate ? setTimeout(() => signOfLife(call), signOfLifeMs) : undefined
  try {
    if (!isFresh(frame.requestId, clock)) await onceAround()
    const performed = await perform(frame, signal)
    if (performed === 'elsewhere') socket.end('e')
    else if (performed.stderr === '' && performed.stdout.length > longAnswerBytes)
      sayByFile(socket, performed, directory)
    else say(socket, performed)
  } finally {
    call.isAtWork = false
    clearTimeout(sign)
  }
}

/** No client gives up sooner after it has asked. */
const freshMs = 100

/** A client's id of its question says, in seconds, when it was asked; those of old shells do not, and of others nobody knows. */
function isFresh(requestId: string, clock: Clock): boolean {
  const [, seconds, micros] = requestId.split('.', 3)
  const askedMs = Number(`${seconds}.${micros}`) * 1_000
  // Now is known to the millisecond, rounded down.
  const ageMs = Date.parse(clock.now()) + 1 - askedMs
  return ageMs > 0 && ageMs < freshMs
}

/** Everything that has come in by now has been seen: whoever hung up while this process was busy or stopped is known to have. */
function onceAround(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

function say(socket: Socket, { exitCode, stdout, stderr, release }: Performed): void {
  const counts = formatCounts(exitCode, Buffer.byteLength(stderr), Buffer.byteLength(stdout))
  socket.end(counts + stderr + stdout, release)
}

function sayByFile(socket: Socket, { exitCode, stdout, release }: Performed, directory: string): void {
  const { name, remove } = keepLongAnswer(directory, stdout)
  socket.once('close', remove)
  socket.end(formatFile(exitCode, name), release)
}
