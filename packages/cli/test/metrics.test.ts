import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord metrics')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

/** name{labels} → value; fails for a line that is no sample, no HELP and no TYPE, or a sample without a TYPE before it. */
function samples(text: string): Record<string, number> {
  const typed = new Set<string>()
  const found: Record<string, number> = {}
  assert.ok(text.endsWith('\n'))
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-z_]+) (?:gauge|counter)$/.exec(line)?.[1]
    if (type !== undefined) typed.add(type)
    if (line.startsWith('#')) continue
    const sample = /^([a-z_]+)(\{[a-z]+="[a-z]+"\})? (\d+(?:\.\d+)?)$/.exec(line)
    assert.ok(sample, `no sample: ${line}`)
    assert.ok(typed.has(sample?.[1] ?? ''), line)
    found[`${sample?.[1]}${sample?.[2] ?? ''}`] = Number(sample?.[3])
  }
  return found
}

test('figures of instances, locks, decisions and events, none of them made of what agents wrote', async ({ coord }) => {
  const hostile = 'x"} 1\nevil_metric 1'
  const at = '2026-01-08T12:00:00.000Z'
  const { stdout } = await coord(['instance', 'register', '--task', hostile, '--role', 'a"b'], { at })
  const env = { COORD_INSTANCE_ID: stdout.trim() }
  await coord(['lock', 'acquire', 'a.ts', 'b.ts', '--reason', hostile], { env, at })
  await coord(['lock', 'acquire', 'c.ts', '--ttl', '1s'], { env, at })
  await coord(['decisions', 'add', '--category=testing', `--title=${hostile}`, '--description=d'], { env, at })
  const text = (await coord(['metrics'], { at: '2026-01-08T12:00:30.000Z' })).stdout
  assert.equal(samples(text), {
    'coordlog_instances{status="active"}': 1,
    'coordlog_instances{status="idle"}': 0,
    'coordlog_instances{status="stale"}': 0,
    'coordlog_instances{status="crashed"}': 0,
    coordlog_locks: 2,
    coordlog_locks_expired: 1,
    coordlog_lock_oldest_seconds: 30,
    coordlog_decisions_total: 1,
    coordlog_events_total: 4,
  })
})

test('into a file: whole, readable for others, and nothing beside it', async ({ coord, repository }) => {
  const { code } = await coord(['metrics', '--file', 'm/coordlog.prom'])
  assert.is(code, 0)
  assert.equal(readdirSync(join(repository, 'm')), ['coordlog.prom'])
  assert.is(samples(readFileSync(join(repository, 'm/coordlog.prom'), 'utf8'))['coordlog_events_total'], 0)
  const refused = await coord(['metrics', '--file', 'src/app.ts/x.prom'])
  assert.is(refused.code, 74)
  assert.match(refused.stderr, /cannot write .*x\.prom/)
})

test.run()
