import * as z from 'zod/mini'

/**
 * Claude Code's hook payloads, as far as they are read here. Fields that are not named are let through unseen: new ones come
 * with every version. What may be absent may also be null.
 */

const identifier = z.string().check(z.minLength(1), z.maxLength(200))
const folder = z.string().check(z.minLength(1))
const anything = z.optional(z.unknown())

export const Common = z.object({
  hook_event_name: identifier,
  session_id: identifier,
  cwd: folder,
  /** Inside a subagent only; session_id is its parent's then. */
  agent_id: z.nullish(identifier),
  agent_type: z.nullish(z.string()),
})

export const ToolCall = z.object({
  tool_name: z.string(),
  tool_use_id: z.nullish(identifier),
  /** The user turn. */
  prompt_id: z.nullish(identifier),
  tool_input: anything,
})

export const FilePath = z.object({ file_path: z.string() })
export const NotebookPath = z.object({ notebook_path: z.string() })
/** NotebookEdit answers an error as a response like any other. */
export const FailedResponse = z.object({ tool_response: z.object({ error: z.string().check(z.minLength(1)) }) })
export const SessionStart = z.object({ source: z.string() })
export const UserPromptSubmit = z.object({ prompt: z.string(), prompt_id: z.nullish(identifier) })
export const Subagent = z.object({ agent_id: identifier })
export const CwdChanged = z.object({ new_cwd: folder })
export const SessionEnd = z.object({ reason: z.string() })

/** What tells other programs' payloads: some of them run the hooks in .claude/settings.json too, in dialects of their own. */
export const Foreign = z.object({
  cursor_version: anything,
  hookEventName: anything,
  sessionId: anything,
  timestamp: anything,
  transcript_path: anything,
})
