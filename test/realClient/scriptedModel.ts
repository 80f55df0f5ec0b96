import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/**
 * A model on loopback that plays a script, so that the real client runs without a network and does exactly what a test needs.
 * It speaks the streamed form of the messages API: one step of the script for each request that offers tools.
 */

export interface ToolCall {
  name: string
  input: Record<string, unknown>
}

/** What the model does next: tool calls, or a text that ends the turn. A step may wait for something before it answers. */
export type Step = (seen: Seen) => Promise<ToolCall[] | string> | ToolCall[] | string

/** What the client told the model. */
export interface Seen {
  /** Everything in the last request, as text: tool results, refusals and added context stand in it. */
  last: string
}

export interface ScriptedModel {
  port: number
  /** One text for each request that used a step. */
  requests: string[]
  /** A step that threw: the test's own mistake, to be shown. */
  failures: unknown[]
  close(): Promise<void>
}

export async function startScriptedModel(steps: readonly Step[]): Promise<ScriptedModel> {
  const requests: string[] = []
  const failures: unknown[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request)
    if (request.method !== 'POST' || !request.url?.startsWith('/v1/messages')) return response.writeHead(404).end('{}')
    if (request.url.includes('count_tokens')) {
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":10}')
    }
    const message = JSON.parse(body) as { tools?: unknown[]; messages?: unknown[] }
    // Titles and summaries are asked for without tools; they must not use up a step.
    if ((message.tools ?? []).length === 0) return stream(response, requests.length, 'ok')
    const step = steps[requests.length]
    const last = JSON.stringify(message.messages ?? [])
    requests.push(last)
    return stream(response, requests.length, step === undefined ? 'done' : await step({ last }))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      failures.push(error)
      response.destroy()
    })
  })
  const port = await listen(server)
  return { port, requests, failures, close: () => close(server) }
}

function stream(response: ServerResponse, turn: number, content: ToolCall[] | string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (type: string, fields: Record<string, unknown>) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
  const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
  const message = { id: `msg_${turn}`, type: 'message', role: 'assistant', model: 'scripted', content: [] }
  send('message_start', { message: { ...message, stop_reason: null, stop_sequence: null, usage } })
  const blocks = typeof content === 'string' ? [{ text: content }] : content
  for (const [index, block] of blocks.entries()) {
    const isText = 'text' in block
    const id = `toolu_scripted_${turn}_${index}`
    const content_block = isText ? { type: 'text', text: '' } : { type: 'tool_use', id, name: block.name, input: {} }
    const delta = isText
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
    send('content_block_start', { index, content_block })
    send('content_block_delta', { index, delta })
    send('content_block_stop', { index })
  }
  const stop_reason = typeof content === 'string' ? 'end_turn' : 'tool_use'
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } })
  send('message_stop', {})
  response.end()
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
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
