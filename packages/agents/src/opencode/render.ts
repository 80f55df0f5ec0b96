import type { Answer, HookEvent } from '../contract.js'

/**
 * What our plugin in opencode makes of it: it throws the refusal, adds the context where the model will read it, shows the person its
 * line, and puts the instance into the environment of the session's shell.
 */
export function render(_event: HookEvent, answer: Answer): string {
  switch (answer.kind) {
    case 'silent':
      return answer.instance === undefined ? '' : json({ instance: answer.instance })
    case 'deny':
      return json({ deny: answer.reason })
    case 'inform': {
      const { agent: context, person, instance } = answer
      return json({
        ...(context !== undefined && { context }),
        ...(person !== undefined && { person }),
        ...(instance !== undefined && { instance }),
      })
    }
  }
}

function json(output: object): string {
  return `${JSON.stringify(output)}\n`
}
