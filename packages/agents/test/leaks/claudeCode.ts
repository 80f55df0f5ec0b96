import { claudeCode as rehearsal } from '../../src/claudeCode/rehearsal.js'
import { run } from '../session.js'
import { type Play, recording, type Stage } from './play.js'

const turn = { prompt_id: 'prompt-1' }
const play = ({ repo, clock, clientPid }: Stage, name: string, fields: object = turn) => {
  const env = { CLAUDE_PID: String(clientPid), CLAUDE_PROJECT_DIR: repo }
  const payload = JSON.stringify(recording(`claude-code/${name}`, repo, { ...fields }))
  return run(payload, { cwd: repo, clock, env })
}

export const claudeCode: Play = {
  agent: 'claude-code',
  path: 'src/one.ts',
  begin: async (stage) => {
    await play(stage, '01-SessionStart')
    await play(stage, '02-UserPromptSubmit')
  },
  announce: (stage) => play(stage, '03-PreToolUse-Write'),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: (stage) => play(stage, '04-PostToolUse-Write'),
    failed: (stage) => play(stage, '11-PostToolBatch'),
    forbidden: (stage) => play(stage, '13-PostToolBatch'),
    interrupted: (stage) => play(stage, '02-UserPromptSubmit', { prompt_id: 'prompt-2' }),
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, '23-Stop'),
}
