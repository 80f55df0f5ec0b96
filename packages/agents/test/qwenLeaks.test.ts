import * as assert from 'uvu/assert'
import { type LeakStage, leakSuite } from './leakCells.js'

const event = ({ repo, first }: LeakStage, hook_event_name: string, more: object = {}) =>
  first.send({ session_id: 'first', cwd: repo, hook_event_name, prompt_id: 'first########0', ...more })

const call = (path: string, id = 'call_1') => ({
  tool_name: 'edit',
  tool_input: { file_path: path },
  tool_use_id: `toolu_${id}`,
  tool_call_id: id,
})

const batch = (path: string, status: string, id = 'call_1') => ({
  tool_calls: [{ tool_name: 'edit', tool_input: { file_path: path }, tool_use_id: id, tool_call_id: id, status }],
})

leakSuite('qwen', {
  succeeded: async (stage) => {
    await event(stage, 'PreToolUse', call('a.ts'))
    await event(stage, 'PostToolUse', call('a.ts'))
    await event(stage, 'PostToolBatch', batch('a.ts', 'success'))
    await event(stage, 'UserPromptSubmit', { prompt: '' })
    assert.ok(await stage.isHeld('a.ts'), 'an empty prompt is none: the turn goes on')
    await event(stage, 'Stop', { stop_hook_active: false })
  },
  failed: async (stage) => {
    await event(stage, 'PreToolUse', call('a.ts'))
    await event(stage, 'PostToolUseFailure', { ...call('a.ts'), error: '0 occurrences', is_interrupt: false })
    assert.not(await stage.isHeld('a.ts'))
    await event(stage, 'PreToolUse', call('b.ts', 'call_2'))
    await event(stage, 'PreToolUse', call('c.ts', 'call_3'))
    await event(stage, 'PostToolBatch', batch('b.ts', 'error', 'call_2'))
    assert.not(await stage.isHeld('b.ts'), 'the batch alone is enough')
    assert.ok(await stage.isHeld('c.ts'), 'a call that it does not list is still in flight')
    await event(stage, 'PostToolBatch', batch('c.ts', 'error', 'call_3'))
  },
  forbidden: async (stage) => {
    await event(stage, 'PermissionRequest', { tool_name: 'edit', tool_input: { file_path: 'a.ts' } })
    await event(stage, 'PostToolBatch', batch('a.ts', 'cancelled'))
  },
  interrupted: async (stage) => {
    await event(stage, 'PreToolUse', call('a.ts'))
    await event(stage, 'PostToolUseFailure', { ...call('a.ts'), error: 'cancelled', is_interrupt: true })
    assert.not(await stage.isHeld('a.ts'))
    await event(stage, 'PreToolUse', call('b.ts', 'call_2'))
    await event(stage, 'UserPromptSubmit', { prompt: 'again', submitted_prompt: 'again', prompt_id: 'first########1' })
  },
})
