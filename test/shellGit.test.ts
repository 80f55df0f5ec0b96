// timeout: 240s
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Two sessions and real git: nobody's staged or unfinished work gets into the other's commit. Each hook is a process of its own. */
const test = suite<{ top: string; linked: string }>('git between sessions')

const hookProgram = resolve(import.meta.dirname, '..', '..', 'bin', 'load.cjs')
const coord = resolve(import.meta.dirname, '..', '..', 'bin', 'coord')

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

test.before.each((context) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-git-')))
  context.top = join(root, 'app')
  context.linked = join(root, 'side')
  git(root, 'init', '-q', '-b', 'main', context.top)
  for (const [key, value] of [
    ['user.email', 'dev@example.org'],
    ['user.name', 'dev'],
  ] as const)
    git(context.top, 'config', key, value)
  for (const name of ['a.ts', 'b.ts']) writeFileSync(join(context.top, name), 'one\n')
  git(context.top, 'add', '.')
  git(context.top, 'commit', '-qm', 'begin')
  git(context.top, 'worktree', 'add', '-q', '-b', 'side', context.linked)
})
test.after.each(({ top }) => rmSync(resolve(top, '..'), { recursive: true }))

interface Answer {
  hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string; additionalContext?: string }
}

/** One session of an agent that does what it is let do. */
function agent(session: string, cwd: string) {
  let calls = 0
  const send = (payload: object): Answer => {
    const input = JSON.stringify({ session_id: session, cwd, transcript_path: '/t', prompt_id: 'p', ...payload })
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      CLAUDE_PROJECT_DIR: cwd,
      CLAUDE_PID: String(process.pid),
    }
    const ended = spawnSync(process.execPath, [hookProgram, 'hook', 'claude-code'], {
      cwd,
      env,
      input,
      encoding: 'utf8',
    })
    assert.equal([ended.status, ended.stderr], [0, ''])
    return ended.stdout === '' ? {} : JSON.parse(ended.stdout)
  }
  return {
    send,
    /** undefined: it was refused nothing. */
    run(command: string): string | undefined {
      calls += 1
      const call = { tool_name: 'Bash', tool_input: { command }, tool_use_id: `toolu_${session}_${calls}` }
      const output = send({ hook_event_name: 'PreToolUse', ...call }).hookSpecificOutput
      if (output?.permissionDecision === 'deny') return output.permissionDecisionReason
      const { status } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' })
      send({
        hook_event_name: status === 0 ? 'PostToolUse' : 'PostToolUseFailure',
        ...call,
        tool_response: {},
        error: '',
      })
      return undefined
    },
    write(path: string, content: string): string | undefined {
      calls += 1
      const call = {
        tool_name: 'Write',
        tool_input: { file_path: join(cwd, path), content },
        tool_use_id: `toolu_${session}_${calls}`,
      }
      const output = send({ hook_event_name: 'PreToolUse', ...call }).hookSpecificOutput
      if (output?.permissionDecision === 'deny') return output.permissionDecisionReason
      writeFileSync(join(cwd, path), content)
      send({ hook_event_name: 'PostToolUse', ...call, tool_response: {} })
      return undefined
    },
    stop: () => send({ hook_event_name: 'Stop', stop_hook_active: false }),
  }
}

function committed(cwd: string): string[] {
  return git(cwd, 'show', '--name-only', '--format=', 'HEAD')
    .split('\n')
    .filter((line) => line !== '')
}

function locks(cwd: string): string[] {
  const status: { locks: { path: string }[] } = JSON.parse(
    execFileSync(coord, ['status', '--json'], { cwd, encoding: 'utf8' }),
  )
  return status.locks.map(({ path }) => path)
}

test('staged by one, the other’s commit is refused until the turn is over; then it sweeps nothing', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  writeFileSync(join(top, 'mine.ts'), 'alice\n')
  writeFileSync(join(top, 'his.ts'), 'bob\n')
  assert.is(alice.run('git add mine.ts'), undefined)
  const reason = bob.run('git add his.ts && git commit -qm "bob"') ?? ''
  assert.match(reason, /^Resource @git\/index \(the staging area of the main checkout\) is locked by instance claude-/)
  assert.is(git(top, 'log', '--format=%s', '-1').trim(), 'begin')
  assert.is(alice.run('git commit -qm "alice"'), undefined)
  assert.equal(committed(top), ['mine.ts'])
  assert.equal(locks(top), [], 'her commit has emptied the index, so nothing of it is hers any more')
  assert.is(bob.run('git add his.ts && git commit -qm "bob"'), undefined)
  assert.equal(committed(top), ['his.ts'])
})

