import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  context,
  denied,
  leases,
  records,
  removeScratch,
  repository,
  session,
  state,
  testClock,
  types,
  worktreeOf,
} from './session.js'

const presence = suite('sessions, subagents and their place')
presence.after(removeScratch)

const start = { hook_event_name: 'SessionStart', source: 'startup' }

presence('two sessions in one folder are two instances', async () => {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const second = session(repo, 'second', clock)
  await first.send(start)
  await second.send(start)
  await first.before('a.ts')
  await second.before('b.ts')
  assert.is(new Set(Object.values(await leases(repo))).size, 2)
  await second.send({ hook_event_name: 'SessionEnd', reason: 'other' })
  assert.equal(Object.keys(await leases(repo)), ['a.ts'])
})

presence('any event registers a session that nobody announced, ends do not', async () => {
  const repo = repository()
  const clock = testClock()
  await session(repo, 'reading', clock).send({ hook_event_name: 'PostToolUse', tool_name: 'Read', tool_input: {} })
  await session(repo, 'gone', clock).send({ hook_event_name: 'SessionEnd', reason: 'other' })
  assert.equal(await types(repo), ['instance.registered'])
  await session(repo, 'child', clock).before('a.ts', { agent_id: 'x', agent_type: 'writer' })
  const [parent, child] = Object.values((await state(repo)).instances).slice(1)
  assert.is(parent?.role, 'main')
  assert.is(child?.parent, parent?.id)
})

presence('a subagent that outlives its session does not bring it back', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  await first.send(start)
  await first.send({ hook_event_name: 'SessionEnd', reason: 'clear' })
  await first.before('a.ts', { agent_id: 'x', agent_type: 'writer' })
  const [parent, child] = Object.values((await state(repo)).instances)
  assert.equal([parent?.phase, child?.phase, child?.parent], ['ended', 'working', parent?.id])
})

presence('outside git a session that goes into a folder below stays in one log', async () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-agents-')))
  mkdirSync(join(project, 'below'))
  const clock = testClock()
  await session(project, 'first', clock).before('a.ts', { cwd: join(project, 'below') })
  const ran = await session(project, 'second', clock).before('a.ts')
  rmSync(project, { recursive: true })
  assert.match(denied(ran) ?? '', /^File a\.ts is locked/)
})

presence('compaction, resume and restart keep the instance', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const first1 = context(await first.send(start))
  await first.before('a.ts')
  const compacted = await first.send({ ...start, source: 'compact' })
  assert.is(context(compacted), first1)
  assert.equal(Object.keys(await leases(repo)), ['a.ts'], 'still held')
  await first.send({ hook_event_name: 'SessionEnd', reason: 'resume' })
  await first.send({ ...start, source: 'resume' })
  const found = Object.values((await state(repo)).instances)
  assert.is(found.length, 1)
  assert.is(found[0]?.phase, 'working')
  assert.equal(await types(repo), ['instance.registered', 'lock.acquired', 'instance.ended', 'instance.registered'])
})

presence('a session that another process takes up after a crash does not pass for dead', async () => {
  const repo = repository()
  const clock = testClock()
  const client = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const crashed = session(repo, 'first', clock, { processId: client.pid ?? 0 })
  await crashed.before('a.ts')
  const gone = new Promise((resolve) => client.once('exit', resolve))
  client.kill('SIGKILL')
  await gone
  const again = session(repo, 'first', clock)
  await again.send({ ...start, source: 'resume' })
  assert.equal(await leases(repo), {}, 'what the dead process held is nobody’s')
  await again.before('a.ts')
  const other = session(repo, 'other', clock)
  await other.send(start)
  assert.ok(denied(await other.before('a.ts')), 'held by a live session')
})

presence('a start counts out those whose process is gone', async () => {
  const repo = repository()
  const clock = testClock()
  const client = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  const dying = session(repo, 'dying', clock, { processId: client.pid ?? 0 })
  const registered = dying.before('a.ts')
  await registered
  if (client.exitCode === null) await new Promise((resolve) => client.once('exit', resolve))
  const text = context(await session(repo, 'next', clock).send(start)) ?? ''
  assert.not.match(text, /Other instances/)
  assert.equal(await leases(repo), {})
})

