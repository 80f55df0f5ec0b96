import type { ServerResponse } from 'node:http'
import type { Protocol } from './model.js'
import type { AgentAct } from './realAgent.js'

/** The streamed form of OpenAI's responses protocol. A file is written by a patch, which is a tool that takes plain text. */
export const responses: Protocol = {
  asked(request, body, reply) {
    if (request.method !== 'POST' || !request.url?.split('?')[0]?.endsWith('/responses')) {
      reply.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not here"}}')
      return undefined
    }
    const { input = [] }: { input?: unknown[] } = JSON.parse(body)
    return { last: JSON.stringify(input) }
  },
  answer(reply, turn, act) {
    const id = `resp_${turn}`
    const item = itemOf(turn, act)
    const send = sender(reply)
    const frame = { id, object: 'response' }
    send('response.created', { response: { ...frame, status: 'in_progress', output: [] } })
    send('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress' } })
    send('response.output_item.done', { output_index: 0, item: { ...item, status: 'completed' } })
    send('response.completed', { response: { ...frame, status: 'completed', output: [item], usage } })
    reply.end()
  },
}

const usage = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
}

function itemOf(turn: number, act: AgentAct): object {
  if (typeof act === 'string') {
    const content = [{ type: 'output_text', text: act, annotations: [] }]
    return { type: 'message', id: `msg_${turn}`, role: 'assistant', content }
  }
  const call_id = `call_${process.pid}_${turn}`
  return { type: 'custom_tool_call', id: `ctc_${call_id}`, call_id, name: 'apply_patch', input: patchFor(act) }
}

function patchFor({ path, content }: Exclude<AgentAct, string>): string {
  const lines = content.replace(/\n$/, '').split('\n')
  return ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch'].join('\n')
}

function sender(reply: ServerResponse): (type: string, fields: object) => void {
  reply.writeHead(200, { 'content-type': 'text/event-stream' })
  return (type, fields) => void reply.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
}
