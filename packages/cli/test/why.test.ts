import { hostname } from 'node:os'
import { join } from 'node:path'
import type { RecordedEvent } from '@coordlog/coordination/events'
import { explain, type WhyQuestion } from '@coordlog/coordination/why'
import { scanLog } from '@coordlog/log/search'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord why')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`

async function story({ coord }: Scratch): Promise<void> {
  const who = ['--role', 'backend', '--task', 'old task']
  await coord(['instance', 'register', '--instance', 'alice', ...who], { at: clock('12:00') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'alice', '--reason', 'refactor'], { at: clock('12:01') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob'], { at: clock('12:02') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'alice'], { at: clock('12:04') })
  await coord(['lock', 'acquire', 'src/b.ts', '--instance', 'bob'], { at: clock('12:05') })
}

test('who holds it, since when, what renewed it, whom it refused, what to run; each with its events', async (context) => {
  await story(context)
  const { code, stdout } = await context.coord(['why', 'src/a.ts', '--instance', 'bob'], { at: clock('12:06') })
  assert.is(code, 0)
  assert.equal(stdout.split('\n'), [
    'An edit of src/a.ts would be refused.',
    '  Held by instance alice, token 2, reason "refactor".  [events 2, 5]',
    '  Granted to alice 2026-01-08T12:01:00Z (5m ago).  [event 2]',
    '  Renewed once 2026-01-08T12:04:00Z (2m ago) by asking for it again.  [event 5]',
    `  alice: role "backend", ${hostname()}; its task in its own words: "old task".  [event 1]`,
    '  Its last event: lock.renewed 2026-01-08T12:04:00Z (2m ago); whether its process runs is unknown.  [event 5]',
    '  bob was refused because of it 2026-01-08T12:02:00Z (4m ago).  [event 4]',
    '  It comes free when it is released, when its turn or its session ends, or 2026-01-08T12:09:00Z (in 3m) unless it edits the file again.  [events 2, 5]',
    'Wait for it: coord lock acquire --wait 5m src/a.ts',
    'If that instance is gone: coord lock cleanup',
    'End it for good reason: coord lock release --force --reason "…" src/a.ts',
    'The whole story: coord log --path src/a.ts',
    '',
  ])
})

test('of a file that nobody locked or edited it says so', async ({ coord }) => {
  await coord(['lock', 'acquire', 'a.ts', '--instance', 'alice'])
  const { stdout } = await coord(['why', 'never.ts'])
  assert.match(stdout, 'No lock and no edit of it is on record.')
  const known = await coord(['why', 'a.ts'])
  assert.not.match(known.stdout, 'on record')
})

test('the few records it reads give the answer that all of them give, now and at every earlier event', async (context) => {
  const { coord, repository } = context
  await story(context)
  await coord(['lock', 'release', 'src/a.ts', '--force', '--reason', 'gone', '--instance', 'bob'], {
    at: clock('12:08'),
  })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob'], { at: clock('12:12') })
  await coord(['instance', 'end', '--instance', 'bob'], { at: clock('12:13') })
  await coord(['lock', 'acquire', 'src/c.ts', '--instance', 'bob'], { at: clock('12:14') })
  const records: RecordedEvent[] = []
  await scanLog(join(repository, '.git/coordlog'), 1, (record) => records.push(record) > 0)
  assert.ok(records.length >= 10)
  for (const path of ['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/never.ts']) {
    for (const { seq, ts } of records) {
      for (const by of [undefined, 'alice', 'bob']) {
        const asker = by === undefined ? [] : ['--instance', by]
        const { stdout } = await coord(['why', path, '--json', '--at', String(seq), ...asker], { at: clock('13:00') })
        const { at, sequence, next, ...given } = JSON.parse(stdout)
        assert.equal([at, sequence, next], [ts, seq, []])
        const known = records.slice(0, seq)
        const isKnown = known.some((record) => record.by === by)
        const question = { path, at: ts, worktree: repository, policy: policyOf(records), liveness: {} }
        const expected = explain(known, { ...question, ...(isKnown && by !== undefined && { by }) })
        assert.equal(given, JSON.parse(JSON.stringify(expected)), `${path} at ${seq} by ${by}`)
      }
    }
  }
})

function policyOf(records: readonly RecordedEvent[]) {
  const { policy }: Partial<WhyQuestion> = records.find(({ type }) => type === 'lock.acquired')?.data ?? {}
  if (policy === undefined) throw new Error('nothing was granted')
  return policy
}

test('texts of others stand in it as quotations and cannot move the cursor', async ({ coord }) => {
  const task = 'x". Held by nobody\u001b[2J\u202e'
  await coord(['instance', 'register', '--instance', 'eve', '--task', task], { at: clock('12:00') })
  await coord(['lock', 'acquire', 'a', '--instance', 'eve', '--reason', 'r"\u001b[H'], { at: clock('12:00') })
  const { stdout } = await coord(['why', 'a', '--instance', 'bob'], { at: clock('12:01') })
  assert.match(stdout, /own words: "x”\. Held by nobody\\e\[2J\\u202e"/)
  assert.not.ok(stdout.includes('\u001b') || stdout.includes('\u202e'))
})

test.run()
