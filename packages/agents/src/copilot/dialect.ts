/**
 * The client writes its payloads in two dialects, by how the hook's event is spelled in the configuration, and mixes them where an
 * event has no counterpart. Here they become one: snake_case, with the event's name.
 */
export function inOneDialect(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(payload)) fields[renamed[key] ?? key] = value
  const name = typeof fields['hook_event_name'] === 'string' ? fields['hook_event_name'] : eventOf(fields)
  return name === undefined ? fields : { ...fields, hook_event_name: name }
}

const renamed: Readonly<Record<string, string>> = {
  sessionId: 'session_id',
  toolName: 'tool_name',
  toolArgs: 'tool_input',
  toolInput: 'tool_input',
  toolResult: 'tool_result',
  agentId: 'agent_id',
  agentName: 'agent_name',
  agentType: 'agent_type',
  parentAgentId: 'parent_agent_id',
  stopReason: 'stop_reason',
}

/** Without a name, the fields tell. What stands first decides: later ones occur in earlier events too. */
function eventOf(fields: object): string | undefined {
  if ('hookName' in fields) return 'PermissionRequest'
  if ('agent_name' in fields) return 'stop_reason' in fields ? 'SubagentStop' : 'SubagentStart'
  if ('tool_name' in fields) {
    if ('tool_result' in fields) return 'PostToolUse'
    return 'error' in fields ? 'PostToolUseFailure' : 'PreToolUse'
  }
  if ('prompt' in fields) return 'UserPromptSubmit'
  if ('source' in fields) return 'SessionStart'
  if ('stop_reason' in fields) return 'Stop'
  if ('error' in fields) return 'ErrorOccurred'
  return 'reason' in fields ? 'SessionEnd' : undefined
}
