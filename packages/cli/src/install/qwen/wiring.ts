import type { HookEntry, HookForm } from '../settings.js'
import { isShellCommand } from '../shellCommand.js'

/** Which events of Qwen Code call us. PostToolBatch comes for each call, also for one that was refused or said no to. */
export const agent = 'qwen'

const writeTools = 'write_file|edit|notebook_edit|run_shell_command'

/** Seconds. A hook that is cut off lets the edit through unchecked. */
const verdictTimeout = 10
const noticeTimeout = 5

const events: { event: string; matcher?: string; timeout: number }[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'UserPromptSubmit', timeout: noticeTimeout },
  { event: 'PreToolUse', matcher: writeTools, timeout: verdictTimeout },
  { event: 'PostToolUse', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolUseFailure', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolBatch', timeout: noticeTimeout },
  { event: 'SubagentStart', timeout: noticeTimeout },
  { event: 'SubagentStop', timeout: noticeTimeout },
  { event: 'Stop', timeout: noticeTimeout },
  { event: 'StopFailure', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: noticeTimeout },
]

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
