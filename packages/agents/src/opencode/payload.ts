import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import { folder, identifier } from '../fields.js'

/**
 * What our plugin in opencode sends: the name of opencode's hook with what the hook was given, as far as it is read here, and where.
 * A bus event comes as the hook "event". The same fields have the same names as there.
 */

export const Common = once(() =>
  z.object({
    hook: identifier,
    /** The folder that this part of opencode works in: relative paths start there. */
    directory: folder,
    /** A subagent is a session of its own; this is the one that started it. */
    parentID: z.nullish(identifier),
  }),
)

export const BusEvent = once(() =>
  z.object({
    input: z.object({ event: z.object({ type: identifier, properties: z.object({ sessionID: identifier }) }) }),
  }),
)
const Info = z.object({ parentID: z.nullish(identifier), agent: z.nullish(z.string()) })
export const SessionInfo = once(() =>
  z.object({ input: z.object({ event: z.object({ properties: z.object({ info: z.nullish(Info) }) }) }) }),
)
const Part = z.object({ tool: z.string(), callID: identifier, state: z.object({ status: z.string() }) })
export const ToolPart = once(() =>
  z.object({ input: z.object({ event: z.object({ properties: z.object({ part: Part }) }) }) }),
)
export const OfSession = once(() => z.object({ input: z.object({ sessionID: identifier }) }))
export const ChatMessage = once(() =>
  z.object({
    input: z.object({ agent: z.nullish(z.string()) }),
    output: z.object({
      message: z.nullish(z.object({ id: z.nullish(identifier) })),
      parts: z.array(z.object({ type: z.string(), text: z.nullish(z.string()) })),
    }),
  }),
)
const Args = z.object({
  filePath: z.nullish(z.string()),
  patchText: z.nullish(z.string()),
  command: z.nullish(z.string()),
})
const Call = { tool: z.string(), callID: z.nullish(identifier) }
export const Before = once(() => z.object({ input: z.object(Call), output: z.object({ args: Args }) }))
/** What a shell left behind. */
const Result = z.object({ metadata: z.nullish(z.object({ exit: z.nullish(z.number()) })) })
export const After = once(() => z.object({ input: z.object({ ...Call, args: Args }), output: z.nullish(Result) }))
