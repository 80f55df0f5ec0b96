import type { Answer, HookEvent } from '../contract.js'

/** Elsewhere the client ignores additionalContext, or shows standard output to nobody. */
const takesContext = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'SubagentStart']

/** Without hookEventName the client ignores the decision. Nothing to say is no output at all, not an empty object. */
export function render(event: HookEvent, answer: Answer): string {
  const { name: hookEventName } = event
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({
        hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason: answer.reason },
      })
    case 'inform': {
      const { agent, person } = answer
      const context = agent !== undefined && takesContext.includes(hookEventName)
      if (!context && person === undefined) return ''
      return json({
        ...(person !== undefined && { systemMessage: person }),
        ...(context && { hookSpecificOutput: { hookEventName, additionalContext: agent } }),
      })
    }
  }
}

function json(output: object): string {
  return `${JSON.stringify(output)}\n`
}
