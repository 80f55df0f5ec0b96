import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { anything, folder, identifier } from '../fields.js'

/**
 * Gemini CLI's hook payloads, as far as they are read here. Neither calls nor turns nor subagents have an id: what a subagent does
 * looks like its session's own.
 */

export const Common = once(() =>
  z.object({
    hook_event_name: identifier,
    session_id: identifier,
    cwd: folder,
    /** When the client sent it, in milliseconds: the same in every telling of one event. */
    timestamp: z.nullish(z.string()),
  }),
)

export const ToolCall = once(() => z.object({ tool_name: z.string(), tool_input: anything }))
/** As the model wrote it: absolute, or relative to cwd. */
export const FilePath = once(() => z.object({ file_path: z.string() }))
export const ShellResponse = once(() => z.object({ tool_response: z.object({ llmContent: z.string() }) }))
export const FailedResponse = once(() => z.object({ tool_response: z.object({ error: z.object({}) }) }))
export const SessionStart = once(() => z.object({ source: z.string() }))
export const BeforeAgent = once(() => z.object({ prompt: z.string() }))
export const SessionEnd = once(() => z.object({ reason: z.string() }))
