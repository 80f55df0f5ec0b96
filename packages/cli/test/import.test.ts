import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

/** The files of the predecessor, sound and damaged, become events. */

interface Stage extends Scratch {
  /** Writes a file of the earlier system; objects as JSON. */
  earlier(name: string, content: object | string): void
  // biome-ignore lint/suspicious/noExplicitAny: documents are read as a script would read them
  json(...args: string[]): Promise<any>
}

const test = suite<Stage>('coord import')
test.before.each((context) => {
  const made = scratch()
  Object.assign(context, made, {
    earlier: (name: string, content: object | string) => {
      const file = join(made.repository, '.claude/coordination', name)
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
    },
    json: async (...args: string[]) => {
      const { code, stdout, stderr } = await made.coord([...args, '--json'])
      assert.is(code, 0, stdout + stderr)
      return JSON.parse(stdout)
    },
  })
})
test.after.each((context) => context.remove())

function decision(id: string, more: object = {}): object {
  return {
    decision_id: id,
    timestamp: '2025-03-04T05:06:07Z',
    made_by: { instance_id: 'claude-20250304-050607-aabbccdd', agent_role: 'architect' },
    category: 'api-design',
    title: `Title of ${id}`,
    description: 'd',
    impact: { scope: 'service', files_affected: ['a.ts'], dependencies: ['x'] },
    status: 'accepted',
    ...more,
  }
}

const log = (...decisions: unknown[]) => ({
  schema_version: '1.0.0',
  log_created_at: '2025-01-01T00:00:00Z',
  decisions,
})
const registry = {
  schema_version: '1.0.0',
  registry_updated_at: '2025-03-04T05:06:07Z',
  instances: [
    {
      instance_id: 'one',
      worktree_path: '/r',
      pid: 1,
      current_task: { description: 't', started_at: '2025-03-04T05:00:00Z' },
    },
    { instance_id: 'two', worktree_path: '/r', pid: 2, heartbeat: { last_ping: '2025-03-04T05:06:07Z' } },
  ],
}

function wholeLayout({ earlier }: Stage): void {
  const context = { problem: 'p', alternatives_considered: ['b', 'c'], rationale: 'r' }
  earlier('decision-log-archive-20250101.json', log(decision('DEC-20250101-0001')))
  earlier(
    'decision-log.json',
    log(
      decision('DEC-20250304-0001', { context }),
      decision('DEC-20250304-0002', { status: 'superseded', superseded_by: 'DEC-20250304-0003' }),
      decision('DEC-20250304-0003'),
    ),
  )
  earlier('work-registry.json', registry)
  earlier('locks/YS50cw.json', {
    file_path: 'a.ts',
    lock_type: 'exclusive',
    locked_by: { instance_id: 'one', pid: 1 },
    locked_at: '2025-03-04T05:06:07Z',
    expires_at: '2099-01-01T00:00:00Z',
  })
  earlier('heartbeats/one.json', { instance_id: 'one', pid: 1, last_ping: '2025-03-04T05:06:07Z', ping_count: 7 })
}

test('an installation becomes events, with times and authors as they were; again adds nothing', async (s) => {
  wholeLayout(s)
  const before = readFileSync(join(s.repository, '.claude/coordination/decision-log.json'))
  const first = await s.json('import', '.claude/coordination')
  assert.equal(first.decisions, { recorded: 4, known: 0 })
  assert.equal(first.kept, { recorded: 4, known: 0 })
  assert.equal([first.oddities, first.renamed, first.sequence], [[], [], 8])
  const { decisions } = await s.json('decisions', 'list')
  assert.equal(
    decisions.map((each: { id: string }) => each.id),
    ['DEC-20250101-0001', 'DEC-20250304-0001', 'DEC-20250304-0002', 'DEC-20250304-0003'],
  )
  const [, one, two] = decisions
  assert.equal(
    [one.problem, one.rationale, one.alternatives, one.files, one.dependencies, one.scope],
    ['p', 'r', ['b', 'c'], ['a.ts'], ['x'], 'service'],
  )
  assert.equal(one.original, {
    id: 'DEC-20250304-0001',
    at: '2025-03-04T05:06:07Z',
    by: 'claude-20250304-050607-aabbccdd',
    role: 'architect',
  })
  assert.equal([two.status, two.supersededBy], ['superseded', 'DEC-20250304-0003'])
  assert.match((await s.coord(['decisions', 'list'])).stdout, /Made At: 2025-03-04T05:06:07Z/)
  const { stdout } = await s.coord(['log', '--type', 'item.imported', '--json'])
  const kept = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).data)
  assert.equal(
    kept.map(({ kind, id, at }) => [kind, id, at]),
    [
      ['instance', 'one', '2025-03-04T05:00:00Z'],
      ['instance', 'two', '2025-03-04T05:06:07Z'],
      ['lock', 'a.ts', '2025-03-04T05:06:07Z'],
      ['heartbeat', 'one', '2025-03-04T05:06:07Z'],
    ],
  )
  assert.equal(JSON.parse(kept[0].text), registry.instances[0])
  const status = await s.json('status')
  assert.equal([status.instances, status.locks], [[], []], 'nobody lives and holds by history')
  const again = await s.json('import', '.claude/coordination')
  assert.equal(
    [again.decisions, again.kept, again.sequence],
    [{ recorded: 0, known: 4 }, { recorded: 0, known: 4 }, undefined],
  )
  assert.is((await s.json('import', s.repository)).decisions.known, 4)
  assert.equal(readFileSync(join(s.repository, '.claude/coordination/decision-log.json')), before, 'it was changed')
})