presence('the shell of the session learns the instance, once', async () => {
  const repo = repository()
  const file = join(repo, 'environment')
  writeFileSync(file, 'export PATH=/bin')
  const first = session(repo, 'first', testClock(), { env: { CLAUDE_ENV_FILE: file } })
  await first.send(start)
  await first.send({ ...start, source: 'compact' })
  const id = Object.keys((await state(repo)).instances)[0]
  assert.is(
    readFileSync(file, 'utf8'),
    `export PATH=/bin\nexport COORD_INSTANCE_ID='${id}'\nexport CLAUDE_INSTANCE_ID='${id}'\n`,
  )
  assert.is(
    readFileSync(join(repo, '.claude', '.instance_env'), 'utf8'),
    `CLAUDE_INSTANCE_ID=${id}\nCOORD_INSTANCE_ID=${id}\n`,
  )
})

presence(
  'where coordlog is installed, the shell of the session finds coord by its name, after everything else',
  async () => {
    const repo = join(repository(), "it's here")
    execFileSync('git', ['init', '-q', repo])
    const programs = join(repo, '.claude', 'coordination', 'bin')
    mkdirSync(programs, { recursive: true })
    writeFileSync(join(programs, 'coord'), '#!/bin/sh\necho found\n', { mode: 0o755 })
    const file = join(repo, 'environment')
    const first = session(repo, 'first', testClock(), { env: { CLAUDE_ENV_FILE: file } })
    await first.send(start)
    await first.send({ ...start, source: 'compact' })
    const shell = (command: string) =>
      execFileSync('sh', ['-c', `. "$1"; ${command}`, 'sh', file], { encoding: 'utf8' })
    assert.is(shell('coord'), 'found\n')
    assert.is(shell('printf %s "$PATH"'), `${process.env['PATH']}:${programs}`)
  },
)

presence('another session in the same file comes last, so it counts', async () => {
  const repo = repository()
  const file = join(repo, 'environment')
  const clock = testClock()
  const env = { CLAUDE_ENV_FILE: file }
  await session(repo, 'first', clock, { env }).send(start)
  await session(repo, 'second', clock, { env }).send({ ...start, source: 'clear' })
  const second = readFileSync(file, 'utf8')
  const found = Object.values((await state(repo)).instances)
  assert.equal(
    found.map(({ phase }) => phase),
    ['ended', 'working'],
    'the session before /clear is over',
  )
  assert.ok(second.trimEnd().endsWith(`'${found[1]?.id}'`))
  await session(repo, 'first', clock, { env }).send({ ...start, source: 'resume' })
  assert.ok(readFileSync(file, 'utf8').trimEnd().endsWith(`'${found[0]?.id}'`), 'and back again')
})

presence('an environment file that cannot be written stops nothing', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock(), { env: { CLAUDE_ENV_FILE: repo } })
  const ran = await first.send(start)
  assert.is(ran.stderr, '')
  assert.ok(context(ran))
  assert.match(readFileSync(join(repo, '.claude', 'logs', 'hooks.log'), 'utf8'), /could not be handed to its shell/)
})

presence('the task is the first line of the prompt, cut; the configuration can forbid it', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt: `\n  ${'x'.repeat(500)}\nsecret` })
  assert.is((await records(repo))[1]?.data['task'], `${'x'.repeat(119)}…`)
  mkdirSync(join(repo, '.claude', 'coordination'))
  const config = { instance: { taskFromPrompt: false } }
  writeFileSync(join(repo, '.claude', 'coordination', 'config.json'), JSON.stringify(config))
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt: 'next', prompt_id: 'p2' })
  assert.equal((await records(repo))[2]?.data, { turn: 'p2', released: [] })
})

presence('worktrees of one repository meet in one lease', async () => {
  const main = repository()
  const clock = testClock()
  const side = worktreeOf(main, 'side')
  const first = session(main, 'first', clock)
  const second = session(side, 'second', clock)
  await first.before('a.ts')
  assert.match(denied(await second.before('a.ts')) ?? '', /^File a\.ts is locked by instance claude-/)
  const found = Object.values((await state(main)).instances)
  assert.equal(
    found.map(({ worktree, branch }) => [worktree, branch]),
    [
      [main, 'main'],
      [side, 'side'],
    ],
  )
})

