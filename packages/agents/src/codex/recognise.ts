import type * as z from 'zod/mini'
import type { Environment, Happening, Recognised, ShellCall } from '../contract.js'
import { patchedPaths, unreadablePatch } from '../patchCall.js'
import { type Protocol, type Reader, recogniseAs, senderFrom } from '../recognition.js'
import { shellCall } from '../shellCall.js'
import { otherEvents, patchTool, shellTool } from './names.js'
import { Common, PatchInput, SessionEnd, SessionStart, Subagent, ToolCall, UserPromptSubmit } from './payload.js'

type Frame = z.infer<ReturnType<typeof Common>>

const readers: ReadonlyMap<string, Reader<Frame>> = new Map<string, Reader<Frame>>([
  ['SessionStart', sessionStart],
  ['UserPromptSubmit', userPromptSubmit],
  ['PreToolUse', preToolUse],
  ['PostToolUse', postToolUse],
  // A patch that fails has no event of its own. When the model is asked again, nothing of that turn is in flight.
  ['PreModelRequest', (_payload, common) => ({ event: 'calls-over', ...turnOf(common) })],
  ['SubagentStart', (payload) => Subagent().parse(payload) && { event: 'subagent-start' }],
  ['SubagentStop', (payload) => Subagent().parse(payload) && { event: 'subagent-end' }],
  ['Stop', () => ({ event: 'turn-end' })],
  ['Interrupt', () => ({ event: 'turn-failed' })],
  ['SessionEnd', (payload) => ({ event: 'session-end', reason: SessionEnd().parse(payload).reason.toWellFormed() })],
])

const protocol: Protocol<Frame> = {
  commonOf: (payload) => Common().parse(payload),
  senderOf: (common) => senderFrom('codex', 'codex', common),
  readers,
  otherEvents,
}

/** What the client sends on standard input → what happened. */
export function recognise(payload: unknown, env: Environment): Recognised {
  return recogniseAs(protocol, payload, env)
}

function turnOf({ turn_id }: Frame): { turn?: string } {
  return turn_id ? { turn: turn_id.toWellFormed() } : {}
}

/** The same process goes on with another session. */
const replacing = ['clear', 'resume', 'fork']

function sessionStart(payload: unknown): Happening {
  const source = SessionStart().parse(payload).source.toWellFormed()
  return { event: 'session-start', source, replaces: replacing.includes(source) }
}

function userPromptSubmit(payload: unknown, common: Frame): Happening {
  return { event: 'prompt', prompt: UserPromptSubmit().parse(payload).prompt, ...turnOf(common) }
}

function preToolUse(payload: unknown, common: Frame): Happening {
  const shell = shellOf(payload, common)
  return shell === undefined ? edit('before-edit', payload, common) : { event: 'before-shell', ...shell }
}

function shellOf(payload: unknown, common: Frame): ShellCall | undefined {
  const { tool_name, tool_use_id, tool_input } = ToolCall().parse(payload)
  if (tool_name !== shellTool) return undefined
  const call = tool_use_id ? { call: tool_use_id.toWellFormed() } : {}
  return shellCall(tool_name, tool_input, { dialect: 'posix', ...call, ...turnOf(common) })
}

function edit(event: 'before-edit' | 'after-edit', payload: unknown, common: Frame): Happening {
  const { tool_name, tool_use_id, tool_input } = ToolCall().parse(payload)
  if (tool_name !== patchTool) return { event: 'other' }
  const { paths, problem } = patchedPaths(PatchInput().parse(tool_input).command)
  if (paths.length === 0) return unreadablePatch(tool_name, problem)
  return { event, tool: tool_name, paths, ...(tool_use_id && { call: tool_use_id.toWellFormed() }), ...turnOf(common) }
}

function postToolUse(payload: unknown, common: Frame): Happening {
  const shell = shellOf(payload, common)
  // How it ended the client does not say.
  if (shell !== undefined) return { event: 'after-shell', ...shell, failed: true }
  const { tool_name, tool_use_id, tool_response } = ToolCall().parse(payload)
  const isFailed = typeof tool_response === 'string' && /^Exit code: (?!0\b)/.test(tool_response)
  if (tool_name !== patchTool || !isFailed) return edit('after-edit', payload, common)
  return { event: 'call-failed', ...(tool_use_id && { call: tool_use_id.toWellFormed() }) }
}
