import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { anything, folder, identifier } from '../fields.js'

/** Codex's hook payloads, as far as they are read here. They name their events as Claude Code does, and say the turn everywhere. */

export const Common = once(() =>
  z.object({
    hook_event_name: identifier,
    session_id: identifier,
    cwd: folder,
    /** Absent at the start and the end of a session. */
    turn_id: z.nullish(identifier),
    /** Inside a subagent only; session_id is its parent's then. */
    agent_id: z.nullish(identifier),
    agent_type: z.nullish(z.string()),
  }),
)

export const ToolCall = once(() =>
  z.object({
    tool_name: z.string(),
    tool_use_id: z.nullish(identifier),
    tool_input: anything,
    tool_response: anything,
  }),
)

export const PatchInput = once(() => z.object({ command: z.string() }))
export const SessionStart = once(() => z.object({ source: z.string() }))
export const UserPromptSubmit = once(() => z.object({ prompt: z.string() }))
export const Subagent = once(() => z.object({ agent_id: identifier }))
export const SessionEnd = once(() => z.object({ reason: z.string() }))