test('git add and git commit of files that another one is editing are refused, by name and by folder', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  assert.is(alice.write('a.ts', 'half of it\n'), undefined)
  assert.is(bob.write('b.ts', 'two\n'), undefined)
  for (const command of [
    'git add -A && git commit -m x',
    'git add .',
    'git add a.ts',
    'git commit -am x',
    'git add -u',
  ]) {
    assert.match(bob.run(command) ?? '', /File a\.ts is locked by instance/, command)
  }
  assert.is(git(top, 'diff', '--cached', '--name-only'), '', 'nothing was staged')
  assert.is(bob.run('git add b.ts && git commit -qm "only b"'), undefined)
  assert.equal(committed(top), ['b.ts'])
  assert.is(alice.stop().hookSpecificOutput, undefined)
  assert.is(bob.run('git add -A && git commit -qm "all"'), undefined)
  assert.equal(committed(top), ['a.ts'])
})

test('what a session has committed itself is nobody’s unfinished work, though it still holds the file', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  assert.is(alice.write('a.ts', 'all of it\n'), undefined)
  assert.is(alice.run('git add a.ts && git commit -qm "alice"'), undefined)
  assert.equal(locks(top), ['a.ts'])
  assert.is(bob.write('b.ts', 'two\n'), undefined)
  assert.is(bob.run('git add -A && git commit -qm "bob" && git stash -q -u; git reset -q --hard'), undefined)
  assert.equal(committed(top), ['b.ts'])
})

test('what puts away work is refused where another one has work; what git leaves alone is not', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  writeFileSync(join(top, 'b.ts'), 'two\n')
  assert.is(alice.write('new.ts', 'not tracked\n'), undefined)
  assert.is(bob.run('git checkout -- b.ts'), undefined)
  assert.is(bob.run('git reset -q --hard'), undefined, 'a file that git does not know stays')
  assert.match(bob.run('git clean -fdq') ?? '', /File new\.ts is locked/)
  assert.match(bob.run('git stash -u') ?? '', /File new\.ts is locked/)
  assert.is(alice.write('a.ts', 'half of it\n'), undefined)
  for (const command of ['git stash', 'git reset --hard', 'git checkout .', 'git restore a.ts']) {
    assert.match(bob.run(command) ?? '', /File a\.ts is locked/, command)
  }
})

test('a branch that one switched to, or a merge that it left in conflict, is nobody else’s to commit on', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  git(top, 'branch', 'feature')
  assert.is(alice.run('git switch -q feature'), undefined)
  assert.match(
    bob.run('git commit --allow-empty -m x') ?? '',
    /Resource @git\/head \(the commit and branch that is checked out of the main checkout\)/,
  )
  alice.stop()
  assert.is(bob.run('git commit -q --allow-empty -m x'), undefined)
})

test('each worktree has an index of its own; the stash is one for all', ({ top, linked }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', linked)]
  writeFileSync(join(top, 'b.ts'), 'two\n')
  writeFileSync(join(linked, 'side.ts'), 'bob\n')
  assert.is(alice.run('git add b.ts'), undefined)
  assert.is(bob.run('git add side.ts && git commit -qm side'), undefined)
  assert.equal(committed(linked), ['side.ts'])
  assert.is(alice.run('git commit -qm main && echo three > b.ts && git stash -q'), undefined)
  assert.match(
    bob.run('git stash pop') ?? '',
    /Resource @git\/stash \(the stash, which all worktrees share\) is locked/,
  )
  assert.is(alice.run('git stash pop -q'), undefined)
  assert.equal(
    locks(top).filter((path) => path.startsWith('@')),
    [],
  )
})

test('a commit that fails leaves what was staged before to whoever staged it', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  writeFileSync(join(top, '.git', 'hooks', 'pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  writeFileSync(join(top, 'b.ts'), 'two\n')
  assert.is(alice.run('git add b.ts && git commit -m x'), undefined)
  assert.equal(locks(top), ['@git/index'])
  assert.match(bob.run('git commit -m x') ?? '', /@git\/index/)
})

test('status, why, the list of locks and the audit call a resource by its name', ({ top }) => {
  const [alice, bob] = [agent('alice', top), agent('bob', top)]
  writeFileSync(join(top, 'b.ts'), 'two\n')
  alice.run('git add b.ts')
  bob.run('git commit -m x')
  const run = (...args: string[]) => spawnSync(coord, args, { cwd: top, encoding: 'utf8' }).stdout
  assert.match(run('status'), /Locked Files:\n {4}- @git\/index\n/)
  assert.match(run('lock', 'list'), /@git\/index/)
  assert.match(
    run('why', '@git/index'),
    /would be refused[\s\S]*Held by instance claude-[\s\S]*was refused because of it/,
  )
  assert.match(run('audit'), /@git\/index/)
  assert.match(run('lock', 'release', '--force', '--reason', 'gone', '@git/index'), /Released @git\/index/)
})

test.run()