test('damaged files: what can be read is taken, what cannot is kept as it was, and all of it is told', async (s) => {
  const whole = JSON.stringify(log(decision('DEC-20250304-0001'), decision('DEC-20250304-0002')), undefined, 2)
  s.earlier('decision-log.json', whole.slice(0, -150))
  s.earlier('work-registry.json', '')
  s.earlier('locks/a.json', '{"file_path": "a.ts", "locked_by"')
  s.earlier('locks/b.json', '[]')
  s.earlier('heartbeats/x.json', '{"instance_id": 1}')
  const report = await s.json('import', '.claude/coordination')
  assert.equal([report.decisions.recorded, report.kept.recorded, report.files.length], [1, 4, 5])
  assert.is(report.oddities.length, 5)
  assert.match(report.oddities.join('\n'), /decision-log\.json: it is not JSON.*1 whole decisions were found/)
  assert.match(report.oddities.join('\n'), /work-registry\.json: it is empty/)
  const { stdout } = await s.coord(['log', '--type', 'item.imported', '--json'])
  const texts = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).data.text)
  assert.ok(texts.includes(whole.slice(0, -150)))
  assert.ok(texts.includes('{"file_path": "a.ts", "locked_by"'))
  assert.equal((await s.json('import', '.claude/coordination')).kept, { recorded: 0, known: 4 })
})

test('odd decisions: each is there, under an id of its own, with its text where something did not fit', async (s) => {
  const long = 'x'.repeat(20_000)
  s.earlier(
    'decision-log.json',
    log(
      decision('DEC-20250304-0001'),
      decision('DEC-20250304-0001', { title: 'the same id' }),
      decision('DEC-20250304-0001'),
      { title: 'nothing else', extra: { deep: [1] } },
      decision('D', { category: 'gossip', status: 'maybe', title: 't'.repeat(300) }),
      decision('long', { description: long }),
      'not even an object',
      null,
      { ...decision('list'), context: { alternatives_considered: [{ option: 'b' }, 'c'] } },
    ),
  )
  const report = await s.json('import', '.claude/coordination')
  assert.is(report.decisions.recorded + report.decisions.known, 7)
  assert.is(report.decisions.known, 1, 'word for word the same')
  const { decisions } = await s.json('decisions', 'list')
  const titles = decisions.map((each: { title: string }) => each.title)
  assert.equal(titles.slice(0, 3), ['Title of DEC-20250304-0001', 'the same id', 'nothing else'])
  const ids = decisions.map((each: { id: string }) => each.id)
  assert.is(new Set(ids).size, 6)
  assert.equal(JSON.parse(decisions[2].original.text), { title: 'nothing else', extra: { deep: [1] } })
  assert.equal(
    [decisions[3].category, decisions[3].status, decisions[3].title.length],
    ['architecture', 'accepted', 200],
  )
  assert.is(JSON.parse(decisions[3].original.text).category, 'gossip')
  assert.is(decisions[4].description.length, 4000)
  assert.equal(decisions[5].alternatives, ['{"option":"b"}', 'c'])
  const { stdout } = await s.coord(['log', '--type', 'item.imported', '--json'])
  const kept = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).data)
  const pieces = kept.filter(({ id }) => id === 'long').map(({ text }) => text)
  assert.is(JSON.parse(pieces.join('')).description, long)
  assert.equal(
    kept.filter(({ id }) => id === undefined).map(({ text }) => text),
    ['"not even an object"', 'null'],
  )
  assert.ok(report.oddities.length >= 8, report.oddities.join('\n'))
  const told = (await s.coord(['import', '.claude/coordination'])).stdout
  assert.match(told, /Decisions: 0 new, 7 there already/)
})

test('hostile: ids of prototypes, paths and control characters, nesting, a file that is nothing but braces', async (s) => {
  s.earlier(
    'decision-log.json',
    log(decision('__proto__'), decision('../../x'), decision('\u001b[2J\u202e'), decision('x', { constructor: 1 })),
  )
  s.earlier('locks/deep.json', `${'['.repeat(50_000)}`)
  s.earlier('locks/braces.json', '{'.repeat(30_000))
  s.earlier('heartbeats/quotes.json', '{"'.repeat(20_000))
  const { code, stdout, stderr } = await s.coord(['import', '.claude/coordination'])
  assert.is(code, 0, stderr)
  assert.not(stdout.includes('\u001b') || stdout.includes('\u202e'), stdout)
  const { decisions } = await s.json('decisions', 'list')
  assert.is(decisions.length, 4)
  for (const { id } of decisions) assert.match(id, /^[A-Za-z][\w.-]*$|^DEC-/)
})

test('one file alone; nothing there', async (s) => {
  s.earlier('decision-log.json', log(decision('DEC-20250304-0001')))
  assert.is((await s.json('import', '.claude/coordination/decision-log.json')).decisions.recorded, 1)
  const { code, stderr } = await s.coord(['import', 'nowhere'])
  assert.is(code, 2)
  assert.match(stderr, /there is no such file or folder to import/)
})

test.run()
