import type { Protocol } from './model.js'
import type { AgentAct } from './realAgent.js'

/** Gemini's own protocol, streamed or not. */
export const generate: Protocol = {
  asked(request, body, reply) {
    const json = { 'content-type': 'application/json' }
    const method = methodOf(request.url)
    if (method === 'countTokens') {
      reply.writeHead(200, json).end('{"totalTokens":10}')
      return undefined
    }
    if (method !== 'generateContent' && method !== 'streamGenerateContent') {
      reply.writeHead(404, json).end('{}')
      return undefined
    }
    const asked: { tools?: { functionDeclarations?: unknown[] }[]; contents?: unknown[] } = JSON.parse(body)
    // Routing and summaries are asked for without tools; they must not use up a step.
    if ((asked.tools ?? []).some(({ functionDeclarations = [] }) => functionDeclarations.length > 0)) {
      return { last: JSON.stringify(asked.contents ?? []) }
    }
    this.answer(reply, 0, 'ok')
    return undefined
  },
  answer(reply, turn, act) {
    const isStreamed = methodOf(reply.req.url) === 'streamGenerateContent'
    const body = JSON.stringify({
      candidates: [{ index: 0, content: { role: 'model', parts: [partOf(act)] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      modelVersion: 'scripted',
      responseId: `response_${turn}`,
    })
    reply.writeHead(200, { 'content-type': isStreamed ? 'text/event-stream' : 'application/json' })
    reply.end(isStreamed ? `data: ${body}\r\n\r\n` : body)
  },
}

function methodOf(url = ''): string | undefined {
  return /:(\w+)(?:\?|$)/.exec(url)?.[1]
}

function partOf(act: AgentAct): object {
  if (typeof act === 'string') return { text: act }
  return { functionCall: { name: 'write_file', args: { file_path: act.path, content: act.content } } }
}
