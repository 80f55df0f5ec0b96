import type { Protocol } from './model.js'
import type { AgentAct } from './realAgent.js'

export interface ChatCall {
  name: string
  input: object
}

/** OpenAI's chat protocol, streamed or not. `callFor`: the client's own tool that writes a new file. */
export function chat(callFor: (act: Exclude<AgentAct, string>) => ChatCall): Protocol {
  let isStreamed = true
  return {
    asked(request, body, reply) {
      const json = { 'content-type': 'application/json' }
      if (request.url?.endsWith('/models')) {
        reply.writeHead(200, json).end('{"object":"list","data":[{"id":"scripted","object":"model"}]}')
        return undefined
      }
      if (!request.url?.endsWith('/chat/completions')) {
        reply.writeHead(404, json).end('{}')
        return undefined
      }
      const asked: { tools?: unknown[]; messages?: unknown[]; stream?: boolean } = JSON.parse(body)
      isStreamed = asked.stream === true
      // Titles and summaries are asked for without tools; they must not use up a step.
      if ((asked.tools ?? []).length > 0) return { last: JSON.stringify(asked.messages ?? []) }
      this.answer(reply, 0, 'ok')
      return undefined
    },
    answer(reply, turn, act) {
      const frame = { id: `chatcmpl-${turn}`, created: 0, model: 'scripted' }
      const [message, finish_reason] = messageOf(turn, act, callFor)
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
      if (!isStreamed) {
        const choices = [{ index: 0, message, finish_reason }]
        reply.writeHead(200, { 'content-type': 'application/json' })
        reply.end(JSON.stringify({ ...frame, object: 'chat.completion', choices, usage }))
        return
      }
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      const send = (choices: object[], more = {}) =>
        reply.write(`data: ${JSON.stringify({ ...frame, object: 'chat.completion.chunk', choices, ...more })}\n\n`)
      send([{ index: 0, delta: message, finish_reason: null }])
      send([{ index: 0, delta: {}, finish_reason }])
      send([], { usage })
      reply.end('data: [DONE]\n\n')
    },
  }
}

function messageOf(
  turn: number,
  act: AgentAct,
  callFor: (act: Exclude<AgentAct, string>) => ChatCall,
): [message: object, finish: string] {
  if (typeof act === 'string') return [{ role: 'assistant', content: act }, 'stop']
  const { name, input } = callFor(act)
  const call = {
    index: 0,
    id: `call_${process.pid}_${turn}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }
  return [{ role: 'assistant', content: null, tool_calls: [call] }, 'tool_calls']
}
