/**
 * Payloads as the real client sent them (Claude Code 2.1.330, print mode, accepting edits), for `coord demo`: one repository, one
 * session, one subagent. What differs between the sessions of the demo is put in by `recorded`.
 */

type Payload = Record<string, unknown>

const everywhere = (event: string): Payload => ({
  session_id: 'b9407db5-8ba7-4f03-aa72-a60267ea6371',
  transcript_path: '/home/dev/.claude/projects/-home-dev-app/b9407db5-8ba7-4f03-aa72-a60267ea6371.jsonl',
  cwd: '/home/dev/app',
  hook_event_name: event,
})

const inTurn = (event: string): Payload => ({
  ...everywhere(event),
  prompt_id: '3e7b8e7b-f606-4b30-b729-bf28ec24ff82',
  permission_mode: 'acceptEdits',
})

const written: Payload = { file_path: '/home/dev/app/src/one.ts', content: 'export const one = 1;\n' }

const recordings = {
  'session-start': { ...everywhere('SessionStart'), source: 'startup' },
  prompt: { ...inTurn('UserPromptSubmit'), prompt: 'edit the files' },
  'before-edit': {
    ...inTurn('PreToolUse'),
    effort: { level: 'medium' },
    tool_name: 'Write',
    tool_input: written,
    tool_use_id: 'toolu_0110abcdefghjkmnpqrst',
  },
  'after-edit': {
    ...inTurn('PostToolUse'),
    effort: { level: 'medium' },
    tool_name: 'Write',
    tool_input: written,
    tool_response: {
      type: 'create',
      filePath: written['file_path'],
      content: written['content'],
      structuredPatch: [],
      originalFile: null,
      userModified: false,
    },
    tool_use_id: 'toolu_0110abcdefghjkmnpqrst',
    duration_ms: 21,
  },
  'subagent-start': { ...inTurn('SubagentStart') },
  'subagent-stop': {
    ...inTurn('SubagentStop'),
    effort: { level: 'medium' },
    stop_hook_active: false,
    last_assistant_message: 'sub done',
    background_tasks: [],
    session_crons: [],
  },
  stop: {
    ...inTurn('Stop'),
    effort: { level: 'medium' },
    stop_hook_active: false,
    last_assistant_message: 'all done',
    background_tasks: [],
    session_crons: [],
  },
  'session-end': { ...everywhere('SessionEnd'), reason: 'other' },
} satisfies Record<string, Payload>

export type RecordingName = keyof typeof recordings

export interface Adapted {
  session: string
  cwd: string
  /** Absolute path of the file that is written. */
  path?: string
  call?: string
  /** A new one for each turn. */
  turn?: string
  prompt?: string
  subagent?: { id: string; type: string }
}

/** The recorded payload with the names of this session in it, as the client would write it to the hook's standard input. */
export function recorded(name: RecordingName, { session, cwd, path, call, turn, prompt, subagent }: Adapted): string {
  const recording: Payload = recordings[name]
  const input = recording['tool_input']
  return JSON.stringify({
    ...recording,
    session_id: session,
    cwd,
    ...(turn !== undefined && 'prompt_id' in recording && { prompt_id: turn }),
    ...(prompt !== undefined && 'prompt' in recording && { prompt }),
    ...(call !== undefined && 'tool_use_id' in recording && { tool_use_id: call }),
    ...(path !== undefined && typeof input === 'object' && { tool_input: { ...input, file_path: path } }),
    ...(subagent !== undefined && { agent_id: subagent.id, agent_type: subagent.type }),
  })
}

/** The same client about to run a command line. */
export function shellCommand(cwd: string, command: string): string {
  const call = { tool_name: 'Bash', tool_input: { command }, tool_use_id: 'toolu_0111abcdefghjkmnpqrst' }
  return JSON.stringify({ ...inTurn('PreToolUse'), cwd, ...call })
}

/** What a hook's answer does to the call: the reason of a refusal, the added context, or nothing. */
export function readAnswer(stdout: string): { refused?: string; context?: string } {
  if (stdout.trim() === '') return {}
  const answer = JSON.parse(stdout) as { hookSpecificOutput?: Record<string, string> }
  const output = answer.hookSpecificOutput ?? {}
  const { permissionDecision, permissionDecisionReason, additionalContext } = output
  if (permissionDecision === 'deny') return { refused: permissionDecisionReason ?? '' }
  return additionalContext === undefined ? {} : { context: additionalContext }
}