presence(
  'a session that moves into a worktree stays one session; one that wanders off stays where it began',
  async () => {
    const main = repository()
    const clock = testClock()
    const side = worktreeOf(main, 'side')
    const elsewhere = repository()
    const first = session(main, 'first', clock)
    await first.before('a.ts')
    await first.send({ hook_event_name: 'CwdChanged', old_cwd: main, new_cwd: side })
    const moved = Object.values((await state(main)).instances)[0]
    assert.equal([moved?.worktree, moved?.branch, moved?.cwd], [side, 'side', side])
    await first.send({ hook_event_name: 'CwdChanged', old_cwd: side, new_cwd: elsewhere })
    await first.send({ hook_event_name: 'Stop', cwd: elsewhere })
    assert.equal(await leases(main), {})
    assert.equal(await types(elsewhere), [])
  },
)

presence('a subagent may take what its parent holds; the parent is refused until it ends', async () => {
  const repo = repository()
  const first = session(repo, 'first', testClock())
  const agent = { agent_id: 'x', agent_type: 'writer' }
  await first.send({ hook_event_name: 'UserPromptSubmit', prompt: 'Build it', prompt_id: 'prompt-1' })
  await first.before('a.ts')
  await first.after('a.ts')
  const taken = await first.before('a.ts', { ...agent, tool_use_id: 't2' })
  assert.match(context(taken) ?? '', /taken over from instance claude-.*that session started this subagent/)
  assert.match(denied(await first.before('a.ts', { tool_use_id: 't3' })) ?? '', /Role: "writer"\. Task, .*"Build it"/)
  await first.send({ hook_event_name: 'SubagentStop', ...agent })
  assert.is(denied(await first.before('a.ts', { tool_use_id: 't4' })), undefined)
})

presence('a subagent is told of strangers and siblings, not of the session that started it', async () => {
  const repo = repository()
  const clock = testClock()
  const first = session(repo, 'first', clock)
  await first.send(start)
  const alone = await first.send({ hook_event_name: 'SubagentStart', agent_id: 'x', agent_type: 'writer' })
  assert.is(alone.stdout, '')
  await session(repo, 'second', clock).before('b.ts')
  const told = await first.send({ hook_event_name: 'SubagentStart', agent_id: 'y', agent_type: 'writer' })
  assert.match(context(told) ?? '', /Other instances here at 12:00:00 UTC: 2\..*\n- claude-.*holds "b\.ts"/)
})

presence('reads.check = tell: what another session changed meanwhile is said before the edit', async () => {
  const repo = repository()
  mkdirSync(join(repo, '.claude', 'coordination'))
  writeFileSync(join(repo, '.claude', 'coordination', 'config.json'), JSON.stringify({ reads: { check: 'tell' } }))
  const clock = testClock()
  const first = session(repo, 'first', clock)
  const second = session(repo, 'second', clock)
  for (const each of [first, second]) await each.send(start)
  await first.before('a.ts')
  await first.after('a.ts')
  await first.send({ hook_event_name: 'Stop' })
  clock.advance(62_000)
  const told = context(await second.before('a.ts')) ?? ''
  assert.match(told, /file a\.ts was changed by instance claude-\S+ at 12:00:00 UTC \(1m 2s ago, event 4\)/)
  assert.match(told, /reading it again first shows what it holds now/)
  await second.after('a.ts')
  assert.is((await second.before('a.ts', { tool_use_id: 't9' })).stdout, '', 'said once')
})

presence('enforce = warn lets the edit through and says so', async () => {
  const repo = repository()
  mkdirSync(join(repo, '.claude', 'coordination'))
  writeFileSync(join(repo, '.claude', 'coordination', 'config.json'), JSON.stringify({ enforce: 'warn' }))
  const clock = testClock()
  await session(repo, 'first', clock).before('a.ts')
  const ran = await session(repo, 'second', clock).before('a.ts')
  assert.is(denied(ran), undefined)
  assert.match(
    context(ran) ?? '',
    /^WARNING: File a\.ts is locked by instance claude-\S+\nYou may want to wait or check the work registry/,
  )
})

presence.run()
