import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogError } from '@coordlog/log/errors'
import { openCoordination } from '@coordlog/runtime/coordination'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  context,
  denied,
  hooksLog,
  leases,
  type Ran,
  removeScratch,
  repository,
  session,
  testClock,
} from './session.js'

/** Our own faults never stop an edit, and are never kept from the person either. */

const faults = suite('failing open')
faults.after(removeScratch)

const start = { hook_event_name: 'SessionStart', source: 'startup' }

function assertOpen(ran: Ran): void {
  assert.is(ran.code, 0)
  assert.is(denied(ran), undefined)
  assert.match(ran.stderr, /^coordlog: claude-code: not coordinated: [^\n]+\n$/)
  assert.not.match(ran.stderr + ran.stdout, /\bat .*:\d+:\d+/)
}

/** Turns one byte of the first record. */
function damage(repo: string): void {
  const segments = join(repo, '.git', 'coordlog', 'segments')
  const file = join(segments, readdirSync(segments).sort()[0] ?? '')
  const bytes = readFileSync(file)
  bytes[40] = (bytes[40] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

faults('a damaged log: the edit goes ahead, the person is told once, the hook log each time', async () => {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const second = session(repo, 'second', clock)
  for (const each of [first, second]) await each.send(start)
  await first.before('a.ts')
  damage(repo)
  const ran = await second.before('a.ts')
  assertOpen(ran)
  assert.match(ran.answer?.systemMessage ?? '', /not guarded against other sessions\. .*damaged.*coord verify/)
  assert.match(context(ran) ?? '', /edits here go ahead unguarded/)
  const again = await second.before('b.ts')
  assertOpen(again)
  assert.is(again.stdout, '')
  const other = await session(repo, 'third', clock).send({ hook_event_name: 'UserPromptSubmit', prompt: 'x' })
  assert.ok(other.answer?.systemMessage, 'another session is told too')
  assert.is(
    hooksLog(repo)
      .split('\n')
      .filter((line) => line.includes('not coordinated (damaged)')).length,
    3,
  )
})

faults('the end of a session on a damaged log says nothing to the client', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  await first.send(start)
  damage(repo)
  const ran = await first.send({ hook_event_name: 'SessionEnd', reason: 'other' })
  assertOpen(ran)
  assert.is(ran.stdout, '')
})

const thrown: [string, unknown, RegExp][] = [
  ['the disk is full', new LogError('io', 'ENOSPC (write) in /repo. The disk is full'), /not coordinated \(io\)/],
  ['the lock is not to be had', new LogError('busy', 'the lock is held by process 17'), /not coordinated \(busy\)/],
  ['no permission', new LogError('denied', 'Permission denied: /repo'), /not coordinated \(denied\)/],
  ['a system error', Object.assign(new Error('EMFILE: too many'), { code: 'EMFILE' }), /not coordinated \(EMFILE\)/],
  ['a fault of the program', new TypeError('x is not a function'), /TypeError.*a fault of coordlog/],
  ['not even an error', 'oh', /not coordinated \(fault\): oh/],
]
for (const [name, error, line] of thrown) {
  faults(name, async () => {
    const repo = repository()
    const first = session(repo, 'first', testClock())
    const payload = { hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: { file_path: 'a.ts' } }
    const ran = await first.send(payload, { open: () => Promise.reject(error) })
    assertOpen(ran)
    assert.ok(ran.answer?.systemMessage)
    assert.match(hooksLog(repo), line)
  })
}

faults('a log that does not answer: the deadline lets the edit through', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const started = performance.now()
  const payload = { hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: { file_path: 'a.ts' } }
  const ran = await first.send(payload, { open: () => new Promise(() => {}) })
  assertOpen(ran)
  assert.match(hooksLog(repo), /not coordinated \(late\): no answer within 3000 ms/)
  assert.ok(performance.now() - started > 2_900)
})

faults('an input that never ends: the deadline again', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const stdin = (async function* () {
    yield Buffer.from('{"half')
    await new Promise(() => {})
  })()
  const ran = await first.send({}, { stdin })
  assertOpen(ran)
  assert.match(hooksLog(repo), /no payload within 3000 ms/)
})

faults('an input that is whole but is never closed is answered at once', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const payload = { session_id: 'first', cwd: repo, transcript_path: '/t', ...start }
  const stdin = (async function* () {
    yield Buffer.from(JSON.stringify(payload))
    await new Promise(() => {})
  })()
  assert.ok(context(await first.send({}, { stdin })))
})

faults('a broken configuration: the defaults hold, and it is said', async () => {
  const repo = repository()
  mkdirSync(join(repo, '.claude', 'coordination'))
  writeFileSync(join(repo, '.claude', 'coordination', 'config.json'), '{"enforce":"maybe"')
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const ran = await first.send(start)
  assert.is(ran.stderr, '')
  assert.match(ran.answer?.systemMessage ?? '', /^coordlog: .*config\.json: it is not JSON/)
  assert.match(hooksLog(repo), /it is not JSON/)
  await first.before('a.ts')
  assert.ok(denied(await session(repo, 'second', clock).before('a.ts')))
})

faults('work after the answer that fails changes neither answer nor exit code', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const ran = await first.send(start, {
    open: async (options) => ({
      ...(await openCoordination(options)),
      tidyUp: () => Promise.reject(new LogError('io', 'no room for the snapshot')),
    }),
  })
  assert.is(ran.stderr, '')
  assert.ok(context(ran))
  assert.match(hooksLog(repo), /tidying up failed: no room for the snapshot/)
})

faults('an instance that is counted out between two looks registers again', async () => {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  await first.send(start)
  let isFirst = true
  const open = async (options: Parameters<typeof openCoordination>[0]) => {
    const coordination = await openCoordination(options)
    const { load } = coordination
    return {
      ...coordination,
      load: async () => {
        const loaded = await load()
        if (isFirst) {
          isFirst = false
          const ended = structuredClone(loaded)
          const id = Object.keys(ended.state.instances)[0] ?? ''
          const end = { type: 'instance.end', by: id, instance: id, reason: 'stale', manual: false } as const
          await coordination.execute<'instance.end'>(end)
          return ended
        }
        return loaded
      },
    }
  }
  const payload = { hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: { file_path: join(repo, 'a.ts') } }
  const ran = await first.send(payload, { open })
  assert.is(ran.stderr, '')
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
})

faults('every conflict leaves a line that the guide’s greps find', async () => {
  const repo = repository()
  const clock = testClock()
  await session(repo, 'first', clock).before('a.ts')
  await session(repo, 'second', clock).before('a.ts')
  assert.match(
    hooksLog(repo),
    /^\S+ coordination: File a\.ts is locked by instance claude-\S+; Write of .*was refused\n$/,
  )
})

faults.run()
