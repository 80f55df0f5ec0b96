import type * as z from 'zod/mini'
import type { EditCall, Environment, Happening, Recognised, ShellCall } from '../contract.js'
import { callOfPaths } from '../fields.js'
import { type Protocol, type Reader, recogniseAs, senderFrom } from '../recognition.js'
import { namedByCommand, shellCall } from '../shellCall.js'
import { otherEvents, shellTool, writingTools } from './names.js'
import {
  BeforeAgent,
  Common,
  FailedResponse,
  FilePath,
  SessionEnd,
  SessionStart,
  ShellResponse,
  ToolCall,
} from './payload.js'

type Envelope = z.infer<ReturnType<typeof Common>>

const readers: ReadonlyMap<string, Reader<Envelope>> = new Map<string, Reader<Envelope>>([
  ['SessionStart', sessionStart],
  ['BeforeAgent', beforeAgent],
  ['BeforeTool', beforeTool],
  ['AfterTool', afterTool],
  ['AfterAgent', () => ({ event: 'turn-end' })],
  ['SessionEnd', (payload) => ({ event: 'session-end', reason: SessionEnd().parse(payload).reason.toWellFormed() })],
])

const protocol: Protocol<Envelope> = {
  commonOf: (payload) => Common().parse(payload),
  senderOf: (common) => senderFrom('gemini', 'gemini', common),
  readers,
  otherEvents,
}

/** What the client sends on standard input → what happened. */
export function recognise(payload: unknown, env: Environment): Recognised {
  return recogniseAs(protocol, payload, env)
}

/** The same process goes on with another session. */
const replacing = ['clear', 'resume']

function sessionStart(payload: unknown): Happening {
  const source = SessionStart().parse(payload).source.toWellFormed()
  return { event: 'session-start', source, replaces: replacing.includes(source) }
}

/** Turns have no id. The time of the prompt tells one from the next, and is the same when it is told twice. */
function beforeAgent(payload: unknown, { timestamp }: Envelope): Happening {
  return { event: 'prompt', prompt: BeforeAgent().parse(payload).prompt, ...(timestamp && { turn: moment(timestamp) }) }
}

function moment(timestamp: string): string {
  return timestamp.slice(0, 40).toWellFormed()
}

function beforeTool(payload: unknown, common: Envelope): Happening {
  const shell = shellOf(payload, common)
  return shell === undefined ? edit('before-edit', payload, common) : { event: 'before-shell', ...shell }
}

function shellOf(payload: unknown, { timestamp, hook_event_name }: Envelope): ShellCall | undefined {
  const { tool_name, tool_input } = ToolCall().parse(payload)
  if (tool_name !== shellTool) return undefined
  const ids = namedByCommand(tool_input, hook_event_name, moment(timestamp ?? ''))
  return shellCall(tool_name, tool_input, { dialect: 'posix', ...ids })
}

/** Its exit code stands in what the model reads, when it is another than 0. */
function isFailedShell(payload: unknown): boolean {
  const response = ShellResponse().safeParse(payload)
  return !response.success || /\nExit Code: (?!0\n)/.test(response.data.tool_response.llmContent)
}

function edit(event: 'before-edit' | 'after-edit', payload: unknown, common: Envelope): Happening {
  const call = editCall(payload, common)
  return call === undefined ? { event: 'other' } : { event, ...call }
}

/** undefined: this tool writes no file that it names. */
function editCall(payload: unknown, { timestamp }: Envelope): EditCall | undefined {
  const { tool_name, tool_input } = ToolCall().parse(payload)
  if (!writingTools.has(tool_name)) return undefined
  const paths = [FilePath().parse(tool_input).file_path]
  const call = callOfPaths(paths)
  return { tool: tool_name, paths, call, ...(timestamp && { request: `${moment(timestamp)} ${call}` }) }
}

function afterTool(payload: unknown, common: Envelope): Happening {
  const shell = shellOf(payload, common)
  if (shell !== undefined) return { event: 'after-shell', ...shell, failed: isFailedShell(payload) }
  const call = editCall(payload, common)
  if (call === undefined) return { event: 'other' }
  if (!FailedResponse().safeParse(payload).success) return { event: 'after-edit', ...call }
  return { event: 'call-failed', ...(call.call !== undefined && { call: call.call }) }
}
