import type { HookEntry, HookForm } from '../settings.js'
import { isShellCommand } from '../shellCommand.js'

/** Which events of Gemini CLI call us. It has neither turns nor subagents of its own in its hooks. */
export const agent = 'gemini'

const writeTools = 'write_file|replace|run_shell_command'

/** Milliseconds. The client's own limit is 60 s; a hook that is cut off lets the edit through unchecked. */
const verdictTimeout = 10_000
const noticeTimeout = 5_000

const events: { event: string; matcher?: string; timeout: number }[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'BeforeAgent', timeout: noticeTimeout },
  { event: 'BeforeTool', matcher: writeTools, timeout: verdictTimeout },
  { event: 'AfterTool', matcher: writeTools, timeout: noticeTimeout },
  { event: 'AfterAgent', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: noticeTimeout },
]

/** `command`: one that ends with 0 whatever happens. The client takes a program that is missing for a refusal of every edit. */
export function hookEntries(command: string): HookEntry[] {
  return events.map(({ event, matcher, timeout }) => ({
    event,
    group: {
      ...(matcher !== undefined && { matcher }),
      hooks: [{ name: 'coordlog', type: 'command', command, timeout }],
    },
  }))
}

export const form: HookForm = { isOurs: (handler) => commandOf(handler) !== undefined }

/** What a handler of ours runs. */
export function commandOf(handler: unknown): string | undefined {
  if (typeof handler !== 'object' || handler === null || !('command' in handler)) return undefined
  const { command } = handler
  return typeof command === 'string' && isShellCommand(command, agent) ? command : undefined
}
