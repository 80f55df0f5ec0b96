import { spawn } from 'node:child_process'
import { type Instance, initial, type State } from '@coordlog/coordination/state'
import { processesFrom } from '@coordlog/runtime/ancestry'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startedBy } from '../src/startedBy.js'

/** Which session a program belongs to that a session has started. */
const test = suite('started by')

const [own] = processesFrom(process.pid)

function instance(id: string, more: Partial<Instance> = {}): Instance {
  const at = '2026-01-08T12:00:00.000Z'
  const place = { host: 'claude-code', role: 'main', task: '', worktree: '/r', cwd: '/r' }
  const seen = { registeredAt: at, registeredSequence: 1, lastSeenAt: at, lastSeenSequence: 1, events: 1 }
  return { id, session: `claude-code/${id}`, ...place, ...seen, phase: 'working', holds: {}, ...more }
}

function world(...instances: Instance[]): State {
  const state = initial()
  for (const each of instances) {
    state.instances[each.id] = each
    state.sessions[each.session] = each.id
  }
  return state
}

const above = own === undefined ? [] : [own]
const here = own === undefined ? {} : { process: own }

test('the session that the environment names, if it lives', () => {
  const env = { CLAUDE_CODE_SESSION_ID: 'named' }
  assert.is(startedBy(world(instance('named'), instance('mine', here)), env, above)?.id, 'named')
  assert.is(startedBy(world(instance('named', { phase: 'ended' }), instance('mine', here)), env, above)?.id, 'mine')
  assert.is(startedBy(world(instance('mine', here)), { CLAUDE_CODE_SESSION_ID: '' }, above)?.id, 'mine')
})

test('else the youngest of a process above it: no subagent, nobody who has ended, no other start of the same number', () => {
  const old = instance('old', here)
  const young = instance('young', { ...here, registeredSequence: 5 })
  const child = instance('child', { ...here, parent: 'young', registeredSequence: 9 })
  const ended = instance('ended', { ...here, phase: 'ended', registeredSequence: 9 })
  const earlier = instance('earlier', own === undefined ? {} : { process: { ...own, startedAt: '1' } })
  assert.is(startedBy(world(old, young, child, ended, earlier), {}, above)?.id, 'young')
  assert.is(startedBy(world(child, ended, earlier), {}, above), undefined)
  assert.is(startedBy(world(old), {}, []), undefined)
})

test('the processes above one: itself, its parent and so on, nearest first', () => {
  const pids = processesFrom(process.pid).map(({ pid }) => pid)
  assert.equal(pids.slice(0, 2), [process.pid, process.ppid])
  const child = spawn('sh', ['-c', 'sleep 60 & wait'], { stdio: 'ignore', detached: true })
  assert.is(processesFrom(child.pid ?? 0)[1]?.pid, process.pid)
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  assert.equal(processesFrom(0), [])
  assert.equal(processesFrom(2 ** 30), [])
})

test.run()
