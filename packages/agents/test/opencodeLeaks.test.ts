import * as assert from 'uvu/assert'
import { type LeakStage, leakSuite } from './leakCells.js'

const busEvent = ({ repo, first }: LeakStage, type: string, more: object = {}) =>
  first.send({
    hook: 'event',
    input: { event: { type, properties: { sessionID: 'first', ...more } } },
    directory: repo,
  })

const failed = (stage: LeakStage, callID: string) =>
  busEvent(stage, 'message.part.updated', { part: { type: 'tool', tool: 'write', callID, state: { status: 'error' } } })

leakSuite('opencode', {
  succeeded: async (stage) => {
    await stage.first.before('a.ts')
    await stage.first.after('a.ts')
    assert.ok(await stage.isHeld('a.ts'), 'through the turn')
    await busEvent(stage, 'session.idle')
  },
  failed: async (stage) => {
    await stage.first.before('a.ts')
    await failed(stage, 'another call')
    assert.ok(await stage.isHeld('a.ts'))
    await failed(stage, 'call_first')
  },
  forbidden: async (stage) => {
    await stage.first.before('a.ts')
    await failed(stage, 'call_first')
    assert.not(await stage.isHeld('a.ts'), 'before the turn has ended')
  },
  interrupted: async (stage) => {
    await stage.first.before('a.ts')
    const output = { parts: [{ type: 'text', text: 'again' }] }
    await stage.first.send({ hook: 'chat.message', input: { sessionID: 'first' }, output, directory: stage.repo })
  },
})
