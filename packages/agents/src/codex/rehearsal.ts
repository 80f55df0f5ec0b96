import { memberAt, parsedAnswer, textAt } from '../answerText.js'
import type { Rehearsal, RehearsalScene } from '../rehearsal.js'

/** As the real client wrote them (Codex 0.169.0). */
const inTurn = (hook_event_name: string, { session, cwd }: RehearsalScene) => ({
  session_id: session,
  turn_id: `turn-${session}`,
  transcript_path: null,
  cwd,
  hook_event_name,
  model: 'gpt-5.5',
  permission_mode: 'bypassPermissions',
})

const patch = (scene: RehearsalScene) => ({
  tool_name: 'apply_patch',
  tool_input: { command: `*** Begin Patch\n*** Add File: ${scene.path}\n+x\n*** End Patch` },
  tool_use_id: `call_${scene.session}`,
})

export const codex: Rehearsal = {
  beforeEdit: (scene) => JSON.stringify({ ...inTurn('PreToolUse', scene), ...patch(scene) }),
  afterEdit: (scene) =>
    JSON.stringify({
      ...inTurn('PostToolUse', scene),
      ...patch(scene),
      tool_response: `Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nA ${scene.path}\n`,
    }),
  turnEnd: (scene) =>
    JSON.stringify({ ...inTurn('Stop', scene), stop_hook_active: false, last_assistant_message: 'all done' }),
  refusalIn: (stdout) => {
    const output = memberAt(parsedAnswer(stdout), 'hookSpecificOutput')
    return textAt(output, 'permissionDecision') === 'deny' ? textAt(output, 'permissionDecisionReason') : undefined
  },
}
