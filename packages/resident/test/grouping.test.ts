import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decide } from '@coordlog/coordination/decide'
import { fold } from '@coordlog/coordination/fold'
import type { State } from '@coordlog/coordination/state'
import type { Log, NewEvent } from '@coordlog/log/contract'
import { LogError } from '@coordlog/log/errors'
import { type FileLogExtras, openFileLog } from '@coordlog/log/fileLog'
import { type FileSystem, loadFlock, realFileSystem } from '@coordlog/log/fileSystem'
import { canonicalJson } from '@coordlog/log/json'
import { systemClock } from '@coordlog/runtime/clock'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createGrouping, type Wanted } from '../src/grouping.js'

/** Decisions that arrive together: one write, one sync, each answered when it is in the log. */

interface Context {
  directory: string
  log: Log & FileLogExtras
  counts: { writes: number; syncs: number }
  /** What the next writes to a segment do: undefined, as they should. */
  trouble: { roomBytes: number | undefined; syncFails: boolean }
}

const grouping = suite<Context>('grouping')
const here = new AbortController().signal

grouping.before.each(async (context) => {
  context.directory = join(mkdtempSync(join(tmpdir(), 'coordlog-grouping-')), 'log')
  context.counts = { writes: 0, syncs: 0 }
  context.trouble = { roomBytes: undefined, syncFails: false }
  const { counts, trouble } = context
  const fs: FileSystem = {
    ...realFileSystem,
    write: (descriptor, bytes, position) => {
      const isLine = bytes[0] === 0x7b
      if (isLine) counts.writes += 1
      const room = isLine ? (trouble.roomBytes ?? bytes.length) : bytes.length
      return realFileSystem.write(descriptor, bytes.subarray(0, Math.min(room, bytes.length)), position)
    },
    syncData: (descriptor) => {
      counts.syncs += 1
      if (trouble.syncFails) throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' })
      realFileSystem.syncData(descriptor)
    },
  }
  context.log = await openFileLog(context.directory, { fs })
})
grouping.after.each(({ log, directory }) => {
  log.close()
  rmSync(join(directory, '..'), { recursive: true, force: true })
})

/** A decision of one person, numbered so that its effect can be found. */
function decision(n: number): Pick<Wanted, 'decider'> {
  return {
    decider: (state: State) => {
      const { event, reply } = decide<'decision.add'>(state, {
        type: 'decision.add',
        by: 'someone',
        at: '2026-01-08T12:45:32.000Z',
        manual: true,
        category: 'testing',
        title: `title ${n}`,
        description: '',
        scope: 'local',
        status: 'accepted',
        alternatives: [],
        files: [],
        requestId: `request-${n}`,
      })
      return event === undefined ? { reply } : { reply, event: stored(event) }
    },
  }
}

function stored({
  type,
  ts,
  by,
  data,
  durable,
}: {
  type: string
  ts: string
  by: string
  data: object
  durable: boolean
}) {
  const event: NewEvent = { type, ts, by, data: JSON.parse(JSON.stringify(data)), durable }
  return event
}

function wanted(n: number, more: Partial<Wanted> = {}): Wanted {
  return { ...decision(n), isDurable: false, deadlineMs: 2_000, signal: here, ...more }
}

async function register(log: Log, id = 'someone'): Promise<void> {
  const { event } = decide<'instance.register'>((await log.load(fold)).state, {
    type: 'instance.register',
    at: '2026-01-08T12:45:32.000Z',
    session: `session of ${id}`,
    id,
    idPrefix: 'manual',
    nonce: 'a'.repeat(32),
    host: 'h',
    role: 'r',
    task: '',
    worktree: '/w',
    cwd: '/w',
    manual: true,
  })
  if (event !== undefined) await log.append(stored(event), 'any')
}

async function titles(log: Log): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const record of log.read()) if (record.type === 'decision.recorded') found.push(record.data['title'])
  return found
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

grouping('forty durable decisions at once: one write, one sync, forty ids in their order', async ({ log, counts }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  await group.decide(wanted(0))
  Object.assign(counts, { writes: 0, syncs: 0 })
  const told = await Promise.all(numbers(40).map((n) => group.decide(wanted(n + 1))))
  assert.equal(counts, { writes: 1, syncs: 1 })
  assert.equal(
    await titles(log),
    numbers(41).map((n) => `title ${n}`),
  )
  const ids = told.map(({ reply }) => JSON.stringify(reply))
  assert.is(new Set(ids).size, 40)
  assert.equal(
    told.map(({ sequence }) => sequence),
    numbers(40).map((n) => n + 3),
  )
  assert.equal(group.counts(), { events: 41, writes: 2 })
})

