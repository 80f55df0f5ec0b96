import type * as z from 'zod/mini'
import type { EditCall, Environment, Happening, Recognised, ShellCall } from '../contract.js'
import { type Protocol, type Reader, recogniseAs, senderFrom } from '../recognition.js'
import { shellCall } from '../shellCall.js'
import { otherEvents, shellTool, writingTools } from './names.js'
import { Batch, Common, SessionEnd, SessionStart, Subagent, ToolCall, UserPromptSubmit } from './payload.js'

type Envelope = z.infer<ReturnType<typeof Common>>
type Call = z.infer<ReturnType<typeof ToolCall>>

const readers: ReadonlyMap<string, Reader<Envelope>> = new Map<string, Reader<Envelope>>([
  ['SessionStart', sessionStart],
  ['UserPromptSubmit', userPromptSubmit],
  ['PreToolUse', preToolUse],
  ['PostToolUse', (payload) => afterTool(payload, false) ?? edit('after-edit', payload)],
  ['PostToolUseFailure', (payload) => afterTool(payload, true) ?? unmade('call-failed', payload)],
  ['PermissionDenied', (payload) => unmade('call-denied', payload)],
  ['PostToolBatch', batch],
  ['SubagentStart', (payload) => Subagent().parse(payload) && { event: 'subagent-start' }],
  ['SubagentStop', (payload) => Subagent().parse(payload) && { event: 'subagent-end' }],
  ['Stop', () => ({ event: 'turn-end' })],
  ['StopFailure', () => ({ event: 'turn-failed' })],
  ['SessionEnd', (payload) => ({ event: 'session-end', reason: SessionEnd().parse(payload).reason.toWellFormed() })],
])

const protocol: Protocol<Envelope> = {
  commonOf: (payload) => Common().parse(payload),
  senderOf: (common) => senderFrom('qwen', 'qwen', common),
  readers,
  otherEvents,
}

/** What the client sends on standard input → what happened. */
export function recognise(payload: unknown, env: Environment): Recognised {
  return recogniseAs(protocol, payload, env)
}

/** The same process goes on with another session. */
const replacing = ['clear', 'resume', 'branch', 'fork']

function sessionStart(payload: unknown): Happening {
  const source = SessionStart().parse(payload).source.toWellFormed()
  return { event: 'session-start', source, replaces: replacing.includes(source) }
}

/** It comes again after each tool result, with nothing in it: then nobody has submitted anything, and the turn goes on. */
function userPromptSubmit(payload: unknown): Happening {
  const { prompt, submitted_prompt, prompt_id } = UserPromptSubmit().parse(payload)
  if (prompt === '' && !submitted_prompt) return { event: 'other' }
  return { event: 'prompt', prompt: submitted_prompt || prompt, ...(prompt_id && { turn: prompt_id.toWellFormed() }) }
}

function callOf({ tool_call_id, tool_use_id }: Pick<Call, 'tool_call_id' | 'tool_use_id'>): { call?: string } {
  const call = tool_call_id || tool_use_id
  return call ? { call: call.toWellFormed() } : {}
}

function preToolUse(payload: unknown): Happening {
  const shell = shellOf(payload)
  return shell === undefined ? edit('before-edit', payload) : { event: 'before-shell', ...shell }
}

/** undefined: it was no shell. */
function afterTool(payload: unknown, failed: boolean): Happening | undefined {
  const shell = shellOf(payload)
  return shell && { event: 'after-shell', ...shell, failed }
}

function shellOf(payload: unknown): ShellCall | undefined {
  const call = ToolCall().parse(payload)
  const { tool_name, tool_input, prompt_id } = call
  if (tool_name !== shellTool) return undefined
  const turn = prompt_id ? { turn: prompt_id.toWellFormed() } : {}
  return shellCall(tool_name, tool_input, { dialect: 'posix', ...callOf(call), ...turn })
}

function edit(event: 'before-edit' | 'after-edit', payload: unknown): Happening {
  const call = ToolCall().parse(payload)
  const pathOf = writingTools.get(call.tool_name)
  return pathOf === undefined ? { event: 'other' } : { event, ...editCall(call, pathOf(call.tool_input)) }
}

function editCall(call: Call, path: string): EditCall {
  const { tool_name, prompt_id } = call
  return { tool: tool_name, paths: [path], ...callOf(call), ...(prompt_id && { turn: prompt_id.toWellFormed() }) }
}

function unmade(event: 'call-failed' | 'call-denied', payload: unknown): Happening {
  const call = ToolCall().parse(payload)
  const isOurs = writingTools.has(call.tool_name) || call.tool_name === shellTool
  return isOurs ? { event, ...callOf(call) } : { event: 'other' }
}

/** Each call has a batch of its own, while others of the same session are in flight: only those that it lists are over. */
function batch(payload: unknown): Happening {
  const calls = Batch()
    .parse(payload)
    .tool_calls.flatMap(({ tool_call_id }) => (tool_call_id ? [tool_call_id.toWellFormed()] : []))
  return { event: 'calls-over', calls }
}
