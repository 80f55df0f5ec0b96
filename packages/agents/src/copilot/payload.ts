import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { anything, folder, identifier } from '../fields.js'

/** Copilot's hook payloads in the form that dialect.ts makes of all of them, as far as they are read here. */

export const Common = once(() =>
  z.object({
    hook_event_name: identifier,
    session_id: identifier,
    cwd: folder,
    /** Of the event: milliseconds or ISO 8601. Both firings of one event have the same. */
    timestamp: z.union([z.number(), z.string()]),
    /** In a subagent; session_id is the same then, but for its start and its stop, which its parent tells. */
    agent_id: z.nullish(identifier),
    agent_type: z.nullish(z.string()),
    parent_agent_id: z.nullish(identifier),
  }),
)

export const ToolCall = once(() => z.object({ tool_name: z.string(), tool_input: anything }))
export const PathInput = once(() => z.object({ path: z.string() }))
export const SessionStart = once(() => z.object({ source: z.string() }))
export const UserPromptSubmit = once(() => z.object({ prompt: z.string() }))
export const Subagent = once(() => z.object({ agent_id: identifier }))
export const SessionEnd = once(() => z.object({ reason: z.string() }))
