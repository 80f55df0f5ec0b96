import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { FrameError, parseFrame } from './frame.js'
import { objectionTo } from './guard.js'
import type { Performed, Performer } from './perform.js'

/** What one request may cost. A payload of 16 MiB must pass, with its frame around it. */
const bodyBytesMax = 17 * 1024 * 1024
const receiveMs = 10_000
const connectionsMax = 256
/** After so long without an answer the client hears that it is being worked on, so that it does not go elsewhere. */
const signOfLifeMs = 50

export interface Routes {
  /** A command line. */
  perform: Performer
  /** The payload of an agent's hook, posted by the agent itself. */
  hook(agent: string, payload: Uint8Array): Promise<Performed>
  status(): object
  stop(): void
}

/** Answers on loopback only; the port is the system's choice unless one is given. */
export async function listen(token: string, routes: Routes, wantedPort = 0): Promise<{ server: Server; port: number }> {
  let port = 0
  const server = createServer((request, response) => {
    response.sendDate = false
    respond(request, response, { port, token, routes }).catch((error: unknown) => fail(response, error))
  })
  server.maxConnections = connectionsMax
  server.requestTimeout = receiveMs
  server.headersTimeout = receiveMs
  server.keepAliveTimeout = 5_000
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

interface Desk {
  port: number
  token: string
  routes: Routes
}

async function respond(request: IncomingMessage, response: ServerResponse, desk: Desk): Promise<void> {
  const objection = objectionTo(request, desk.port, desk.token)
  if (objection !== undefined) return say(response, objection.status, `${objection.said}\n`)
  const { method, url = '' } = request
  if (method === 'GET' && url === '/status') return say(response, 200, JSON.stringify(desk.routes.status()))
  if (method !== 'POST') return say(response, 405, 'POST, please\n')
  const body = await bodyOf(request)
  if (body === undefined) return say(response, 413, `more than ${bodyBytesMax} bytes\n`)
  if (url === '/run') return run(response, body, desk.routes)
  if (url.startsWith('/hook/')) return hook(response, url.slice('/hook/'.length), body, desk.routes)
  if (url === '/stop') return stop(response, desk.routes)
  return say(response, 404, 'no such thing\n')
}

async function run(response: ServerResponse, body: Uint8Array, routes: Routes): Promise<void> {
  const signOfLife = setTimeout(() => response.writeContinue(), signOfLifeMs)
  try {
    const performed = await routes.perform(parseFrame(body))
    if (performed === 'elsewhere') return say(response, 421, 'not for this resident\n')
    const { exitCode, stdout, stderr } = performed
    const out = Buffer.from(stdout)
    const talk = Buffer.from(stderr)
    // One header line for a shell to read: exit code, bytes of talk, bytes of data; then both, in this order.
    const counts = `${exitCode} ${talk.length} ${out.length}`
    const headers = { 'x-coord': counts, 'content-length': talk.length + out.length, connection: 'close' }
    response.writeHead(200, headers).end(Buffer.concat([talk, out]))
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    say(response, 400, `${error.message}\n`)
  } finally {
    clearTimeout(signOfLife)
  }
}

/** As the agent expects of an http hook: the answer that a hook process would print, or nothing. */
async function hook(response: ServerResponse, agent: string, body: Uint8Array, routes: Routes): Promise<void> {
  const { stdout } = await routes.hook(agent, body)
  response.writeHead(200, { 'content-type': 'application/json' }).end(stdout)
}

function stop(response: ServerResponse, routes: Routes): void {
  response.writeHead(200, { connection: 'close' }).end('stopping\n', () => routes.stop())
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { connection: 'close', 'content-type': 'text/plain' }).end(text)
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  say(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
}

/** undefined: too long. The rest is not read. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes > bodyBytesMax) return undefined
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