grouping('the shared state is what a fold from the first record gives', async ({ log, directory }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const other = await openFileLog(directory)
  for (const round of numbers(5)) {
    const together = numbers(7).map((n) => group.decide(wanted(round * 10 + n)))
    if (round % 2 === 1)
      await other.append(
        stored({ type: 'nobody.knows', ts: '2026-01-08T12:45:32.000Z', by: 'x', data: {}, durable: false }),
        'any',
      )
    await Promise.all(together)
  }
  const anew = await openFileLog(directory)
  const mine = await log.load(group.fold())
  assert.is(canonicalJson(mine.state as never), canonicalJson((await anew.load(fold)).state as never))
  assert.is((await titles(log)).length, 35)
  anew.close()
  other.close()
})

grouping('what records nothing is answered before anybody else can ask', async ({ log, counts }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const first = await group.decide(wanted(1))
  Object.assign(counts, { writes: 0, syncs: 0 })
  let isAnswered = false
  const again = group.decide(wanted(1)).then((told) => {
    isAnswered = true
    return told
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(isAnswered, 'within one turn of the loop')
  assert.equal([(await again).reply, counts.writes], [first.reply, 0])
})

/** Somebody wants the one file. */
function acquire(state: State, by: string) {
  return decide<'lock.acquire'>(state, {
    type: 'lock.acquire',
    by,
    at: '2026-01-08T12:45:33.000Z',
    manual: false,
    paths: ['a.ts'],
    worktree: '/w',
    reason: 'edit',
    policy: { enforce: 'deny', hold: 'turn', ttlMs: 3_600_000, worktrees: 'shared' },
    requestId: `request of ${by}`,
    liveness: {},
  })
}

grouping(
  'what was decided early is decided anew if somebody else was faster: no file is granted twice',
  async ({ log, directory }) => {
    await register(log)
    await register(log, 'another')
    const group = createGrouping(log, fold, systemClock)
    const other = await openFileLog(directory)
    const theirs = acquire((await other.load(fold)).state, 'another').event
    if (theirs === undefined) throw new Error('the other one gets nothing')
    let isTurnOver = false
    setImmediate(() => {
      isTurnOver = true
    })
    let calls = 0
    const decider = (state: State) => {
      calls += 1
      const { event, reply } = acquire(state, 'someone')
      return event === undefined ? { reply } : { reply, event: stored(event) }
    }
    const asked = group.decide(wanted(1, { decider }))
    while (calls === 0) await Promise.resolve()
    await other.append(stored(theirs), 'any')
    assert.not(isTurnOver, 'the other one came before the group')
    assert.match(JSON.stringify((await asked).reply), /^\{"kind":"denied"/)
    const types: string[] = []
    for await (const { type } of log.read(3)) types.push(type)
    assert.equal(types, ['lock.acquired', 'lock.denied'])
    other.close()
  },
)

grouping('decided twice at once under one request id, it is recorded once', async ({ log }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const told = await Promise.all([1, 1, 2, 1].map((n) => group.decide(wanted(n))))
  assert.equal(await titles(log), ['title 1', 'title 2'])
  assert.equal(told[0]?.reply, told[3]?.reply)
})

grouping('nothing is acknowledged of a group that the disk takes half of', async ({ log, trouble }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  await group.decide(wanted(0))
  trouble.roomBytes = 100
  const outcomes = await Promise.allSettled(numbers(5).map((n) => group.decide(wanted(n + 1))))
  assert.ok(outcomes.every((each) => each.status === 'rejected' && each.reason instanceof LogError))
  trouble.roomBytes = undefined
  assert.equal(await titles(log), ['title 0'])
  await Promise.all(numbers(5).map((n) => group.decide(wanted(n + 1))))
  assert.equal(
    await titles(log),
    numbers(6).map((n) => `title ${n}`),
  )
})

grouping(
  'after a sync that failed nobody is told that it is durable, and the state is folded anew',
  async ({ log, trouble }) => {
    await register(log)
    const group = createGrouping(log, fold, systemClock)
    const before = group.fold()
    trouble.syncFails = true
    const outcomes = await Promise.allSettled(numbers(3).map((n) => group.decide(wanted(n))))
    assert.ok(outcomes.every((each) => each.status === 'rejected' && each.reason instanceof LogError))
    assert.is.not(group.fold(), before)
    trouble.syncFails = false
    const again = await Promise.all(numbers(3).map((n) => group.decide(wanted(n))))
    assert.is(new Set(again.map(({ reply }) => JSON.stringify(reply))).size, 3)
    assert.is(new Set(await titles(log)).size, 3)
  },
)

grouping('one that cannot be recorded is refused alone; so is one whose rules throw', async ({ log }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const tooLong = {
    reply: 0,
    event: stored({
      type: 'too.long',
      ts: '2026-01-08T12:45:32.000Z',
      by: 'x',
      data: { text: 'x'.repeat(70_000) },
      durable: false,
    }),
  }
  const outcomes = await Promise.allSettled([
    group.decide(wanted(1)),
    group.decide(wanted(2, { decider: () => tooLong })),
    group.decide(
      wanted(3, {
        decider: () => {
          throw new RangeError('a fault')
        },
      }),
    ),
    group.decide(wanted(4)),
  ])
  assert.equal(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  assert.equal(await titles(log), ['title 1', 'title 4'])
})

grouping('whoever has gone is passed over', async ({ log }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const gone = new AbortController()
  const outcomes = Promise.allSettled([group.decide(wanted(1)), group.decide(wanted(2, { signal: gone.signal }))])
  gone.abort(new Error('gone'))
  assert.equal(
    (await outcomes).map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.equal(await titles(log), ['title 1'])
})

grouping(
  'while the lock is held, each waits as long as it said; what records nothing does not wait',
  async ({ log, directory }) => {
    await register(log)
    const group = createGrouping(log, fold, systemClock)
    await group.decide(wanted(0))
    await loadFlock()
    const holder = realFileSystem.open(join(directory, 'lock'), 'update')
    assert.ok(realFileSystem.tryLock(holder))
    const startMs = performance.now()
    const ended: string[] = []
    const note = (name: string) => (): void => void ended.push(name)
    const waits = [
      group.decide(wanted(1, { deadlineMs: 2_000 })).catch(note('patient')),
      sleep(30)
        .then(() => group.decide(wanted(2, { deadlineMs: 100 })))
        .catch(note('hook')),
      sleep(40)
        .then(() => group.decide(wanted(3, { deadlineMs: 20_000 })))
        .then(note('heard')),
      sleep(50)
        .then(() => group.decide(wanted(0)))
        .then(note('asks')),
    ]
    await Promise.all(waits.slice(0, 2))
    assert.ok(performance.now() - startMs > 1_990, 'the patient one waited')
    realFileSystem.close(holder)
    await Promise.all(waits)
    assert.equal(ended, ['asks', 'hook', 'patient', 'heard'])
    assert.equal(await titles(log), ['title 0', 'title 3'])
  },
)

grouping('busy says how long it was tried, and who holds the lock', async ({ log, directory }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  await loadFlock()
  const holder = realFileSystem.open(join(directory, 'lock'), 'update')
  realFileSystem.tryLock(holder)
  const [outcome] = await Promise.allSettled([group.decide(wanted(1, { deadlineMs: 150 }))])
  realFileSystem.close(holder)
  const error: unknown = outcome?.status === 'rejected' ? outcome.reason : undefined
  assert.ok(error instanceof LogError && error.code === 'busy', String(error))
  const { waitedMs } = error.facts
  assert.ok(typeof waitedMs === 'number' && waitedMs >= 150, String(waitedMs))
  assert.match(error.message, `was not free within ${waitedMs} ms: process ${process.pid} holds it`)
})

grouping('many more than one group holds are all served, first come first', async ({ log, counts }) => {
  await register(log)
  const group = createGrouping(log, fold, systemClock)
  const order: number[] = []
  await Promise.all(numbers(200).map((n) => group.decide(wanted(n)).then(() => order.push(n))))
  assert.equal(order, numbers(200))
  assert.ok(counts.writes <= 8, `${counts.writes} writes`)
})

grouping.run()
