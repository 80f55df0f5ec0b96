import type { HookEntry, HookForm } from '../settings.js'
import { isShellCommand } from '../shellCommand.js'

/**
 * Which events of Codex call us. It matches the tool that patches files by the aliases Edit and Write, its shell as Bash. A failing patch has no event
 * after it, so PreModelRequest, which comes once in each step, says that the calls before it are over.
 */
export const agent = 'codex'

/** How it is found on a machine. */
export const client = { programs: ['codex'], homeFolder: '.codex' }

const writeTools = 'Edit|Write|Bash'

/** Seconds. A hook that is cut off lets the edit through unchecked. The client gives SessionEnd three at most. */
const verdictTimeout = 10
const noticeTimeout = 5
const lastTimeout = 3

const events: { event: string; matcher?: string; timeout: number }[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'UserPromptSubmit', timeout: noticeTimeout },
  { event: 'PreToolUse', matcher: writeTools, timeout: verdictTimeout },
  { event: 'PostToolUse', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PreModelRequest', timeout: noticeTimeout },
  { event: 'SubagentStart', timeout: noticeTimeout },
  { event: 'SubagentStop', timeout: noticeTimeout },
  { event: 'Stop', timeout: noticeTimeout },
  { event: 'Interrupt', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: lastTimeout },
]

/** The client trusts a hook by the hash of its entry: whatever changes here is asked about again. */
export function hookEntries(command: string): HookEntry[] {
  return events.map(({ event, matcher, timeout }) => ({
    event,
    group: { ...(matcher !== undefined && { matcher }), hooks: [{ type: 'command', command, timeout }] },
  }))
}

export const form: HookForm = { isOurs: (handler) => commandOf(handler) !== undefined }

/** What a handler of ours runs. */
export function commandOf(handler: unknown): string | undefined {
  if (typeof handler !== 'object' || handler === null || !('command' in handler)) return undefined
  const { command } = handler
  return typeof command === 'string' && isShellCommand(command, agent) ? command : undefined
}
