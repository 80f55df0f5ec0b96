import type * as z from 'zod/mini'
import type { Environment, Happening, Recognised, Sender, ShellCall } from '../contract.js'
import { checked, unrecognised } from '../fields.js'
import { patchedPaths, unreadablePatch } from '../patchCall.js'
import { shellCall } from '../shellCall.js'
import { otherEvents, patchTool, shellTool } from './names.js'
import { Common, PatchInput, SessionEnd, SessionStart, Subagent, ToolCall, UserPromptSubmit } from './payload.js'

type Frame = z.infer<ReturnType<typeof Common>>

/** What the client sends on standard input → what happened. Never throws: what cannot be read is said. */
export function recognise(payload: unknown, _env: Environment): Recognised {
  let name = 'payload'
  return checked(
    () => name,
    () => {
      const common = Common().parse(payload)
      name = common.hook_event_name
      const read = readers.get(name)
      if (read === undefined && !otherEvents.has(name)) return unrecognised(`unknown event ${name}`)
      const happening = read === undefined ? { event: 'other' as const } : read(payload, common)
      return { kind: 'event', event: { ...senderOf(common), ...happening } }
    },
  )
}

function senderOf({ session_id, agent_id, agent_type, cwd, hook_event_name }: Frame): Sender {
  return {
    host: 'codex',
    idPrefix: 'codex',
    session: session_id.toWellFormed(),
    ...(agent_id && { agent: agent_id.toWellFormed() }),
    ...(agent_type && { agentType: agent_type.toWellFormed() }),
    cwd: cwd.toWellFormed(),
    name: hook_event_name,
  }
}

type Reader = (payload: unknown, common: Frame) => Happening

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
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
