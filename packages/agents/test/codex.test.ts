import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codex } from '../src/codex/adapter.js'
import type { HookEvent } from '../src/contract.js'
import { otherSession, recording, type Stage, send } from './leaks/play.js'
import { denied, hooksLog, leases, records, removeScratch, repository, run, state, testClock } from './session.js'

/** Payloads of the real client 0.169.0; 01 to 22 are one whole run. */

const folder = fileURLToPath(new URL('../../test/fixtures/codex', import.meta.url))
const names = readdirSync(folder)
  .sort()
  .map((name) => `codex/${name.replace(/\.json$/, '')}`)
const test = suite('Codex')
test.after(removeScratch)

function stage(): Stage {
  const repo = repository()
  const clock = testClock()
  return { repo, clock, other: otherSession(repo, clock), clientPid: process.pid, kill: async () => undefined }
}

function event(name: string, fields: Record<string, unknown> = {}): HookEvent {
  const found = codex.recognise(recording(name, '/home/dev/app', fields), {})
  if (found.kind !== 'event') throw new Error(JSON.stringify(found))
  return found.event
}

test('every recording is recognised', () => {
  assert.is(names.length, 58)
  for (const name of names) event(name)
})

test('one whole run leaves exactly these events, and nothing held', async () => {
  const scene = stage()
  for (const name of names.slice(0, 22)) {
    const ran = await send('codex', scene, name)
    assert.equal([ran.code, ran.stderr], [0, ''], name)
    assert.is(ran.stdout === '', !name.endsWith('SessionStart'), `${name}: ${ran.stdout}`)
    scene.clock.advance(1_000)
  }
  const all = await records(scene.repo)
  assert.equal(
    all.map(({ type }) => type),
    [
      'instance.registered',
      'turn.started',
      'lock.acquired',
      'file.edited',
      'lock.acquired',
      'file.edited',
      'turn.ended',
      'instance.ended',
    ],
  )
  assert.match(all[0]?.by ?? '', /^codex-\d{8}-\d{6}-[0-9a-f]{8}$/)
  assert.is(JSON.stringify(all[0]).includes('"host":"codex"'), true)
  assert.equal(await leases(scene.repo), {})
})

const edits: [string, string, string[]][] = [
  ['an added file', '09-PreToolUse', ['src/new.txt']],
  ['two updated files', '13-PreToolUse', ['a.txt', 'b.txt']],
  ['an absolute path, a move, a deletion', '23-PreToolUse', ['/home/dev/app/a.txt', 'moved/a2.txt', 'b.txt']],
  ['in code mode', '31-PreToolUse', ['a.txt', 'b.txt']],
  ['outside the workspace', '50-PreToolUse', ['/home/dev/other/out2.txt']],
]
for (const [what, name, paths] of edits) {
  test(`${what}: ${name}`, () => {
    const found = event(`codex/${name}`)
    assert.is(found.event, 'before-edit')
    if (found.event === 'before-edit') assert.equal(found.paths, paths)
  })
}

test('a patch is one lease for all of its files, at both ends of a move, or one refusal that names each', async () => {
  const scene = stage()
  await send('codex', scene, 'codex/23-PreToolUse')
  assert.equal(Object.keys(await leases(scene.repo)).sort(), ['a.txt', 'b.txt', 'moved/a2.txt'])
  assert.is((await records(scene.repo)).filter(({ type }) => type === 'lock.acquired').length, 1)
  const elsewhere = stage()
  await elsewhere.other.before('b.txt')
  await elsewhere.other.before('a.txt')
  const refused = await send('codex', elsewhere, 'codex/23-PreToolUse')
  const reason = denied(refused) ?? ''
  assert.match(reason, /File a\.txt is locked by instance claude-/)
  assert.match(reason, /File b\.txt is locked by instance claude-/)
  assert.is(reason.match(/Nothing was written/g)?.length, 1)
  assert.equal(Object.keys(await leases(elsewhere.repo)).sort(), ['a.txt', 'b.txt'], 'and nothing of the patch')
  const output = JSON.parse(refused.stdout)
  assert.equal(Object.keys(output), ['hookSpecificOutput'], 'another key would void the refusal')
  assert.equal(Object.keys(output.hookSpecificOutput), [
    'hookEventName',
    'permissionDecision',
    'permissionDecisionReason',
  ])
})

