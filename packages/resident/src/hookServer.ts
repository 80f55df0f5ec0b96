import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isCode } from '@coordlog/log/errors'
import { createBodyReader } from './body.js'
import { objectionTo } from './guard.js'
import { type HookPort, readHookPort } from './hookPort.js'
import type { Journal } from './journal.js'
import { listenOn } from './server.js'

/** Answers agents that post their hooks themselves, at the port that is set for it. Follows the setting. */
export interface HookServer {
  /** Begins, moves or ends as the setting says. A port that is taken is tried again at each look. */
  follow(): Promise<void>
  /** 0: nowhere. */
  port(): number
  close(): void
}

/** `headers`: what the agent sent beside the payload. The answer: what a hook process would print. */
export type AnswerHook = (agent: string, payload: Uint8Array, headers: IncomingMessage['headers']) => Promise<string>

export interface HookDesk {
  answer: AnswerHook
  journal: Journal
  /** Something that was not foreseen. Its request has been answered with 500. */
  onFault(error: unknown): void
}

/** How long a request may take to arrive, and an answer to be taken. */
const receiveMs = 5_000
const lookMs = 1_000
const connectionsMax = 256
/** Between two hooks of one session. */
const keepAliveMs = 60_000

export function createHookServer(directory: string, desk: HookDesk): HookServer {
  let open: { setting: HookPort; server: Server } | undefined
  let taken = 0
  const close = () => {
    open?.server.close()
    open?.server.closeIdleConnections()
    open = undefined
  }
  const follow = async () => {
    const setting = readHookPort(directory)
    if (setting?.port === open?.setting.port && setting?.token === open?.setting.token) return
    close()
    if (setting === undefined) return
    try {
      open = { setting, server: await serveHooks(setting, desk) }
      taken = 0
      desk.journal(`hooks are answered on 127.0.0.1:${setting.port}`)
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE', 'EACCES')) throw error
      if (taken !== setting.port) desk.journal(`port ${setting.port} is taken: hooks over http do not arrive`)
      taken = setting.port
    }
  }
  return { follow, port: () => open?.setting.port ?? 0, close }
}

async function serveHooks(setting: HookPort, desk: HookDesk): Promise<Server> {
  const bodies = createBodyReader()
  const server = createServer({ connectionsCheckingInterval: lookMs, noDelay: true }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      desk.onFault(error)
      if (response.headersSent) response.destroy()
      else say(response, 500, 'a fault of coordlog\n')
    })
  })
  server.maxConnections = connectionsMax
  server.requestTimeout = receiveMs
  server.headersTimeout = receiveMs
  server.keepAliveTimeout = keepAliveMs
  await listenOn(server, setting.port)
  return server

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const objection = objectionTo(request, setting.port, setting.token)
    if (objection !== undefined) return say(response, objection.status, `${objection.said}\n`)
    const agent = /^\/hook\/([\w-]+)$/.exec(request.url ?? '')?.[1]
    if (agent === undefined || request.method !== 'POST') return say(response, 404, 'POST /hook/AGENT, please\n')
    const body = await bodies.read(request)
    try {
      if (body.kind === 'refused') say(response, body.status, `${body.said}\n`)
      if (body.kind !== 'whole') return
      const text = await desk.answer(agent, body.bytes, request.headers)
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, headers).end(text)
    } finally {
      bodies.free(body)
    }
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  const headers = { connection: 'close', 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, headers).end(text)
}
