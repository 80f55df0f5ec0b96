import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { HookEvent } from '../src/contract.js'
import { copilot } from '../src/copilot/adapter.js'
import { copilot as rehearsal } from '../src/copilot/rehearsal.js'
import { otherSession, recording, type Stage, send } from './leaks/play.js'
import { hooksLog, leases, records, removeScratch, repository, state, testClock, types } from './session.js'

/** Payloads of the real client 1.0.102, in both of its dialects: one folder for each scenario. */

const folder = fileURLToPath(new URL('../../test/fixtures/copilot', import.meta.url))
const test = suite('Copilot')
test.after(removeScratch)

function stage(): Stage {
  const repo = repository()
  const clock = testClock()
  return { repo, clock, other: otherSession(repo, clock), clientPid: process.pid, kill: async () => undefined }
}

function scenario(name: string): string[] {
  return readdirSync(join(folder, name))
    .sort()
    .map((file) => `copilot/${name}/${file.replace(/\.json$/, '')}`)
}

async function play(scene: Stage, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const ran = await send(name.includes('-claude-') ? 'claude-code' : 'copilot', scene, name)
    assert.equal([ran.code, ran.stderr], [0, ''], name)
    scene.clock.advance(100)
  }
}

function event(name: string): HookEvent {
  const found = copilot.recognise(recording(name, '/home/dev/app'), {})
  if (found.kind !== 'event') throw new Error(`${name}: ${JSON.stringify(found)}`)
  return found.event
}

const kinds: Record<string, string> = {
  sessionstart: 'session-start',
  userpromptsubmitted: 'prompt',
  userpromptsubmit: 'prompt',
  posttoolusefailure: 'call-failed',
  subagentstart: 'subagent-start',
  subagentstop: 'subagent-end',
  agentstop: 'turn-end',
  stop: 'turn-end',
  sessionend: 'session-end',
  permissionrequest: 'other',
  notification: 'other',
  erroroccurred: 'other',
}

test('every recording is what its file says, also where the payload does not', () => {
  for (const name of readdirSync(folder).flatMap(scenario)) {
    const word = name.split('-').at(-1)?.toLowerCase() ?? ''
    const found = event(name)
    const expected = kinds[word] ?? (word === 'pretooluse' ? 'before-edit' : 'after-edit')
    // Tools that write no file by name count as a sign of life.
    const isSilent = found.event === 'other' && word.includes('tooluse')
    const isShell = found.event.endsWith('-shell')
    if (isShell) assert.is(found.event, word === 'pretooluse' ? 'before-shell' : 'after-shell', name)
    else if (!isSilent) assert.is(found.event, expected, name)
  }
})

const whole = [
  'instance.registered',
  'turn.started',
  'lock.acquired',
  'file.edited',
  'file.edited',
  // For what the shell is about to write.
  'lock.acquired',
  'turn.ended',
  'instance.ended',
]

test('one whole run in either dialect leaves nothing held', async () => {
  const pascal = stage()
  await play(
    pascal,
    scenario('b-pascal').filter((name) => !name.includes('011-')),
  )
  // The failing edit gives its call back, the file stays leased by the edits before it.
  const seen = (await types(pascal.repo)).filter((type) => type !== 'lock.released' && type !== 'lock.renewed')
  assert.equal(seen, whole)
  assert.equal(await leases(pascal.repo), {})
  const camel = stage()
  await play(camel, scenario('a-camel'))
  assert.equal(await leases(camel.repo), {})
  assert.match((await records(camel.repo))[0]?.by ?? '', /^copilot-/)
})

test('with hooks of its own, those of .claude/settings.json stay silent; without, they answer for it', async () => {
  const own = stage()
  const file = join(own.repo, '.github/hooks/coordlog.json')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '{}\n')
  const names = scenario('d-camel-and-claude')
  const claude = names.filter((name) => name.includes('-claude-'))
  await play(own, claude)
  assert.equal(await records(own.repo), [])
  assert.is(hooksLog(own.repo), '')
  const alone = stage()
  await play(alone, claude)
  const [first] = await records(alone.repo)
  assert.match(first?.by ?? '', /^copilot-/)
  assert.ok((await types(alone.repo)).includes('file.edited'))
})

