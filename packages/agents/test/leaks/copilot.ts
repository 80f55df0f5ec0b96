import { copilot as rehearsal } from '../../src/copilot/rehearsal.js'
import { type Play, type Stage, send } from './play.js'

const session_id = '471a20a9-9222-4800-886b-72163c71a9e3'
const play = (stage: Stage, name: string) => send('copilot', stage, `copilot/b-pascal/${name}`)

export const copilot: Play = {
  agent: 'copilot',
  path: 'src/a.txt',
  begin: async (stage) => {
    await play(stage, '001-SessionStart')
    await play(stage, '002-UserPromptSubmit')
  },
  announce: (stage) => play(stage, '003-PreToolUse'),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: (stage) => play(stage, '005-PostToolUse'),
    failed: (stage) => play(stage, '010-PostToolUseFailure'),
    forbidden: (stage) => play(stage, '015-Stop'),
    interrupted: (stage) => send('copilot', stage, 'copilot/l-sigint/008-sessionEnd', { sessionId: session_id }),
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, '015-Stop'),
}
