import { gemini as rehearsal } from '../../src/gemini/rehearsal.js'
import { type Play, type Stage, send } from './play.js'

const ids = { session_id: '3315632b-b218-47d8-97b2-93c0d3d6aba0' }
const play = (stage: Stage, name: string) => send('gemini', stage, `gemini/${name}`, ids)

export const gemini: Play = {
  agent: 'gemini',
  path: 'src/app.js',
  begin: async (stage) => {
    await play(stage, '01-SessionStart')
    await play(stage, '02-BeforeAgent')
  },
  announce: (stage) =>
    send('gemini', stage, 'gemini/11-BeforeTool-replace', { ...ids, tool_input: { file_path: 'src/app.js' } }),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: (stage) =>
      send('gemini', stage, 'gemini/12-AfterTool-replace', { ...ids, tool_input: { file_path: 'src/app.js' } }),
    failed: (stage) => play(stage, '31-AfterTool-replace-failed'),
    forbidden: (stage) => play(stage, '15-AfterAgent'),
    interrupted: async (stage) => {
      // Esc leaves nothing; the person goes on.
      await send('gemini', stage, 'gemini/02-BeforeAgent', { ...ids, timestamp: '2026-11-22T21:50:00.000Z' })
    },
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, '15-AfterAgent'),
}
