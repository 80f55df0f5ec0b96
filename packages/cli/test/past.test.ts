import { join } from 'node:path'
import { fold } from '@coordlog/coordination/fold'
import { compactLog } from '@coordlog/log/compaction'
import type { NewEvent } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { scanLog } from '@coordlog/log/search'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord at an earlier moment')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const minute = (n: number) => new Date(Date.parse('2026-01-08T12:00:00.000Z') + n * 60_000).toISOString()
const now = minute(10_000)
const small = { segmentBytesMax: 1_500, milestoneRecords: 10, snapshots: { recordsMin: 4, bytesMin: 1e9 } }

/** The same history in segments of three or four events, with snapshots along the way. */
async function inSmallSegments({ coord, repository }: Scratch): Promise<string> {
  const events: Omit<NewEvent, 'durable'>[] = []
  const source = join(repository, '.git/coordlog')
  await scanLog(source, 1, ({ ts, type, by, data }) => events.push({ ts, type, by, data }) > 0)
  const directory = join(repository, '.git/coordlog-small')
  const log = await openFileLog(directory, small)
  for (const event of events) {
    await log.append({ ...event, durable: false }, 'any')
    await log.writeSnapshotIfDue(fold)
  }
  log.close()
  assert.is((await coord(['verify', '--dir', directory])).code, 0)
  return directory
}

async function story({ coord }: Scratch): Promise<void> {
  for (let hour = 0; hour < 6; hour += 1) {
    const [first, other] = hour % 2 === 0 ? ['alice', 'bob'] : ['bob', 'alice']
    const start = hour * 60
    await coord(['lock', 'acquire', 'src/a.ts', `src/${hour}.ts`, '--instance', first], { at: minute(start) })
    await coord(['lock', 'acquire', 'src/a.ts', '--instance', other], { at: minute(start + 2) })
    await coord(['lock', 'release', `src/${hour}.ts`, '--instance', first], { at: minute(start + 3) })
    await coord(['lock', 'acquire', 'src/a.ts', '--instance', other], { at: minute(start + 5) })
    if (hour % 3 === 0) await coord(['lock', 'cleanup', '--instance', first], { at: minute(start + 30) })
  }
}

test('every command that reads gives the same answer at every event, whatever became of the files', async (context) => {
  const { coord, repository } = context
  await story(context)
  const one = join(repository, '.git/coordlog')
  const many = await inSmallSegments(context)
  let last = 0
  await scanLog(one, 1, ({ seq }) => {
    last = seq
    return true
  })
  const asks = [
    ['status'],
    ['lock', 'list'],
    ['instance', 'list'],
    ['decisions', 'list'],
    ['lock', 'check', 'src/a.ts'],
    ['why', 'src/a.ts'],
  ]
  const answers = async (directory: string) => {
    const found: string[] = []
    for (const position of [...Array.from({ length: last }, (_, index) => String(index + 1)), minute(125), minute(5)]) {
      for (const ask of asks) {
        const { code, stdout } = await coord([...ask, '--json', '--at', position, '--dir', directory], { at: now })
        found.push(`${ask.join(' ')} --at ${position}: ${code} ${stdout}`)
      }
    }
    return found
  }
  const expected = await answers(one)
  assert.equal(await answers(many), expected)
  await compactLog(many, fold, { ...small, olderThan: minute(200) })
  assert.equal(await answers(many), expected)
})

test('at the very instant of an expiry the lock may be taken, a millisecond earlier not; also out of an archive', async (context) => {
  const { coord } = context
  await story(context)
  const directory = await inSmallSegments(context)
  await compactLog(directory, fold, { ...small, olderThan: minute(10_000) })
  const expired = async (at: string) => {
    const { stdout } = await coord(['lock', 'list', '--json', '--at', at, '--dir', directory], { at: now })
    return JSON.parse(stdout).locks.map((lock: { path: string; expired: boolean }) => [lock.path, lock.expired])
  }
  assert.equal(await expired('2026-01-08T13:04:59.999Z'), [['src/a.ts', false]])
  assert.equal(await expired('2026-01-08T12:09:59.999Z'), [['src/a.ts', false]])
  assert.equal(await expired('2026-01-08T12:10:00.000Z'), [['src/a.ts', true]])
})

test('a point before what was kept is refused with the first that can be asked for', async (context) => {
  const { coord } = context
  await story(context)
  const directory = await inSmallSegments(context)
  await compactLog(directory, fold, { ...small, mode: 'drop', olderThan: minute(120) })
  const { code, stderr } = await coord(['status', '--at', '2', '--dir', directory], { at: now })
  assert.is(code, 2)
  const first = /--at (\d+)\n/.exec(stderr)?.[1] ?? ''
  assert.is((await coord(['status', '--at', first, '--dir', directory], { at: now })).code, 0)
  assert.is((await coord(['status', '--at', String(Number(first) - 1), '--dir', directory], { at: now })).code, 2)
})

test('diff: who came, what was taken, freed, passed on and decided; nothing for the same point', async (context) => {
  const { coord } = context
  await coord(['lock', 'acquire', 'a', 'b', '--instance', 'alice'], { at: minute(0) })
  await coord(['lock', 'release', 'b', '--instance', 'alice'], { at: minute(1) })
  await coord(['lock', 'acquire', 'a', 'c', '--instance', 'bob'], { at: minute(6) })
  await coord(['decisions', 'add', '--category=testing', '--title=T', '--description=D', '--instance', 'bob'], {
    at: minute(7),
  })
  const { code, stdout } = await coord(['diff', '2', '6', '--json'], { at: now })
  const { from, to, instances, locks, decisions } = JSON.parse(stdout)
  assert.equal([code, from.sequence, to.sequence], [0, 2, 6])
  const paths = (rows: { path: string }[]) => rows.map(({ path }) => path)
  assert.equal([instances.came.map(({ id }: { id: string }) => id), instances.left], [['bob'], []])
  assert.equal([paths(locks.taken), paths(locks.freed), locks.passed.length], [['c'], ['b'], 1])
  assert.equal([locks.passed[0].before.holder, locks.passed[0].after.holder], ['alice', 'bob'])
  assert.equal(
    decisions.added.map(({ title }: { title: string }) => title),
    ['T'],
  )
  const text = (await coord(['diff', '2', '6'], { at: now })).stdout
  for (const line of [
    '  + bob',
    '  + c, held by bob (token 5)',
    '  - b, held by alice (token 2)',
    '  ~ a: held by alice (token 2) → held by bob (token 5)',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`)
  }
  assert.match((await coord(['diff', '3', '3'], { at: now })).stdout, /No difference\.\n$/)
  const backwards = await coord(['diff', '6', '2'], { at: now })
  assert.equal([backwards.code, /Run: coord diff 2 6/.test(backwards.stderr)], [2, true])
  assert.is((await coord(['diff', 'x'], { at: now })).code, 2)
})

test.run()
