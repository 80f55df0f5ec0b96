import { agentNames } from '@coordlog/agents/agentNames'
import { runHook } from '@coordlog/agents/runHook'
import { string } from '@oclif/core/args'
import { defineCommand } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'

export const hook = defineCommand({
  summary: "answer one event of an agent's hooks",
  description:
    `AGENT: ${agentNames.join(', ')}. coord init wires it; by hand it is for looking at what a payload does. ` +
    "The payload comes on stdin, the answer in the agent's own protocol on stdout. It exits 0 whatever happens: what goes " +
    'wrong with us lets the edit through, with one line on stderr.',
  args: { agent: string({ required: true, ignoreStdin: true, description: agentNames.join('|') }) },
  flags: {},
  examples: [{ does: 'see what a recorded payload would be answered', line: 'coord hook claude-code < payload.json' }],
  atOnce([agent, ...more]) {
    if (agent === undefined || agent.startsWith('-') || more.length > 0) return undefined
    return { args: { agent }, flags: { json: false, dir: undefined, repo: undefined, 'allow-network-fs': false } }
  },
  run: async ({ args, context }): Promise<ExitCode> => {
    const written: Promise<void>[] = []
    const { stdin, input, env, cwd, callerPid, clock, open, afterAnswer, signal } = context
    await runHook(args.agent, {
      stdin: input ?? stdin,
      env,
      cwd,
      callerPid,
      clock,
      signal,
      ...(open && { open }),
      ...(afterAnswer && { afterAnswer }),
      stdout: { write: (text) => void written.push(context.stdout.write(text)) },
      stderr: { write: (text) => void written.push(context.stderr.write(text)) },
    })
    await Promise.all(written)
    return exitCodes.done
  },
})
