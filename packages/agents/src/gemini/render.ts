import type { Answer, HookEvent } from '../contract.js'

/** Elsewhere the client gives added context to nobody. */
const takesContext = ['SessionStart', 'BeforeAgent', 'AfterTool']

/**
 * One JSON document or nothing: any other text on standard output would be shown to the person as a warning. What the model cannot be
 * told at this event, the person is told.
 */
export function render({ name: hookEventName }: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({ decision: 'deny', reason: answer.reason })
    case 'inform': {
      const isContext = takesContext.includes(hookEventName)
      const additionalContext = isContext ? answer.agent : undefined
      const systemMessage = answer.person ?? (isContext ? undefined : answer.agent)
      return json({
        ...(systemMessage !== undefined && { systemMessage }),
        ...(additionalContext !== undefined && { hookSpecificOutput: { hookEventName, additionalContext } }),
      })
    }
  }
}

function json(output: object): string {
  return `${JSON.stringify(output)}\n`
}
