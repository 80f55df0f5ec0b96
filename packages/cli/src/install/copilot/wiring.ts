import { isShellCommand } from '../shellCommand.js'

/**
 * Which events of Copilot call us. Spelled as Claude Code spells them, their payloads name the event and the tools in its words too.
 * There is no matcher: an empty one voids a file, and the client starts a hook for what it does not match all the same.
 */
export const agent = 'copilot'

/** Seconds. A hook that is cut off lets the edit through unchecked. */
const verdictTimeout = 10
const noticeTimeout = 5

const events: { event: string; timeoutSec: number }[] = [
  { event: 'SessionStart', timeoutSec: verdictTimeout },
  { event: 'UserPromptSubmit', timeoutSec: noticeTimeout },
  { event: 'PreToolUse', timeoutSec: verdictTimeout },
  { event: 'PostToolUse', timeoutSec: noticeTimeout },
  { event: 'PostToolUseFailure', timeoutSec: noticeTimeout },
  { event: 'SubagentStop', timeoutSec: noticeTimeout },
  { event: 'Stop', timeoutSec: noticeTimeout },
  { event: 'SessionEnd', timeoutSec: noticeTimeout },
]

export function hooksText(bash: string): string {
  const hooks = Object.fromEntries(
    events.map(({ event, timeoutSec }) => [event, [{ type: 'command', bash, timeoutSec }]]),
  )
  return `${JSON.stringify({ version: 1, hooks }, null, 2)}\n`
}

/** Our handlers in a hooks file. */
export function handlersIn(file: unknown): { event: string; command: string }[] {
  const hooks = member(file, 'hooks')
  if (typeof hooks !== 'object' || hooks === null) return []
  return Object.entries(hooks).flatMap(([event, handlers]) =>
    (Array.isArray(handlers) ? handlers : []).flatMap((handler) => {
      const command = member(handler, 'bash')
      return typeof command === 'string' && isShellCommand(command, agent) ? [{ event, command }] : []
    }),
  )
}

/** As some version of coordlog wrote it: nothing but handlers of ours. */
export function isOurText(text: string): boolean {
  try {
    const file: unknown = JSON.parse(text)
    const bashes = text.match(/"bash"/g)?.length ?? 0
    return bashes > 0 && handlersIn(file).length === bashes && !/"(?:powershell|url|prompt)"/.test(text)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}
