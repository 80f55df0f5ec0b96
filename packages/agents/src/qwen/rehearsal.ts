import { memberAt, parsedAnswer, textAt } from '../answerText.js'
import type { Rehearsal, RehearsalScene } from '../rehearsal.js'

/** As the real client wrote them (Qwen Code 0.24.4). */
const payload = (hook_event_name: string, { session, cwd }: RehearsalScene, more: object) =>
  JSON.stringify({
    session_id: session,
    transcript_path: '/dev/null',
    cwd,
    hook_event_name,
    timestamp: '2026-11-22T21:51:06.900Z',
    permission_mode: 'yolo',
    prompt_id: `${session}########0`,
    ...more,
  })

const call = ({ session, path: file_path }: RehearsalScene) => ({
  tool_name: 'write_file',
  tool_input: { file_path, content: 'x\n' },
  tool_use_id: `toolu_${session}`,
  tool_call_id: `call_${session}`,
})

export const qwen: Rehearsal = {
  beforeEdit: (scene) => payload('PreToolUse', scene, call(scene)),
  afterEdit: (scene) => {
    const llmContent = `Successfully created and wrote to new file: ${scene.path}.`
    const tool_response = { llmContent, returnDisplay: '' }
    return payload('PostToolUse', scene, { ...call(scene), tool_response, duration_ms: 76 })
  },
  turnEnd: (scene) => payload('Stop', scene, { stop_hook_active: false, last_assistant_message: 'All done.' }),
  refusalIn: (stdout) => {
    const output = memberAt(parsedAnswer(stdout), 'hookSpecificOutput')
    return textAt(output, 'permissionDecision') === 'deny' ? textAt(output, 'permissionDecisionReason') : undefined
  },
}
