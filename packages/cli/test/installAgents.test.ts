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

const shells = [['sh'], ['bash'], ['bash', '--posix']]

/** The exit codes and what the program saw, from a folder below the repository, by the shells that clients use. */
function started(command: string, cwd: string): { codes: unknown[]; output: string } {
  // A bash that takes itself for a remote one reads a .bashrc there.
  const env = { PATH: process.env['PATH'], HOME: '/nowhere' }
  const runs = shells.map(([shell = '', ...flags]) =>
    spawnSync(shell, [...flags, '-c', command], { cwd, env, input: '{}', encoding: 'utf8' }),
  )
  return { codes: runs.map(({ status }) => status), output: runs.map(({ stdout }) => stdout).join('') }
}

/** How it was run: read into the shell that was there, or started as a program of its own. */
const program = (end: string) => `#!/usr/bin/env bash
case $0 in */coord) how=started ;; *) how=read ;; esac
echo "$how: $* $COORD_INPUT"
${end}
`

for (const shell of ['any', 'bash'] as const) {
  test(`the one line for a shell (${shell}): the same everywhere, and no refusal, with or without a program`, () => {
    const root = mkdtempSync(join(tmpdir(), "it's a $HOME `x` "))
    try {
      for (const scope of ['project', 'user'] as const) {
        const home = join(root, 'coord log')
        const command = shellCommand('codex', shell, scope, home)
        assert.ok(isShellCommand(command, 'codex') && !isShellCommand(command, 'gemini'), command)
        assert.is(programIn(command), scope === 'user' ? join(home, 'bin/coord') : undefined)
        const below = join(root, 'app', 'a', 'b')
        mkdirSync(join(root, 'app', '.git'), { recursive: true })
        mkdirSync(below, { recursive: true })
        assert.equal(started(command, below), { codes: [0, 0, 0], output: '' }, 'without a program')
        const file = scope === 'user' ? join(home, 'bin/coord') : join(root, 'app/.claude/coordination/bin/coord')
        mkdirSync(dirname(file), { recursive: true })
        // An older bash in its POSIX mode would not understand all of it, and no other shell any.
        const hows = shell === 'any' ? ['read', 'read', 'read'] : ['started', 'read', 'started']
        const output = hows.map((how) => `${how}: hook codex ends\n`).join('')
        // Who may have any shell takes no other end than 2 for a refusal.
        const ends = { 'exit 1': 0, 'syntax (': 0, 'exec /nowhere': 127, "exec sh -c 'kill -9 $$'": null }
        for (const [end, heard] of Object.entries(ends)) {
          writeFileSync(file, program(end), { mode: 0o755 })
          const code = shell === 'any' ? heard : 0
          assert.equal(started(command, below), { codes: [code, code, code], output }, end)
        }
      }
      const project = shellCommand('codex', shell, 'project', '/x')
      assert.is(shellCommand('codex', shell, 'project', '/elsewhere'), project, 'its text is what the person trusts')
      const planted = join(root, '.claude/coordination/bin/coord')
      mkdirSync(dirname(planted), { recursive: true })
      writeFileSync(planted, '#!/bin/sh\necho planted\n', { mode: 0o755 })
      rmSync(join(root, 'app/.claude'), { recursive: true })
      assert.is(started(project, join(root, 'app', 'a')).output, '', 'nothing above the worktree is run')
    } finally {
      rmSync(root, { recursive: true })
    }
  })
}

test('the lines of earlier versions are ours, and what only looks like one is not touched', () => {
  const found = 'd=$PWD; until [ -x "$d/.claude/coordination/bin/coord" ] || [ -z "$d" ]; do d=${d%/*}; done; '
  for (const text of [
    "exec sh -c '/opt/coordlog/bin/coord hook codex; exit 0'",
    `exec sh -c '${found}[ ! -x "$d/.claude/coordination/bin/coord" ] || COORD_INPUT=ends "$d/.claude/coordination/bin/coord" hook codex; exit 0'`,
  ]) {
    assert.ok(isShellCommand(text, 'codex'), text)
  }
  assert.is(
    programIn("exec sh -c 'COORD_INPUT=ends /opt/coordlog/bin/coord hook codex; exit 0'"),
    '/opt/coordlog/bin/coord',
  )
  for (const text of [
    '/opt/coordlog/bin/coord hook codex',
    "exec sh -c '/opt/coordlog/bin/coord status; exit 0'",
    "sh -c '/opt/coordlog/bin/coord hook codex; exit 0'",
    "exec sh -c 'my-hook codex; exit 0'",
    'd=/opt/coordlog/bin/coord; "$d" hook codex; exit 0',
    `make; ${shellCommand('codex', 'bash', 'user', coordlogRoot)}`,
  ]) {
    assert.not.ok(isShellCommand(text, 'codex'), text)
  }
  assert.ok(isShellCommand(shellCommand('codex', 'any', 'user', coordlogRoot), 'codex'))
})

test.run()
