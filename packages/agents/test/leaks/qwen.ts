import { qwen as rehearsal } from '../../src/qwen/rehearsal.js'
import { type Play, type Stage, send } from './play.js'

const session_id = '7f124126-0808-479a-adcb-b198866de9f3'
const ids = { session_id, prompt_id: `${session_id}########0` }
const call = { ...ids, tool_use_id: 'toolu_1795384267980_kbb8fr1fn', tool_call_id: 'call_1_3_0' }
const play = (stage: Stage, name: string, fields: object = ids) => send('qwen', stage, `qwen/${name}`, { ...fields })

/** A batch of another session, as one that lists our call. */
const batch = (stage: Stage, name: string, status: string) =>
  play(stage, name, { ...ids, tool_calls: [{ tool_name: 'edit', tool_call_id: call.tool_call_id, status }] })

export const qwen: Play = {
  agent: 'qwen',
  path: 'src/app.js',
  begin: async (stage) => {
    await play(stage, '02-SessionStart')
    await play(stage, '04-UserPromptSubmit')
  },
  announce: (stage) => play(stage, '12-PreToolUse-edit'),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: async (stage) => {
      await play(stage, '13-PostToolUse-edit')
      await play(stage, '14-PostToolBatch-edit')
      await play(stage, '08-UserPromptSubmit-after-tool')
    },
    failed: (stage) => play(stage, '35-PostToolUseFailure-edit', call),
    forbidden: (stage) => batch(stage, '34-PostToolBatch-denied-by-hook', 'error'),
    interrupted: (stage) => play(stage, '35-PostToolUseFailure-edit', { ...call, is_interrupt: true }),
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, '20-Stop'),
}
