import { installClient, runSession } from '../realClient/client.js'
import type { RealAgent } from './realAgent.js'

export const claudeCode: RealAgent = {
  agent: 'claude-code',
  install: installClient,
  async run({ client, cwd, steps }) {
    const { model, ...ended } = await runSession({
      client,
      cwd,
      steps: steps.map((step) => async (seen) => {
        const act = await step(seen)
        return typeof act === 'string' ? act : [{ name: 'Write', input: { file_path: act.path, content: act.content } }]
      }),
    })
    return { ...ended, requests: model.requests }
  },
}
