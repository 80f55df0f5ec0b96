import type { Answer, HookEvent } from '../contract.js'

/** Elsewhere the client gives added context to nobody, also before a tool call. */
const takesContext = ['SessionStart', 'UserPromptSubmit', 'PostToolUse', 'PostToolBatch']

/** What the model cannot be told at this event, the person is told. */
export function render({ name: hookEventName }: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({
        hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason: answer.reason },
      })
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
