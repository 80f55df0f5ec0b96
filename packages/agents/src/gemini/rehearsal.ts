import { parsedAnswer, textAt } from '../answerText.js'
import type { Rehearsal, RehearsalScene } from '../rehearsal.js'

/** As the real client wrote them (Gemini CLI 0.61.0). */
const payload = (hook_event_name: string, { session, cwd }: RehearsalScene, more: object) =>
  JSON.stringify({
    session_id: session,
    transcript_path: '/dev/null',
    cwd,
    hook_event_name,
    timestamp: '2026-11-22T21:44:35.687Z',
    ...more,
  })

const call = ({ path: file_path }: RehearsalScene) => ({
  tool_name: 'write_file',
  tool_input: { file_path, content: 'x\n' },
})

export const gemini: Rehearsal = {
  beforeEdit: (scene) => payload('BeforeTool', scene, call(scene)),
  afterEdit: (scene) => {
    const llmContent = `Successfully created and wrote to new file: ${scene.path}.`
    return payload('AfterTool', scene, { ...call(scene), tool_response: { llmContent, returnDisplay: '' } })
  },
  turnEnd: (scene) =>
    payload('AfterAgent', scene, { prompt: 'go', prompt_response: 'All done.', stop_hook_active: false }),
  refusalIn: (stdout) => {
    const answer = parsedAnswer(stdout)
    return textAt(answer, 'decision') === 'deny' ? textAt(answer, 'reason') : undefined
  },
}
