import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { terminalSession } from '../src/identity.js'
import { livenessOf, processIdentity } from '../src/liveness.js'

test('a running process is alive, after its end it is dead, and nothing recorded is unknown', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await once(child, 'spawn')
  const identity = processIdentity(child.pid ?? 0)
  assert.ok(identity)
  assert.is(livenessOf(identity), 'alive')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.is(livenessOf(identity), 'dead')
  assert.is(livenessOf(undefined), 'unknown')
})

test('a pid that is used again by another process is dead', () => {
  const identity = processIdentity(process.pid)
  assert.ok(identity)
  assert.is(livenessOf(identity), 'alive')
  assert.is(livenessOf({ ...identity, startedAt: `${identity.startedAt}1` }), 'dead')
})

test('after a restart, on another machine or in another pid namespace nothing is known', () => {
  const identity = processIdentity(process.pid)
  assert.ok(identity)
  assert.is(livenessOf({ ...identity, bootId: 'another' }), 'unknown')
  assert.is(livenessOf({ ...identity, pidNamespace: 'pid:[1]' }), 'unknown')
})

test('pids that cannot be are nobody', () => {
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 40]) assert.is(processIdentity(pid), undefined)
})

test('everything started from one terminal is one session, and it names a process that can be asked about', () => {
  const mine = terminalSession(process.pid)
  assert.equal(mine, terminalSession(process.pid))
  assert.is(livenessOf(mine.process), 'alive')
  assert.match(mine.session, /^terminal:/)
})

test.run()
