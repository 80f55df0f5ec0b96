import type * as z from 'zod/mini'
import type { EditCall, Environment, Happening, Recognised, Sender, ShellCall } from '../contract.js'
import { type Protocol, type Reader, recogniseAs, senderFrom } from '../recognition.js'
import { shellCall } from '../shellCall.js'
import { otherEvents, readingTools, shellTools, writingTools } from './names.js'
import {
  Common,
  CwdChanged,
  FailedResponse,
  FilePath,
  NotebookPath,
  SessionEnd,
  SessionStart,
  ShellResponse,
  Subagent,
  ToolCall,
  UserPromptSubmit,
} from './payload.js'
import { readsIn } from './reads.js'

export const host = 'claude-code'

type Frame = z.infer<ReturnType<typeof Common>>

/** Some other programs run the hooks of .claude/settings.json too, in dialects of their own. */
function foreignHost(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  if ('cursor_version' in payload) return 'Cursor'
  if ('sessionId' in payload) return 'hookEventName' in payload ? 'VS Code' : 'copilot'
  return 'timestamp' in payload && (!('transcript_path' in payload) || 'stop_reason' in payload) ? 'copilot' : undefined
}

function senderOf(common: Frame, env: Environment, payload: unknown): Sender {
  const startFolder = env['CLAUDE_PROJECT_DIR']
  const processId = env['CLAUDE_PID']
  return {
    ...senderFrom(host, 'claude', common),
    ...(common.hook_event_name === 'CwdChanged' && { cwd: CwdChanged().parse(payload).new_cwd.toWellFormed() }),
    ...(startFolder && { startFolder }),
    shellKnowsInstance: true,
    ...(processId !== undefined && /^[1-9]\d{0,9}$/.test(processId) && { processId: Number(processId) }),
    tellsReads: true,
  }
}

const readers: ReadonlyMap<string, Reader<Frame>> = new Map<string, Reader<Frame>>([
  ['SessionStart', sessionStart],
  ['UserPromptSubmit', userPromptSubmit],
  ['PreToolUse', preToolUse],
  ['PostToolUse', postToolUse],
  ['PostToolUseFailure', postToolUseFailure],
  ['PermissionDenied', (payload) => unmade('call-denied', payload)],
  ['PostToolBatch', (payload) => ({ event: 'calls-over', reads: readsIn(payload) })],
  ['SubagentStart', (payload) => Subagent().parse(payload) && { event: 'subagent-start' }],
  ['SubagentStop', (payload) => Subagent().parse(payload) && { event: 'subagent-end' }],
  ['Stop', () => ({ event: 'turn-end' })],
  ['StopFailure', () => ({ event: 'turn-failed' })],
  ['CwdChanged', () => ({ event: 'moved' })],
  ['SessionEnd', (payload) => ({ event: 'session-end', reason: SessionEnd().parse(payload).reason.toWellFormed() })],
])

const protocol: Protocol<Frame> = {
  commonOf: (payload) => Common().parse(payload),
  senderOf,
  readers,
  otherEvents,
}

/** What the client sends on standard input → what happened. */
export function recognise(payload: unknown, env: Environment): Recognised {
  const other = foreignHost(payload)
  return other === undefined ? recogniseAs(protocol, payload, env) : { kind: 'foreign', host: other }
}

/** After /clear, /resume and /branch the same process goes on with another session. */
const replacing = ['clear', 'resume', 'fork']

function sessionStart(payload: unknown, _common: Frame, env: Environment): Happening {
  const source = SessionStart().parse(payload).source.toWellFormed()
  const environmentFile = env['CLAUDE_ENV_FILE']
  const replaces = replacing.includes(source)
  return { event: 'session-start', source, replaces, ...(environmentFile && { environmentFile }) }
}

function userPromptSubmit(payload: unknown): Happening {
  const { prompt, prompt_id } = UserPromptSubmit().parse(payload)
  return { event: 'prompt', prompt, ...(prompt_id && { turn: prompt_id.toWellFormed() }) }
}

function preToolUse(payload: unknown): Happening {
  const shell = shellOf(payload)
  return shell === undefined ? edit('before-edit', payload) : { event: 'before-shell', ...shell }
}

function shellOf(payload: unknown): ShellCall | undefined {
  const { tool_name, tool_use_id, prompt_id, tool_input } = ToolCall().parse(payload)
  const dialect = shellTools.get(tool_name)
  if (dialect === undefined) return undefined
  return shellCall(tool_name, tool_input, {
    dialect,
    ...(tool_use_id && { call: tool_use_id.toWellFormed() }),
    ...(prompt_id && { turn: prompt_id.toWellFormed() }),
  })
}

/** A response of another form than we know says nothing; that the call came back is enough. */
function afterShell(shell: ShellCall, payload: unknown): Happening {
  const response = ShellResponse().safeParse(payload)
  const { interrupted, backgroundTaskId, bashEditDiff } = response.success ? response.data.tool_response : {}
  const changed = bashEditDiff?.changedFiles
  return {
    event: 'after-shell',
    ...shell,
    failed: interrupted === true,
    ...(backgroundTaskId && { background: true }),
    ...(changed && { changed: changed.map((path) => path.toWellFormed()) }),
  }
}

function edit(event: 'before-edit' | 'after-edit', payload: unknown): Happening {
  const call = ToolCall().parse(payload)
  const pathOf = writingTools.get(call.tool_name)
  return pathOf === undefined ? otherTool(call) : { event, ...editCall(call, pathOf(call.tool_input)) }
}

function editCall({ tool_name, tool_use_id, prompt_id }: z.infer<ReturnType<typeof ToolCall>>, path: string): EditCall {
  return {
    tool: tool_name,
    paths: [path],
    ...(tool_use_id && { call: tool_use_id.toWellFormed() }),
    ...(prompt_id && { turn: prompt_id.toWellFormed() }),
  }
}

/** A tool that we do not know and that names a file may write it: somebody should hear of that. */
function otherTool({ tool_name, tool_input }: z.infer<ReturnType<typeof ToolCall>>): Happening {
  const namesFile = FilePath().safeParse(tool_input).success || NotebookPath().safeParse(tool_input).success
  if (!namesFile || readingTools.has(tool_name)) return { event: 'other' }
  return { event: 'other', note: `the unknown tool ${tool_name} names a file; if it writes it, no lease guards that` }
}

function postToolUse(payload: unknown): Happening {
  const shell = shellOf(payload)
  if (shell !== undefined) return afterShell(shell, payload)
  const happening = edit('after-edit', payload)
  const failed = happening.event === 'after-edit' && FailedResponse().safeParse(payload).success
  return failed ? unmade('call-failed', payload) : happening
}

/** Exit code other than 0: what it wrote until then is written. */
function postToolUseFailure(payload: unknown): Happening {
  const shell = shellOf(payload)
  return shell === undefined ? unmade('call-failed', payload) : { event: 'after-shell', ...shell, failed: true }
}

function unmade(event: 'call-failed' | 'call-denied', payload: unknown): Happening {
  const call = ToolCall().parse(payload)
  if (!writingTools.has(call.tool_name) && !shellTools.has(call.tool_name)) return { event: 'other' }
  return { event, ...(call.tool_use_id && { call: call.tool_use_id.toWellFormed() }) }
}
