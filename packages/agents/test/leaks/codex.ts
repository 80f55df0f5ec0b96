import { codex as rehearsal } from '../../src/codex/rehearsal.js'
import { type Play, type Stage, send } from './play.js'

const ids = {
  session_id: '01a20537-b126-7ae1-9c53-0be46484142b',
  turn_id: '01a20537-b166-7100-88c2-2c1cd79193d9',
}
const play = (stage: Stage, name: string) => send('codex', stage, `codex/${name}`, ids)
/** Events of the start and the end of a session have no turn. */
const outside = (stage: Stage, name: string) =>
  send('codex', stage, `codex/${name}`, { session_id: ids.session_id, turn_id: undefined })

export const codex: Play = {
  agent: 'codex',
  path: 'src/new.txt',
  begin: async (stage) => {
    await outside(stage, '01-SessionStart')
    await play(stage, '02-UserPromptSubmit')
    await play(stage, '03-PreModelRequest')
  },
  announce: (stage) => play(stage, '09-PreToolUse'),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: (stage) => play(stage, '10-PostToolUse'),
    failed: (stage) => play(stage, '11-PreModelRequest'),
    forbidden: (stage) => play(stage, '11-PreModelRequest'),
    interrupted: (stage) => play(stage, '52-Interrupt'),
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, '21-Stop'),
}
