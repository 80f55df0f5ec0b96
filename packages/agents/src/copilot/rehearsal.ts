import { parsedAnswer, textAt } from '../answerText.js'
import type { Rehearsal, RehearsalScene } from '../rehearsal.js'

/** As the real client wrote them (Copilot CLI 1.0.102). The time tells one event from the next. */
const everywhere = (hook_event_name: string, { session, cwd }: RehearsalScene, second: number) => ({
  hook_event_name,
  session_id: session,
  timestamp: `2026-11-22T21:54:0${second}.730Z`,
  cwd,
})

const call = ({ path }: RehearsalScene) => ({ tool_name: 'Write', tool_input: { path, file_text: 'one\n' } })

export const copilot: Rehearsal = {
  beforeEdit: (scene) => JSON.stringify({ ...everywhere('PreToolUse', scene, 1), ...call(scene) }),
  afterEdit: (scene) =>
    JSON.stringify({
      ...everywhere('PostToolUse', scene, 2),
      ...call(scene),
      tool_result: { result_type: 'success', text_result_for_llm: `Created file ${scene.path} with 4 characters` },
    }),
  turnEnd: (scene) =>
    JSON.stringify({ ...everywhere('Stop', scene, 3), stop_reason: 'end_turn', stop_hook_active: false }),
  refusalIn: (stdout) => {
    const answer = parsedAnswer(stdout)
    return textAt(answer, 'permissionDecision') === 'deny' ? textAt(answer, 'permissionDecisionReason') : undefined
  },
}
