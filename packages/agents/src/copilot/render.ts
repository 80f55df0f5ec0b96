import type { Answer, HookEvent } from '../contract.js'

const takesContext = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'SubagentStart']

/** There is no line for the person. An exit code other than 0 would deny, and lose the text. */
export function render({ name }: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({ permissionDecision: 'deny', permissionDecisionReason: answer.reason })
    case 'inform':
      return answer.agent === undefined || !takesContext.includes(name) ? '' : json({ additionalContext: answer.agent })
  }
}

function json(output: object): string {
  return `${JSON.stringify(output)}\n`
}
