import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { context, denied, hooksLog, leases, records, removeScratch, state, types } from '../session.js'
import { after, before, edits, failed, put, type Stage, stage } from './shellSession.js'

/** Shell commands against the leases of others: refused, let through and told, or given leases of their own. */
const test = suite('shell commands under the guard')
test.after(removeScratch)

/** src/a.ts is alice's, edited and held. */
async function held(): Promise<Stage> {
  const scene = stage()
  put(scene.repo, 'src/a.ts', 'one\n')
  put(scene.repo, 'src/b.ts', 'one\n')
  await edits(scene.alice, 'src/a.ts', 'two\n')
  return scene
}

async function holderIn({ repo }: Stage, path: string): Promise<string> {
  return (await leases(repo))[path] ?? ''
}

test('a command that writes a held file is refused, with the holder’s name and the words of an edit', async () => {
  const scene = await held()
  const alice = await holderIn(scene, 'src/a.ts')
  for (const command of [
    "sed -i 's/one/three/' src/a.ts",
    "cat > src/a.ts <<'EOF'\nthree\nEOF",
    'cd src && rm a.ts',
    "python3 -c \"open('src/a.ts', 'w').write('x')\"",
    'mv src/b.ts src/a.ts',
    'rm -rf src',
  ]) {
    const reason = denied(await before(scene.bob, command)) ?? ''
    assert.ok(
      reason.startsWith(`File src/a.ts is locked by instance ${alice}\n`) ||
        reason.startsWith(`File src/a.ts is locked by instance ${alice}.`),
      `${command}: ${reason}`,
    )
    assert.match(reason, /The command was not run\./)
    assert.match(reason, /coord why src\/a\.ts/)
  }
  assert.equal(await leases(scene.repo), { 'src/a.ts': alice }, 'and nothing was leased to the one who was refused')
})

test('all or none: one message names each held file, and the free one is not taken', async () => {
  const scene = await held()
  await edits(scene.alice, 'src/b.ts', 'two\n')
  const reason = denied(await before(scene.bob, 'touch src/new.ts; sed -i s/a/b/ src/a.ts src/b.ts')) ?? ''
  assert.match(reason, /File src\/a\.ts is locked[\s\S]*File src\/b\.ts is locked/)
  assert.equal(Object.keys(await leases(scene.repo)).sort(), ['src/a.ts', 'src/b.ts'])
  const last = (await records(scene.repo)).at(-1)
  assert.is(last?.type, 'lock.denied')
  assert.equal(last?.data['paths'], ['src/new.ts', 'src/a.ts', 'src/b.ts'])
})

test('a free file is leased to the command, so that an edit of another is refused meanwhile', async () => {
  const scene = await held()
  const { bob, alice, repo } = scene
  assert.is((await before(bob, 'echo x >> src/b.ts')).stdout, '')
  assert.match(denied(await alice.before('src/b.ts')) ?? '', /File src\/b\.ts is locked by instance/)
  put(repo, 'src/b.ts', 'one\nx\n')
  await after(bob, 'echo x >> src/b.ts')
  const edited = (await records(repo)).findLast(({ type }) => type === 'file.edited')
  assert.equal([edited?.data['paths'], edited?.data['tool']], [['src/b.ts'], 'Bash'])
  await bob.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.ok((await leases(repo))['src/b.ts'], 'it was written, so it stays to the end of the turn')
  await bob.send({ hook_event_name: 'Stop', stop_hook_active: false })
  assert.equal(Object.keys(await leases(repo)), ['src/a.ts'])
})

test('what the command did not write is given back at once; a command that fails may have written', async () => {
  const { bob, repo } = await held()
  await before(bob, 'grep -q zzz src/b.ts && echo x >> src/b.ts')
  await failed(bob, 'grep -q zzz src/b.ts && echo x >> src/b.ts')
  assert.equal(Object.keys(await leases(repo)), ['src/a.ts'])
  assert.not.ok((await types(repo)).includes('bypass.detected'))
  await before(bob, 'sed -i s/one/two/ src/b.ts && npm test')
  put(repo, 'src/b.ts', 'two\n')
  await failed(bob, 'sed -i s/one/two/ src/b.ts && npm test')
  assert.equal(Object.keys(await leases(repo)).sort(), ['src/a.ts', 'src/b.ts'])
  assert.is((await state(repo)).files['src/b.ts']?.by, (await leases(repo))['src/b.ts'])
})

test('a call that the user refuses, or that nothing is heard of, leaves no lease', async () => {
  const { bob, repo } = await held()
  const command = 'echo x > src/b.ts'
  await before(bob, command)
  await bob.send({
    hook_event_name: 'PermissionDenied',
    tool_name: 'Bash',
    tool_use_id: `toolu_${command}`,
    tool_input: { command },
    reason: 'no',
  })
  assert.equal(Object.keys(await leases(repo)), ['src/a.ts'])
  await before(bob, command, { call: 'other' })
  await bob.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.equal(Object.keys(await leases(repo)), ['src/a.ts'])
})

