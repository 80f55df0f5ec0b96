import type * as z from 'zod/mini'
import type { EditCall, Environment, Happening, Recognised, Sender, ShellCall } from '../contract.js'
import { callOfPaths } from '../fields.js'
import { patchedPaths, unreadablePatch } from '../patchCall.js'
import { type Protocol, type Reader, recogniseAs } from '../recognition.js'
import { namedByCommand, shellCall } from '../shellCall.js'
import { inOneDialect } from './dialect.js'
import { otherEvents, shellTools, writingTools } from './names.js'
import { Common, PathInput, SessionEnd, SessionStart, Subagent, ToolCall, UserPromptSubmit } from './payload.js'

type Frame = z.infer<ReturnType<typeof Common>>

/** A subagent is a session of its own; its start and its stop are told by the session that started it. */
function senderOf(common: Frame, env: Environment): Sender {
  const { session_id, agent_id, agent_type, parent_agent_id, cwd, hook_event_name } = common
  const startFolder = env['CLAUDE_PROJECT_DIR']
  const parent = parent_agent_id ?? (agent_id && agent_id !== session_id ? session_id : undefined)
  return {
    host: 'copilot',
    idPrefix: 'copilot',
    session: (agent_id ?? session_id).toWellFormed(),
    ...(agent_id && parent && { parentSession: parent.toWellFormed() }),
    ...(agent_id && agent_type && { agentType: agent_type.toWellFormed() }),
    cwd: cwd.toWellFormed(),
    ...(startFolder && { startFolder }),
    name: hook_event_name,
  }
}

const readers: ReadonlyMap<string, Reader<Frame>> = new Map<string, Reader<Frame>>([
  ['SessionStart', sessionStart],
  ['UserPromptSubmit', userPromptSubmit],
  ['PreToolUse', preToolUse],
  ['PostToolUse', postToolUse],
  ['PostToolUseFailure', unmade],
  ['SubagentStart', (payload) => Subagent().parse(payload) && { event: 'subagent-start' }],
  ['SubagentStop', (payload) => Subagent().parse(payload) && { event: 'subagent-end' }],
  ['Stop', () => ({ event: 'turn-end' })],
  ['SessionEnd', sessionEnd],
])

const protocol: Protocol<Frame> = {
  commonOf: (payload) => Common().parse(payload),
  senderOf,
  readers,
  otherEvents,
}

/** What the client sends on standard input → what happened. */
export function recognise(payload: unknown, env: Environment): Recognised {
  return recogniseAs(protocol, inOneDialect(payload), env)
}

function sessionStart(payload: unknown): Happening {
  const source = SessionStart().parse(payload).source.toWellFormed()
  return { event: 'session-start', source, replaces: source === 'resume' }
}

/** Turns have no id. The time of the prompt tells one from the next, and is the same when it is told twice. */
function userPromptSubmit(payload: unknown, common: Frame): Happening {
  return { event: 'prompt', prompt: UserPromptSubmit().parse(payload).prompt, turn: momentOf(common) }
}

/** With a prompt on the command line it comes after each turn, and the session goes on when a subagent comes back. */
function sessionEnd(payload: unknown): Happening {
  return { event: 'session-end', reason: SessionEnd().parse(payload).reason.toWellFormed(), mayGoOn: true }
}

function preToolUse(payload: unknown, common: Frame): Happening {
  const shell = shellOf(payload, common)
  return shell === undefined ? edit('before-edit', payload, common) : { event: 'before-shell', ...shell }
}

function postToolUse(payload: unknown, common: Frame): Happening {
  const shell = shellOf(payload, common)
  if (shell === undefined) return edit('after-edit', payload, common)
  // The exit code stands in what the model reads, however the dialect calls that.
  return { event: 'after-shell', ...shell, failed: !/exit code 0\b/.test(JSON.stringify(payload)) }
}

function shellOf(payload: unknown, common: Frame): ShellCall | undefined {
  const { tool_name, tool_input } = ToolCall().parse(payload)
  const dialect = shellTools.get(tool_name)
  if (dialect === undefined) return undefined
  const ids = namedByCommand(tool_input, common.hook_event_name, momentOf(common))
  return shellCall(tool_name, tool_input, { dialect, ...ids })
}

function edit(event: 'before-edit' | 'after-edit', payload: unknown, common: Frame): Happening {
  const { tool_name, tool_input } = ToolCall().parse(payload)
  if (!writingTools.has(tool_name)) return { event: 'other' }
  const { paths, problem } = writtenPaths(tool_input)
  if (paths.length === 0) return problem === undefined ? { event: 'other' } : unreadablePatch(tool_name, problem)
  return { event, ...editCall(tool_name, paths, common) }
}

/** The client asks before it looks at the input: a call without a path is refused by itself. */
function writtenPaths(input: unknown): { paths: string[]; problem?: string } {
  if (typeof input === 'string') return patchedPaths(input)
  const named = PathInput().safeParse(input)
  return { paths: named.success ? [named.data.path] : [] }
}

function editCall(tool: string, paths: string[], common: Frame): EditCall {
  const call = callOfPaths(paths)
  return { tool, paths, call, request: `${common.hook_event_name} ${momentOf(common)} ${call}` }
}

/** ISO 8601, however the dialect writes it. */
function momentOf({ timestamp }: Frame): string {
  const at = new Date(timestamp)
  return Number.isNaN(at.getTime()) ? String(timestamp).toWellFormed() : at.toISOString()
}

function unmade(payload: unknown, common: Frame): Happening {
  const shell = shellOf(payload, common)
  if (shell !== undefined) return { event: 'after-shell', ...shell, failed: true }
  const { tool_name, tool_input } = ToolCall().parse(payload)
  if (!writingTools.has(tool_name)) return { event: 'other' }
  const { paths } = writtenPaths(tool_input)
  return paths.length === 0 ? { event: 'other' } : { event: 'call-failed', call: callOfPaths(paths) }
}
