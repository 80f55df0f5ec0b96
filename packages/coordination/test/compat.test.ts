import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  compatDecisionLog,
  compatHeartbeat,
  compatLock,
  compatRegistry,
  heartbeatFiles,
} from '../src/compatDocuments.js'
import { instanceFileId, leaseFileId } from '../src/fileNames.js'
import { acquire, addDecision, heartbeat, importItem, release } from './asks.js'
import { acquired, decided, ended, registered, released } from './facts.js'
import { given, held, time } from './scenario.js'

const test = suite('compatibility with the predecessor')
const process = { pid: 4711, startedAt: '880', bootId: 'boot', pidNamespace: 'pid:[1]' }
const present = { at: time('12:04'), liveness: {}, staleMs: 300_000 }

test('the registry has the predecessor’s fields, and nobody who has ended', () => {
  const { state } = given(
    registered('zoe', { role: 'backend', task: 'login', process, branch: 'b', user: 'u', os: 'linux' }),
    registered('gone'),
    ended('gone', { at: '12:01' }),
    acquired('zoe', ['z.ts', 'a.ts'], { at: '12:01' }),
  )
  assert.equal(compatRegistry(state, present), {
    schema_version: '1.0.0',
    registry_updated_at: time('12:04'),
    sequence: 4,
    instances: [
      {
        instance_id: 'zoe',
        worktree_path: 'main',
        pid: 4711,
        current_task: { description: 'login', agent_role: 'backend', started_at: time('12:00') },
        files_locked: ['a.ts', 'z.ts'],
        heartbeat: { last_ping: time('12:01'), heartbeat_file: '.claude/coordination/heartbeats/zoe.json' },
        status: 'active',
        metadata: { os: 'linux', branch: 'b', user: 'u' },
      },
    ],
  })
})

test('a heartbeat file counts the signs of life of one instance', () => {
  const scene = given(registered('zoe', { process }))
  const one = (state: typeof scene.state) => [...heartbeatFiles(state)].map(([id, each]) => [id, compatHeartbeat(each)])
  const facts = { instance_id: 'zoe', pid: 4711 }
  assert.equal(one(scene.state), [['zoe', { ...facts, last_ping: time('12:00'), ping_count: 1, status: 'starting' }]])
  const { state } = scene.when(heartbeat('zoe', { at: '12:02' })).after
  assert.equal(one(state), [['zoe', { ...facts, last_ping: time('12:02'), ping_count: 2, status: 'active' }]])
})

test('a lock has holder, times, intent, its token, and what the file held if that is known', () => {
  const contents = [{ path: 'a.ts', content: 'c0ffee' }]
  const scene = given(registered('zoe', { role: 'backend' })).when(acquire('zoe', ['a.ts', 'b.ts'], { contents })).after
  const lock = (path: string) => scene.state.leases[path]?.map((lease) => compatLock(scene.state, lease))
  const facts = {
    schema_version: '1.0.0',
    lock_type: 'exclusive',
    locked_by: { instance_id: 'zoe', pid: null, agent_role: 'backend' },
    locked_at: time('12:00'),
    expires_at: time('12:05'),
    intent: 'edit',
    token: 2,
  }
  assert.equal(lock('a.ts'), [{ ...facts, file_path: 'a.ts', file_hash: 'c0ffee' }])
  assert.equal(lock('b.ts'), [{ ...facts, file_path: 'b.ts', file_hash: null }])
})

test('asking again for a file that holds something else by now is a renewal that says so', () => {
  const ask = (content: string) => acquire('zoe', ['a.ts'], { contents: [{ path: 'a.ts', content }] })
  const scene = given(registered('zoe')).when(ask('before')).after
  assert.is(scene.when(ask('before')).fact, undefined)
  const { fact, after } = scene.when(ask('now'))
  assert.is(fact?.type, 'lock.renewed')
  assert.is(after.state.leases['a.ts']?.[0]?.content, 'now')
})

