import type { AgentAdapter } from '../contract.js'
import { host, recognise } from './recognise.js'
import { render } from './render.js'

export const claudeCode: AgentAdapter = {
  recognise,
  render,
  sessionIn: (env) => {
    const session = env['CLAUDE_CODE_SESSION_ID']
    return session === undefined || session === '' ? undefined : { host, session: session.toWellFormed() }
  },
}
