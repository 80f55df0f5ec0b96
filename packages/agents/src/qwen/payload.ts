import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { anything, folder, identifier } from '../fields.js'

/** Qwen Code's hook payloads, as far as they are read here. They name events and fields as Claude Code does, and tools in their own way. */

export const Common = once(() =>
  z.object({
    hook_event_name: identifier,
    session_id: identifier,
    cwd: folder,
    /** Inside a subagent only; session_id is its parent's then. */
    agent_id: z.nullish(identifier),
    agent_type: z.nullish(z.string()),
  }),
)

export const ToolCall = once(() =>
  z.object({
    tool_name: z.string(),
    /** Another one after the call than before the batch; only tool_call_id is the same everywhere. */
    tool_use_id: z.nullish(identifier),
    tool_call_id: z.nullish(identifier),
    prompt_id: z.nullish(identifier),
    tool_input: anything,
  }),
)

export const Batch = once(() => z.object({ tool_calls: z.array(z.object({ tool_call_id: z.nullish(identifier) })) }))
export const FilePath = once(() => z.object({ file_path: z.string() }))
export const NotebookPath = once(() => z.object({ notebook_path: z.string() }))
export const SessionStart = once(() => z.object({ source: z.string() }))
export const UserPromptSubmit = once(() =>
  z.object({ prompt: z.string(), submitted_prompt: z.nullish(z.string()), prompt_id: z.nullish(identifier) }),
)
export const Subagent = once(() => z.object({ agent_id: identifier }))
export const SessionEnd = once(() => z.object({ reason: z.string() }))