test('in the background it goes on: its files stay with it until the turn is over', async () => {
  const { bob, repo, clock } = await held()
  const command = 'sleep 9; echo x > src/b.ts'
  await before(bob, command, { background: true })
  await after(bob, command, { background: true, response: { backgroundTaskId: 'b1' } })
  await bob.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  put(repo, 'src/b.ts', 'x\n')
  clock.advance(20_000)
  await bob.send({ hook_event_name: 'PostToolBatch', tool_calls: [] })
  assert.ok((await leases(repo))['src/b.ts'])
  assert.not.ok((await types(repo)).includes('bypass.detected'), 'its own writing is nobody else’s')
  await bob.send({ hook_event_name: 'Stop', stop_hook_active: false })
  assert.equal(Object.keys(await leases(repo)), ['src/a.ts'])
})

test('what is not certain is let through and told', async () => {
  const scene = await held()
  const alice = await holderIn(scene, 'src/a.ts')
  const ran = await before(scene.bob, 'grep -rl one src | xargs sed -i s/one/two/')
  assert.is(denied(ran), undefined)
  assert.match(
    context(ran) ?? '',
    new RegExp(`may write a file that it does not name for certain\\. File src/a\\.ts is locked by instance ${alice}`),
  )
  assert.match(hooksLog(scene.repo), /may write it and was let through/)
  assert.is(context(await before(scene.bob, 'npx prettier --write docs')), undefined, 'nobody holds anything there')
})

test('commands that only read record nothing and open nothing', async () => {
  const { bob, repo } = await held()
  const count = (await records(repo)).length
  for (const command of [
    'git status',
    'cat src/a.ts | head -3',
    'grep -rn one src 2>/dev/null',
    'ls -la && wc -l src/*.ts',
  ]) {
    assert.is((await before(bob, command)).stdout, '')
    assert.is((await after(bob, command)).stdout, '')
  }
  assert.is((await records(repo)).length, count, 'bob is not even registered')
})

test('the holder itself is not refused, and a subagent takes over from it as with edits', async () => {
  const { alice, repo } = await held()
  assert.is(denied(await before(alice, 'sed -i s/two/three/ src/a.ts')), undefined)
  await after(alice, 'sed -i s/two/three/ src/a.ts')
  const below = {
    agent_id: 'sub',
    agent_type: 'worker',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 's1',
    tool_input: { command: 'rm src/a.ts' },
  }
  assert.is(denied(await alice.send(below)), undefined)
  const [owner] = Object.values(await leases(repo))
  assert.ok((await state(repo)).instances[owner ?? '']?.parent !== undefined)
})

test('shell.guard: warn lets it through with a warning, off does not look', async () => {
  const warned = await held()
  put(warned.repo, '.claude/coordination/config.json', '{"shell":{"guard":"warn"}}')
  const ran = await before(warned.bob, 'rm src/a.ts')
  assert.is(denied(ran), undefined)
  assert.match(context(ran) ?? '', /^WARNING: File src\/a\.ts is locked by instance/)
  const off = await held()
  put(off.repo, '.claude/coordination/config.json', '{"shell":{"guard":"off"}}')
  assert.is((await before(off.bob, 'rm src/a.ts')).stdout, '')
  assert.not.ok((await types(off.repo)).includes('lock.denied'))
})

test('enforce: warn is not made stricter by shell.guard', async () => {
  const scene = await held()
  put(scene.repo, '.claude/coordination/config.json', '{"enforce":"warn","shell":{"guard":"deny"}}')
  assert.is(denied(await before(scene.bob, 'rm src/a.ts')), undefined)
})

test('PowerShell too', async () => {
  const { bob } = await held()
  assert.match(
    denied(await before(bob, "Set-Content -Path src\\a.ts -Value 'x'", { tool: 'PowerShell' })) ?? '',
    /src\/a\.ts is locked/,
  )
  assert.is(denied(await before(bob, 'Get-Content src/a.ts', { tool: 'PowerShell' })), undefined)
})

test('a text that is no command, or a very long one, does no harm', async () => {
  const { bob } = await held()
  for (const command of [
    '',
    '((((',
    "echo 'unclosed",
    '`',
    '$(',
    'if',
    'a\0b > c',
    `echo ${'x'.repeat(200_000)} > src/b.ts`,
    '{'.repeat(20_000),
    '$('.repeat(5_000),
    'f() { f; }; f',
    'x='.repeat(3_000),
  ]) {
    const ran = await before(bob, command, { call: String(command.length) })
    assert.is(ran.code, 0)
    assert.is(ran.stderr, '', `${command.slice(0, 40)}: ${ran.stderr}`)
    assert.is(denied(ran), undefined)
  }
})

test.run()
