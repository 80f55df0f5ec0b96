import { parsedAnswer, textAt } from '../answerText.js'
import type { Rehearsal, RehearsalScene } from '../rehearsal.js'

/** As our plugin writes them in opencode 1.18.33. */
const call = ({ session }: RehearsalScene) => ({ tool: 'write', sessionID: session, callID: `call_${session}` })

export const opencode: Rehearsal = {
  beforeEdit: (scene) => {
    const output = { args: { filePath: scene.path } }
    return JSON.stringify({ hook: 'tool.execute.before', input: call(scene), output, directory: scene.cwd })
  },
  afterEdit: (scene) => {
    const input = { ...call(scene), args: { filePath: scene.path } }
    return JSON.stringify({ hook: 'tool.execute.after', input, directory: scene.cwd })
  },
  turnEnd: ({ session, cwd }) => {
    const event = { type: 'session.idle', properties: { sessionID: session } }
    return JSON.stringify({ hook: 'event', input: { event }, directory: cwd })
  },
  refusalIn: (stdout) => textAt(parsedAnswer(stdout), 'deny'),
}
