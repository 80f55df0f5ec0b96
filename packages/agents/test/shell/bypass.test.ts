import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { context, denied, leases, records, removeScratch, state } from '../session.js'
import { after, before, edits, put, type Stage, stage } from './shellSession.js'

/** Held files that somebody else changed: noticed afterwards, whatever wrote them. */
const test = suite('changes behind a lease')
test.after(removeScratch)

async function held(): Promise<Stage & { holder: string }> {
  const scene = stage()
  put(scene.repo, 'a.ts', 'one\n')
  await edits(scene.alice, 'a.ts', 'two\n')
  return { ...scene, holder: (await leases(scene.repo))['a.ts'] ?? '' }
}

async function bypasses(repo: string) {
  return (await records(repo)).filter(({ type }) => type === 'bypass.detected')
}

const opaque = './format.sh'

test('after an unknown program of bob, alice’s file is another: bob is named, alice is told once', async () => {
  const { repo, alice, bob, holder } = await held()
  await before(bob, opaque)
  put(repo, 'a.ts', 'formatted\n')
  await after(bob, opaque)
  const [found, ...others] = await bypasses(repo)
  assert.equal(others, [])
  const suspect = String(found?.data['suspect'])
  assert.is(found?.by, suspect)
  assert.is.not(suspect, holder)
  const told = context(await alice.before('b.ts')) ?? ''
  assert.match(
    told,
    new RegExp(`file a\\.ts, which this session holds, was changed by instance ${suspect} \\("Bash"\\)`),
  )
  assert.match(told, new RegExp(`event ${found?.seq}`))
  assert.is(context(await alice.before('c.ts')), undefined, 'once')
  assert.equal(
    (await state(repo)).bypasses.map((each) => [each.path, each.holder, each.suspect, each.told]),
    [['a.ts', holder, suspect, true]],
  )
})

test('every way of changing a file is noticed: same size, same time, replaced, removed, made anew', async () => {
  const changes: Record<string, (file: string) => void> = {
    'same size': (file) => writeFileSync(file, 'owt\n'),
    'with its old time put back': (file) => {
      const { atime, mtime } = statSync(file)
      writeFileSync(file, 'owt\n')
      utimesSync(file, atime, mtime)
    },
    longer: (file) => writeFileSync(file, 'two and more\n'),
    emptied: (file) => writeFileSync(file, ''),
    removed: (file) => rmSync(file),
    replaced: (file) => {
      writeFileSync(`${file}.new`, 'new\n')
      renameSync(`${file}.new`, file)
    },
  }
  for (const [name, change] of Object.entries(changes)) {
    const { repo, bob } = await held()
    await before(bob, opaque)
    change(join(repo, 'a.ts'))
    await after(bob, opaque)
    assert.is((await bypasses(repo)).length, 1, name)
  }
})

test('nobody’s shell ran: it is noticed at the holder’s next hook, and nobody is named', async () => {
  for (const event of ['UserPromptSubmit', 'PreToolUse', 'Stop', 'SessionEnd']) {
    const { repo, alice, clock } = await held()
    clock.advance(10_000)
    put(repo, 'a.ts', 'by a person\n')
    if (event === 'PreToolUse') await alice.before('a.ts')
    else await alice.send({ hook_event_name: event, prompt: 'go on', reason: 'other', stop_hook_active: false })
    const [found] = await bypasses(repo)
    assert.is(found?.data['suspect'], undefined, event)
    assert.is(found?.type, 'bypass.detected', event)
  }
})

test('the prompt tells of it, as a labelled fact', async () => {
  const { repo, alice } = await held()
  put(repo, 'a.ts', 'by a person\n')
  const told =
    context(await alice.send({ hook_event_name: 'UserPromptSubmit', prompt: 'go on', prompt_id: 'p2' })) ?? ''
  assert.match(
    told,
    /^coordlog: file a\.ts, which this session holds, was changed by somebody whom coordlog does not know/,
  )
})

test('a refusal carries the news too', async () => {
  const { repo, alice, bob } = await held()
  await edits(bob, 'b.ts', 'mine\n')
  put(repo, 'a.ts', 'by a person\n')
  const reason = denied(await alice.before('b.ts')) ?? ''
  assert.match(
    reason,
    /^File b\.ts is locked by instance[\s\S]*\ncoordlog: file a\.ts, which this session holds, was changed by/,
  )
})

test('touched but the same, read, or written by the holder’s own command: no bypass', async () => {
  const { repo, alice, bob } = await held()
  await before(bob, opaque)
  writeFileSync(join(repo, 'a.ts'), readFileSync(join(repo, 'a.ts')))
  await after(bob, opaque)
  await before(alice, opaque)
  put(repo, 'a.ts', 'formatted by alice\n')
  await after(alice, opaque)
  await alice.before('a.ts')
  assert.equal(await bypasses(repo), [])
  await before(bob, opaque, { call: '2' })
  put(repo, 'a.ts', 'formatted by bob\n')
  await after(bob, opaque, { call: '2' })
  assert.is((await bypasses(repo)).length, 1, 'what alice’s command left is what counts now')
})

test('a formatter that runs as a hook after the edit belongs to the edit', async () => {
  const { repo, alice, clock } = await held()
  put(repo, 'a.ts', 'two, formatted\n')
  clock.advance(500)
  await alice.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.equal(await bypasses(repo), [])
  put(repo, 'a.ts', 'by a person, later\n')
  await alice.before('a.ts')
  assert.is((await bypasses(repo)).length, 1)
})

test('an edit that went through with a warning is told of as what it was', async () => {
  const { repo, alice, bob } = await held()
  put(repo, '.claude/coordination/config.json', '{"enforce":"warn"}')
  await edits(bob, 'a.ts', 'mine\n')
  await alice.before('c.ts')
  const [found] = await bypasses(repo)
  assert.is(found?.data['suspect'], (await records(repo)).findLast(({ type }) => type === 'file.edited')?.by)
})

test('the client’s own report counts even for a file that a person holds', async () => {
  const { repo, bob } = await held()
  const command = 'ls'
  put(repo, 'a.ts', 'changed\n')
  const response = { stdout: '', bashEditDiff: { changedFiles: [join(repo, 'a.ts')], files: [], moreFiles: 0 } }
  await after(bob, command, { response })
  assert.is((await bypasses(repo)).length, 1)
})

test('while the holder’s own call is in flight its file is not looked at', async () => {
  const { repo, alice, bob } = stage()
  put(repo, 'a.ts', 'one\n')
  await before(alice, 'sed -i s/one/two/ a.ts')
  put(repo, 'a.ts', 'two\n')
  await before(bob, opaque)
  await after(bob, opaque)
  assert.equal(await bypasses(repo), [])
  await after(alice, 'sed -i s/one/two/ a.ts')
  assert.equal(await bypasses(repo), [])
})

test.run()
