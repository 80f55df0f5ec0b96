import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgentInstaller } from '../src/install/agent.js'
import { installers } from '../src/install/agents.js'
import { isShellCommand, programIn, shellCommand } from '../src/install/shellCommand.js'
import { coordlogRoot, type Scratch, scratch, tree } from './scratchInstall.js'

/** What holds for every agent: in, in again, out; next to what others wrote; and hooks that never stand in the way. */

const test = suite<Scratch>('init and uninstall, for each agent')

function inScratch(agents: readonly AgentInstaller[], use: (s: Scratch) => void): () => void {
  return () => {
    const s = scratch(agents)
    try {
      use(s)
    } finally {
      s.remove()
    }
  }
}

for (const agent of installers) {
  for (const scope of agent.scopes) {
    test(
      `${agent.name}, ${scope}: twice is once, and uninstall leaves nothing`,
      inScratch([agent], (s) => {
        const before = tree(s.root)
        s.install(scope)
        const installed = tree(s.root)
        const { target, home } = s.request(scope)
        assert.equal(
          agent.wirings(target, home).map((wiring) => wiring.scope),
          [scope],
        )
        s.install(scope, '2026-01-08T13:00:00.000Z')
        assert.equal(tree(s.root), installed)
        s.uninstall()
        assert.equal(tree(s.root), before)
      }),
    )
  }
}

test(
  'all at once, and each out again by itself; the files that others need stay until the last one goes',
  inScratch(installers, (s) => {
    const before = tree(s.root)
    s.install('project')
    const shim = join(s.repository, '.claude/coordination/bin/coord')
    for (const [index, agent] of installers.entries()) {
      assert.ok(existsSync(shim), `before ${agent.name} goes`)
      const report = s.uninstallOf([agent])
      const isLast = index === installers.length - 1
      assert.is(/the files stay/.test(report.lines.join('\n')), !isLast, report.lines.join('\n'))
    }
    assert.equal(tree(s.root), before)
  }),
)

const foreign: [string, string, string][] = [
  [
    'codex',
    '.codex/hooks.json',
    '{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"check"}]}],"Stop":[]}}',
  ],
]
for (const [name, path, text] of foreign) {
  test(
    `${name}: what others wrote in ${path} stays to the byte, before, between and after`,
    inScratch(
      installers.filter((agent) => agent.name === name),
      (s) => {
        s.write(path, text)
        const before = tree(s.root)
        s.install('project')
        const after = readFileSync(join(s.repository, path), 'utf8')
        assert.match(after, /"command":"check"/)
        s.uninstall()
        assert.equal(tree(s.root), before)
      },
    ),
  )
}

