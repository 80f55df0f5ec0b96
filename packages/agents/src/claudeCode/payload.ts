import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { anything, folder, identifier } from '../fields.js'

/**
 * Claude Code's hook payloads, as far as they are read here. Fields that are not named are let through unseen: new ones come
 * with every version.
 */

// A schema takes its time to build, and one event needs three of them.

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
    tool_use_id: z.nullish(identifier),
    /** The user turn. */
    prompt_id: z.nullish(identifier),
    tool_input: anything,
  }),
)

export const FilePath = once(() => z.object({ file_path: z.string() }))
export const NotebookPath = once(() => z.object({ notebook_path: z.string() }))
/** The client's own report of what a command changed comes only with some of its settings. */
export const ShellResponse = once(() =>
  z.object({
    tool_response: z.object({
      interrupted: z.nullish(z.boolean()),
      backgroundTaskId: z.nullish(z.string()),
      bashEditDiff: z.nullish(z.object({ changedFiles: z.nullish(z.array(z.string())) })),
    }),
  }),
)
/** NotebookEdit answers an error as a response like any other. */
export const FailedResponse = once(() =>
  z.object({ tool_response: z.object({ error: z.string().check(z.minLength(1)) }) }),
)
/** All calls of one step. `tool_response`: what the model sees. */
export const Batch = once(() =>
  z.object({ tool_calls: z.array(z.object({ tool_name: z.string(), tool_input: anything, tool_response: anything })) }),
)
export const Range = once(() => z.object({ offset: z.nullish(z.number()), limit: z.nullish(z.number()) }))
export const SessionStart = once(() => z.object({ source: z.string() }))
export const UserPromptSubmit = once(() => z.object({ prompt: z.string(), prompt_id: z.nullish(identifier) }))
export const Subagent = once(() => z.object({ agent_id: identifier }))
export const CwdChanged = once(() => z.object({ new_cwd: folder }))
export const SessionEnd = once(() => z.object({ reason: z.string() }))