test('fired twice, everything is recorded once, and refused twice', async () => {
  const once = stage()
  const twice = stage()
  const names = scenario('d-camel-and-claude')
  await play(
    once,
    names.filter((name) => !name.includes('-claude-')),
  )
  await play(twice, names)
  assert.equal(await types(twice.repo), await types(once.repo))

  const held = stage()
  await held.other.before('src/a.txt')
  const before = (await records(held.repo)).length
  for (const [agent, name] of [
    ['copilot', '005-preToolUse'],
    ['claude-code', '006-claude-PreToolUse'],
  ] as const) {
    const ran = await send(agent, held, `copilot/d-camel-and-claude/${name}`)
    assert.match(rehearsal.refusalIn(ran.stdout) ?? '', /src\/a\.txt is locked by instance claude-/, name)
  }
  const added = (await records(held.repo)).slice(before).map(({ type }) => type)
  assert.equal(added, ['instance.registered', 'lock.denied'])
})

test('two edits of one file in a row are two edits', async () => {
  const scene = stage()
  await play(scene, scenario('b-pascal').slice(0, 8))
  const edits = (await types(scene.repo)).filter((type) => type === 'file.edited')
  assert.is(edits.length, 2)
})

test('a patch: one refusal for all of its files', async () => {
  const scene = stage()
  await scene.other.before('src/two.txt')
  const ran = await send('copilot', scene, 'copilot/p-apply-patch-camel/003-preToolUse')
  assert.match(rehearsal.refusalIn(ran.stdout) ?? '', /File src\/two\.txt is locked/)
  assert.equal(Object.keys(await leases(scene.repo)), ['src/two.txt'])
})

for (const dialect of ['e-subagents', 'r-pascal-subagent']) {
  test(`subagents are sessions of their own below the one that started them: ${dialect}`, async () => {
    const scene = stage()
    const names = scenario(dialect)
    const written = names.findIndex((name) => /-[pP]ostToolUse$/.test(name))
    await play(scene, names.slice(0, written + 1))
    const { instances } = await state(scene.repo)
    const sub = Object.values(instances).find(({ parent }) => parent !== undefined)
    assert.is(instances[sub?.parent ?? '']?.role, 'main')
    assert.is(Object.values(instances).length, 2)
    assert.equal(Object.values(await leases(scene.repo)), [sub?.id])
    await play(scene, names.slice(written + 1))
    assert.equal(await leases(scene.repo), {})
    const live = Object.values((await state(scene.repo)).instances).filter(({ phase }) => phase !== 'ended')
    assert.equal(live, [])
  })
}

test('an end of the session while a subagent is at work ends only the turn', async () => {
  const scene = stage()
  const names = scenario('e-subagents')
  await play(scene, names.slice(0, 8))
  await send('copilot', scene, 'copilot/e-subagents/022-sessionEnd')
  assert.is(Object.keys(await leases(scene.repo)).length, 1, 'of the subagent')
  await send('copilot', scene, 'copilot/e-subagents/010-subagentStop')
  assert.equal(await leases(scene.repo), {})
})

test('a session that ended and goes on is itself again', async () => {
  const scene = stage()
  await play(scene, scenario('f-subagent-background'))
  const mains = Object.values((await state(scene.repo)).instances).filter(({ parent }) => parent === undefined)
  assert.is(mains.length, 1)
  assert.equal(await leases(scene.repo), {})
})

test('a relative path is taken from the working folder', async () => {
  const scene = stage()
  await send('copilot', scene, 'copilot/h-subfolder-root-trusted/003-preToolUse')
  assert.equal(Object.keys(await leases(scene.repo)), ['src/rel.txt'])
})

test('what is not of its form is said, and the edit goes ahead', async () => {
  const scene = stage()
  const { run } = await import('./session.js')
  for (const payload of ['{}', '[]', 'null', '{"sessionId":"s","timestamp":1,"cwd":"/x"}', 'nonsense', '']) {
    const ran = await run(payload, { cwd: scene.repo }, 'copilot')
    assert.equal([ran.code, ran.stdout], [0, ''], payload)
    assert.match(ran.stderr, /^coordlog: copilot: not coordinated: /)
  }
})

test.run()
