import type { Answer, HookEvent } from '../contract.js'

/** What our plugin in opencode makes of it: it throws the refusal, adds the context where the model will read it, and shows the person its line. */
export function render(_event: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return ''
    case 'deny':
      return json({ deny: answer.reason })
    case 'inform': {
      const { agent: context, person } = answer
      return json({ ...(context !== undefined && { context }), ...(person !== undefined && { person }) })
    }
  }
}

function json(output: object): string {
  return `${JSON.stringify(output)}\n`
}
