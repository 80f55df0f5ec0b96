import type { Answer, HookEvent } from '../contract.js'

const takesContext = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'SubagentStart']

/** The client drops an answer in which it does not know every key, and lets the edit through: nothing stands here that it need not. */
export function render({ name: hookEventName }: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({
        hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason: answer.reason },
      })
    case 'inform': {
      if (!takesContext.includes(hookEventName)) return ''
      const { agent: additionalContext, person: systemMessage } = answer
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