test(
  'copilot: its file is ours alone; one that somebody changed is set aside, and stays at an uninstall',
  inScratch(
    installers.filter(({ name }) => name === 'copilot'),
    (s) => {
      const file = s.write('.github/hooks/coordlog.json', '{"version":1,"hooks":{"sessionEnd":[]}}\n')
      s.write('.github/hooks/theirs.json', '{"version":1,"hooks":{}}\n')
      const before = tree(s.root)
      const report = s.install('project')
      assert.match(report.lines.join('\n'), /change {2}\.github\/hooks\/coordlog\.json {2}\(as it was: .*backup/)
      const ours = readFileSync(file, 'utf8')
      assert.equal(Object.keys(JSON.parse(ours)), ['version', 'hooks'])
      assert.not.match(ours, /matcher/)
      s.uninstall()
      assert.equal(tree(s.root), before)
      s.install('project')
      writeFileSync(file, ours.replace('"hooks": {', '"hooks": {"Stop2": [{"type":"command","bash":"mine"}],'))
      const kept = s.uninstall()
      assert.match(kept.lines.join('\n'), /coordlog\.json was changed here and stays/)
      assert.match(readFileSync(file, 'utf8'), /mine/)
    },
  ),
)

test(
  'a malformed file stops all of it, with the place and the command',
  inScratch(installers, (s) => {
    s.write('.codex/hooks.json', '{"hooks": {}')
    const before = tree(s.root)
    assert.throws(
      () => s.install('project'),
      (error: Error) =>
        /hooks\.json, line 1, column \d+: .*coord init --agent codex --scope project/.test(error.message),
    )
    assert.equal(tree(s.root), before)
  }),
)

test(
  'a linked worktree: Codex reads the main checkout’s hooks, and init says so',
  inScratch(
    installers.filter(({ name }) => name === 'codex'),
    (s) => {
      const linked = join(s.root, 'my app two')
      s.git(s.repository, 'worktree', 'add', '-q', '-b', 'two', linked)
      const report = s.install('project', undefined, linked)
      assert.match(
        report.lines.join('\n'),
        /in a linked worktree Codex runs the hooks of .*my app\/\.codex\/hooks\.json/,
      )
      const [codex] = installers.filter(({ name }) => name === 'codex')
      const wirings = () => codex?.wirings(s.request('project', undefined, linked).target, s.home) ?? []
      assert.equal(wirings(), [], 'its own file is not the one that runs')
      s.install('project')
      assert.equal(
        wirings().map(({ path, isOfMainCheckout }) => [path, isOfMainCheckout]),
        [[join(s.repository, '.codex/hooks.json'), true]],
      )
    },
  ),
)

/** The exit code and what the program saw, from a folder below the repository, by the shells that clients use. */
function started(command: string, cwd: string): { codes: unknown[]; output: string } {
  const env = { PATH: process.env['PATH'] }
  const runs = ['sh', 'bash'].map((shell) =>
    spawnSync(shell, ['-c', command], { cwd, env, input: '{}', encoding: 'utf8' }),
  )
  return { codes: runs.map(({ status }) => status), output: runs.map(({ stdout }) => stdout).join('') }
}

test('the one line for the shell: the same everywhere, always 0, with or without a program', () => {
  const root = mkdtempSync(join(tmpdir(), "it's a $HOME `x` "))
  try {
    for (const scope of ['project', 'user'] as const) {
      const home = join(root, 'coord log')
      const command = shellCommand('codex', scope, home)
      assert.ok(isShellCommand(command, 'codex') && !isShellCommand(command, 'gemini'), command)
      assert.is(programIn(command), scope === 'user' ? join(home, 'bin/coord') : undefined)
      const below = join(root, 'app', 'a', 'b')
      mkdirSync(join(root, 'app', '.git'), { recursive: true })
      mkdirSync(below, { recursive: true })
      assert.equal(started(command, below), { codes: [0, 0], output: '' }, 'without a program')
      const program = scope === 'user' ? join(home, 'bin/coord') : join(root, 'app/.claude/coordination/bin/coord')
      mkdirSync(dirname(program), { recursive: true })
      writeFileSync(program, '#!/bin/sh\necho "$* $COORD_INPUT"\nexit 1\n', { mode: 0o755 })
      const output = 'hook codex ends\nhook codex ends\n'
      assert.equal(started(command, below), { codes: [0, 0], output }, 'with one that fails')
      writeFileSync(program, '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 })
      assert.equal(started(command, below).codes, [0, 0], 'with one that is killed')
    }
    const project = shellCommand('codex', 'project', '/x')
    assert.is(shellCommand('codex', 'project', '/elsewhere'), project, 'its text is what the person trusts')
    const planted = join(root, '.claude/coordination/bin/coord')
    mkdirSync(dirname(planted), { recursive: true })
    writeFileSync(planted, '#!/bin/sh\necho planted\n', { mode: 0o755 })
    rmSync(join(root, 'app/.claude'), { recursive: true })
    assert.is(started(project, join(root, 'app', 'a')).output, '', 'nothing above the worktree is run')
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('what only looks like our line is not touched', () => {
  for (const text of [
    '/opt/coordlog/bin/coord hook codex',
    "exec sh -c '/opt/coordlog/bin/coord status; exit 0'",
    "sh -c '/opt/coordlog/bin/coord hook codex; exit 0'",
    "exec sh -c 'my-hook codex; exit 0'",
  ]) {
    assert.not.ok(isShellCommand(text, 'codex'), text)
  }
  assert.ok(isShellCommand(shellCommand('codex', 'user', coordlogRoot), 'codex'))
})

test.run()
