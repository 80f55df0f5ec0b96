import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Body, createBodyReader } from './body.js'
import { FrameError, parseFrame } from './frame.js'
import { objectionTo } from './guard.js'
import type { Performed, Performer } from './perform.js'

/** How long a request may take to arrive, and an answer to be taken. */
const receiveMs = 5_000
const connectionsMax = 256
const lookMs = 1_000
/** After so long without an answer the client hears that it is being worked on, so that it does not go elsewhere. */
const signOfLifeMs = 50

/** What may be asked. What is left out is answered as if it did not exist. */
export interface Routes {
  /** A command line. */
  perform?: Performer
  /** The payload of an agent's hook, posted by the agent itself. */
  hook?(agent: string, payload: Uint8Array, gone: AbortSignal): Promise<Performed>
  status?(): object
  stop?(): void
}

export interface Desk {
  token: string
  routes: Routes
  /** Something that was not foreseen. Its request has been answered with 500. */
  onFault(error: unknown): void
}

/** Answers on loopback only. Port 0: the system's choice. Rejects with EADDRINUSE if the wanted one is taken. */
export async function listen(desk: Desk, wantedPort: number): Promise<{ server: Server; port: number }> {
  let port = 0
  const bodies = createBodyReader()
  const server = createServer({ connectionsCheckingInterval: lookMs }, (request, response) => {
    response.sendDate = false
    respond(request, response, { ...desk, port, bodies }).catch((error: unknown) => {
      desk.onFault(error)
      fail(response, error)
    })
  })
  server.maxConnections = connectionsMax
  server.requestTimeout = receiveMs
  server.headersTimeout = receiveMs
  server.keepAliveTimeout = receiveMs
  // Also for whoever does not take what was answered.
  server.timeout = 2 * receiveMs
  port = await listenOn(server, wantedPort)
  return { server, port }
}

function listenOn(server: Server, wantedPort: number): Promise<number> {
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

interface OpenDesk extends Desk {
  port: number
  bodies: ReturnType<typeof createBodyReader>
}

async function respond(request: IncomingMessage, response: ServerResponse, desk: OpenDesk): Promise<void> {
  const objection = objectionTo(request, desk.port, desk.token)
  if (objection !== undefined) return say(response, objection.status, `${objection.said}\n`)
  const { method, url = '' } = request
  const { perform, hook, status, stop } = desk.routes
  if (status && method === 'GET' && url === '/status') return say(response, 200, JSON.stringify(status()))
  if (method !== 'POST') return say(response, 405, 'POST, please\n')
  if (stop && url === '/stop') return void response.writeHead(200, { connection: 'close' }).end('stopping\n', stop)
  const agent = url.startsWith('/hook/') ? url.slice('/hook/'.length) : undefined
  const body = await desk.bodies.read(request)
  try {
    if (body.kind !== 'whole') return refuseBody(response, body)
    if (perform && url === '/run') return await run(response, body.bytes, perform, goneSignal(request.socket))
    if (hook && agent) return await answerHook(response, hook(agent, body.bytes, goneSignal(request.socket)))
    return say(response, 404, 'no such thing\n')
  } finally {
    desk.bodies.free(body)
  }
}

/** Fires when the caller has closed its end: it waits for no answer, and may have done the same another way. */
function goneSignal(socket: Socket): AbortSignal {
  const known = signals.get(socket)
  if (known !== undefined) return known
  const gone = new AbortController()
  const abort = () => gone.abort()
  socket.once('end', abort).once('close', abort)
  signals.set(socket, gone.signal)
  return gone.signal
}

const signals = new WeakMap<Socket, AbortSignal>()

async function run(response: ServerResponse, body: Uint8Array, perform: Performer, gone: AbortSignal): Promise<void> {
  const signOfLife = setTimeout(() => response.writeContinue(), signOfLifeMs)
  try {
    const performed = await perform(parseFrame(body), gone)
    if (performed === 'elsewhere') return say(response, 421, 'not for this resident\n')
    const { exitCode, stdout, stderr, release } = performed
    const talkBytes = Buffer.byteLength(stderr)
    const dataBytes = Buffer.byteLength(stdout)
    // One header line for a shell to read: exit code, bytes of talk, bytes of data; then both, in this order.
    const counts = `${exitCode} ${talkBytes} ${dataBytes}`
    const headers = { 'x-coord': counts, 'content-length': talkBytes + dataBytes, connection: 'close' }
    response.writeHead(200, headers).end(stderr + stdout, release)
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    say(response, 400, `${error.message}\n`)
  } finally {
    clearTimeout(signOfLife)
  }
}

/** As the agent expects of an http hook: the answer that a hook process would print, or nothing. */
async function answerHook(response: ServerResponse, performed: Promise<Performed>): Promise<void> {
  const { stdout } = await performed
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(stdout) })
    .end(stdout)
}

function refuseBody(response: ServerResponse, body: Exclude<Body, { kind: 'whole' }>): void {
  if (body.kind === 'refused') say(response, body.status, `${body.said}\n`)
}

function say(response: ServerResponse, status: number, text: string): void {
  const headers = { connection: 'close', 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, headers).end(text)
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  say(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
}
