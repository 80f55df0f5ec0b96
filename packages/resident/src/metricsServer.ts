import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isCode } from '@coordlog/log/errors'
import { objectionTo } from './guard.js'
import type { Journal } from './journal.js'
import { listenOn } from './server.js'

/** Shows figures to Prometheus, at the port that is set for it. Follows the setting. */
export interface MetricsServer {
  follow(): Promise<void>
  close(): void
}

export interface MetricsDesk {
  /** undefined: nowhere. Asked anew each time. */
  port(): number | undefined
  /** In the text exposition format. */
  text(): Promise<string>
  journal: Journal
  onFault(error: unknown): void
}

const receiveMs = 5_000
const connectionsMax = 16
/** Of the text exposition format. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export function createMetricsServer(desk: MetricsDesk): MetricsServer {
  let open: { port: number; server: Server } | undefined
  let taken = 0
  const close = () => {
    open?.server.close()
    open?.server.closeAllConnections()
    open = undefined
  }
  const follow = async () => {
    const port = desk.port()
    if (port === open?.port) return
    close()
    if (port === undefined) return
    try {
      open = { port, server: await serve(port, desk) }
      taken = 0
      desk.journal(`figures stand on http://127.0.0.1:${port}/metrics`)
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE', 'EACCES')) throw error
      if (taken !== port) desk.journal(`port ${port} is taken: no figures are shown (setting metrics.port)`)
      taken = port
    }
  }
  return { follow, close }
}

async function serve(port: number, desk: MetricsDesk): Promise<Server> {
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      desk.onFault(error)
      if (response.headersSent) response.destroy()
      else say(response, 500, 'a fault of coordlog\n')
    })
  })
  server.maxConnections = connectionsMax
  server.requestTimeout = receiveMs
  server.headersTimeout = receiveMs
  await listenOn(server, port)
  return server

  /** Without a token: there are figures only, no name and no path, and the file for node_exporter is for everybody too. */
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const objection = objectionTo(request, port, undefined)
    if (objection !== undefined) return say(response, objection.status, `${objection.said}\n`)
    if (request.url !== '/metrics') return say(response, 404, 'GET /metrics, please\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'GET /metrics, please\n')
    const text = await desk.text()
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : text)
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  const headers = { connection: 'close', 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, status === 405 ? { ...headers, allow: 'GET, HEAD' } : headers).end(text)
}