test('its shell has nothing of ours: what it is told to run says where coord is and for whom it acts', async () => {
  const scene = stage()
  const bin = join(scene.repo, '.claude/coordination/bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'coord'), '')
  const started = await send('codex', scene, 'codex/01-SessionStart')
  const [first] = await records(scene.repo)
  assert.match(started.stdout, new RegExp(`This session is instance ${first?.by}\\\\n|instance ${first?.by}\\.`))
  assert.match(started.stdout, /`\.claude\/coordination\/bin\/coord status`/)
  assert.not.match(started.stdout, /COORD_INSTANCE_ID/)
  await scene.other.before('src/new.txt')
  const reason = denied(await send('codex', scene, 'codex/09-PreToolUse')) ?? ''
  const command = `\`.claude/coordination/bin/coord lock acquire src/new.txt --wait 5m --instance ${first?.by}\``
  assert.ok(reason.includes(command), reason)
})

test('paths are taken from the working folder of the call', async () => {
  const scene = stage()
  await send('codex', scene, 'codex/09-PreToolUse', { cwd: join(scene.repo, 'packages', 'x') })
  assert.equal(Object.keys(await leases(scene.repo)), ['packages/x/src/new.txt'])
})

test('a subagent is an instance of its own below the session, and its end releases what it held', async () => {
  const scene = stage()
  for (const name of ['35-SubagentStart', '36-PreModelRequest', '37-PreToolUse', '38-PostToolUse', '39-PreToolUse']) {
    await send('codex', scene, `codex/${name}`)
  }
  const instances = Object.values((await state(scene.repo)).instances)
  const sub = instances.find(({ parent }) => parent !== undefined)
  assert.is(instances.find(({ id }) => id === sub?.parent)?.role, 'main')
  assert.equal(await leases(scene.repo), { 'b.txt': sub?.id })
  await send('codex', scene, 'codex/40-SubagentStop')
  assert.equal(await leases(scene.repo), {})
})

test('a request to the model that belongs to a subagent’s turn ends no call of the session', async () => {
  const scene = stage()
  await send('codex', scene, 'codex/02-UserPromptSubmit')
  await send('codex', scene, 'codex/09-PreToolUse')
  await send('codex', scene, 'codex/11-PreModelRequest', { turn_id: 'the turn of a subagent' })
  assert.equal(Object.keys(await leases(scene.repo)), ['src/new.txt'])
  await send('codex', scene, 'codex/11-PreModelRequest')
  assert.equal(await leases(scene.repo), {})
})

test('a patch that names no file is let through, and the hook log says so', async () => {
  const scene = stage()
  const ran = await send('codex', scene, 'codex/09-PreToolUse', {
    tool_input: { command: '*** Begin Patch\n*** Frobnicate: a\n*** End Patch' },
  })
  assert.equal([ran.code, ran.stdout, ran.stderr], [0, '', ''])
  assert.match(hooksLog(scene.repo), /the patch of apply_patch could not be read \(it names no file\)/)
  assert.equal(await leases(scene.repo), {})
})

test('a patch that came back with an error is no edit', async () => {
  const scene = stage()
  await send('codex', scene, 'codex/09-PreToolUse')
  await send('codex', scene, 'codex/10-PostToolUse', { tool_response: 'Exit code: 1\nOutput:\nno' })
  assert.equal(await leases(scene.repo), {})
  assert.not((await records(scene.repo)).some(({ type }) => type === 'file.edited'))
})

test('nothing is said where the client would read it as an error', async () => {
  const scene = stage()
  for (const name of ['21-Stop', '52-Interrupt', '07-PreModelRequest', '22-SessionEnd', '49-PermissionRequest']) {
    const ran = await send('codex', scene, `codex/${name}`)
    assert.equal([ran.code, ran.stdout, ran.stderr], [0, '', ''], name)
  }
  const inform = { kind: 'inform', agent: 'x', person: 'y' } as const
  assert.is(codex.render(event('codex/21-Stop'), inform), '')
  assert.equal(JSON.parse(codex.render(event('codex/09-PreToolUse'), inform)), {
    systemMessage: 'y',
    hookSpecificOutput: { hookEventName: 'PreToolUse', additionalContext: 'x' },
  })
})

test('what is not of its form is said, and lets go on', async () => {
  const { repo } = stage()
  const ran = await run('{"hook_event_name":"PreToolUse","session_id":7,"cwd":"/x"}', { cwd: repo }, 'codex')
  assert.equal([ran.code, ran.stdout], [0, ''])
  assert.match(ran.stderr, /^coordlog: codex: not coordinated: .*session_id/)
})

test.run()
