import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AgentAct, AgentStep } from './realAgent.js'

/** A model on loopback that plays a script, in the protocol that the client speaks. */
export interface Protocol {
  /** undefined: nothing that uses a step; `reply` has answered it. */
  asked(request: IncomingMessage, body: string, reply: ServerResponse): { last: string } | undefined
  /** `turn`: 1, 2, 3, … */
  answer(reply: ServerResponse, turn: number, act: AgentAct): void
}

export interface Model {
  port: number
  /** One text for each request that used a step. */
  requests: string[]
  /** A step that threw: the test's own mistake, to be shown. */
  failures: unknown[]
  close(): Promise<void>
}

export async function startModel(protocol: Protocol, steps: readonly AgentStep[]): Promise<Model> {
  const requests: string[] = []
  const failures: unknown[] = []
  const answer = async (request: IncomingMessage, reply: ServerResponse) => {
    const seen = protocol.asked(request, await readBody(request), reply)
    if (seen === undefined) return
    const step = steps[requests.length]
    requests.push(seen.last)
    protocol.answer(reply, requests.length, step === undefined ? 'done' : await step(seen))
  }
  const server = createServer((request, reply) => {
    answer(request, reply).catch((error: unknown) => {
      failures.push(error)
      reply.destroy()
    })
  })
  const port = await listen(server)
  return { port, requests, failures, close: () => close(server) }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  return text
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('no port'))
      else resolve(address.port)
    })
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