test('the decision log: what a decision came with, and of an imported one its own time and author', () => {
  const original = { id: 'DEC-20250101-0001', at: '2025-01-01T00:00:00Z', by: 'claude-x', role: 'architect' }
  const { state } = given(
    registered('zoe', { role: 'backend' }),
    decided('import', 'DEC-20250101-0001', { original }),
    decided('zoe', 'DEC-20260108-0001', { at: '12:01', problem: 'p', files: ['a.ts'], dependencies: ['d'] }),
  )
  const facts = { category: 'security', title: 'title', description: 'description', status: 'accepted' }
  const first = {
    decision_id: 'DEC-20250101-0001',
    timestamp: '2025-01-01T00:00:00Z',
    made_by: { instance_id: 'claude-x', agent_role: 'architect' },
    ...facts,
    impact: { scope: 'module' },
  }
  const second = {
    decision_id: 'DEC-20260108-0001',
    timestamp: time('12:01'),
    made_by: { instance_id: 'zoe', agent_role: 'backend' },
    ...facts,
    context: { problem: 'p', alternatives_considered: [], rationale: '' },
    impact: { scope: 'module', files_affected: ['a.ts'], dependencies: ['d'] },
  }
  const log = { schema_version: '1.0.0', log_created_at: '2025-01-01T00:00:00Z' }
  const sorted = (value: object) => JSON.parse(JSON.stringify(value))
  assert.equal(sorted(compatDecisionLog(state, undefined)), sorted({ ...log, decisions: [first, second] }))
  assert.equal(sorted(compatDecisionLog(state, 1)), sorted({ ...log, decisions: [second] }))
})

test('an imported decision keeps its id where nobody has it, gets a number of its own where somebody has, and comes once', () => {
  const ask = (id: string, requestId: string) => addDecision('import', { original: { id }, requestId })
  const ids: unknown[] = []
  let scene = given()
  for (const [id, requestId] of [
    ['DEC-20250101-0001', 'import:1'],
    ['DEC-20250101-0001', 'import:1'],
    ['DEC-20250101-0001', 'import:2'],
    ['../../etc', 'import:3'],
  ] as const) {
    const { reply, after } = scene.when(ask(id, requestId))
    ids.push(reply.kind === 'decided' && reply.id)
    scene = after
  }
  assert.equal(ids, ['DEC-20250101-0001', 'DEC-20250101-0001', 'DEC-20260108-0001', 'DEC-20260108-0002'])
  assert.is(scene.state.decisions.length, 3)
})

test('what has no counterpart is kept once, by whoever brings it in', () => {
  const { fact, durable, after } = given().when(importItem('{"x":1}', { id: 'lock-1', originalAt: 'yesterday' }))
  assert.equal(fact?.data, {
    kind: 'lock',
    source: 'locks/a.json',
    id: 'lock-1',
    at: 'yesterday',
    text: '{"x":1}',
    requestId: 'import:1',
  })
  assert.ok(durable)
  after.when(importItem('{"x":1}')).expectNothing({ kind: 'kept' })
})

test('whoever ends a lease by force need not be registered, and must name its token of this moment', () => {
  const scene = given(registered('zoe'), acquired('zoe', ['a.ts']))
  const ask = (token: number) => release('terminal', ['a.ts'], { force: true, token, reason: 'lock file removed' })
  scene.when(ask(1)).expectNothing({ kind: 'stale-token', path: 'a.ts', token: 1, current: 2 })
  const { fact, after } = scene.when(ask(2))
  assert.equal(fact, {
    ...released('terminal', [['a.ts', 'zoe', 2]], { cause: 'forced', reason: 'lock file removed' }),
  })
  assert.equal(held(after.state), {})
})

test('names of files are safe, readable, and differ where leases do', () => {
  const lease = { path: 'src/app.ts', token: 57, holder: 'zoe' }
  assert.match(leaseFileId(lease), /^57-src_app\.ts-[0-9a-f]{8}$/)
  const others = [
    { ...lease, path: 'src_app.ts' },
    { ...lease, token: 58 },
    { ...lease, holder: 'bob' },
  ]
  assert.is(new Set([lease, ...others].map(leaseFileId)).size, 4)
  for (const path of ['../../x', '.hidden', '-rf', 'a\nb', 'Ünï/çödé', '\u202e', 'x'.repeat(4096)]) {
    const id = leaseFileId({ ...lease, path })
    assert.match(id, /^57-[\w.-]*-[0-9a-f]{8}$/)
    assert.ok(id.length < 120, id)
  }
  assert.is(instanceFileId('claude-20260108-124532-a3f7b2d1'), 'claude-20260108-124532-a3f7b2d1')
  for (const id of ['..', '../x', '.x', 'a/b', '-x', 'x'.repeat(128)]) {
    assert.match(instanceFileId(id), /^\w[\w.-]*$/, id)
  }
})

test.run()
