import * as assert from 'uvu/assert'
import { type LeakStage, leakSuite } from './leakCells.js'

const event = ({ repo, first }: LeakStage, hook_event_name: string, more: object = {}) =>
  first.send({ session_id: 'first', cwd: repo, hook_event_name, timestamp: '2026-11-22T21:46:41.976Z', ...more })

const call = (path: string) => ({
  tool_name: 'replace',
  tool_input: { file_path: path, old_string: 'a', new_string: 'b' },
})

leakSuite('gemini', {
  succeeded: async (stage) => {
    await stage.first.before('a.ts')
    await stage.first.after('a.ts')
    assert.ok(await stage.isHeld('a.ts'), 'through the turn')
    await event(stage, 'AfterAgent', { prompt: 'go', prompt_response: 'done', stop_hook_active: false })
  },
  failed: async (stage) => {
    const { repo } = stage
    await event(stage, 'BeforeTool', call('a.ts'))
    assert.ok(await stage.isHeld('a.ts'))
    const error = { message: 'no match', type: 'edit_no_occurrence_found' }
    await event(stage, 'AfterTool', {
      ...call('a.ts'),
      tool_response: { llmContent: 'no match', returnDisplay: '', error },
    })
    assert.not(await stage.isHeld('a.ts'), `the event alone ends it in ${repo}`)
  },
  forbidden: async (stage) => {
    // The person is asked before the hooks are: the notification is all that comes.
    const details = { type: 'edit', title: 'Confirm Write: a.ts', fileName: 'a.ts' }
    await event(stage, 'Notification', { notification_type: 'ToolPermission', message: 'Confirm', details })
  },
  interrupted: async (stage) => {
    await stage.first.before('a.ts')
    await event(stage, 'SessionEnd', { reason: 'exit' })
    assert.not(await stage.isHeld('a.ts'), 'SIGINT: SessionEnd')
    await stage.first.before('b.ts')
    await event(stage, 'BeforeAgent', { prompt: 'after Esc' })
  },
})
