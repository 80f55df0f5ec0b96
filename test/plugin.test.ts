// timeout: 600s
// alone
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { recorded } from '@coordlog/agents/claudeCode/recordings'
import { hookEntries } from '@coordlog/cli/install/claudeCode/wiring'
import { findPlace } from '@coordlog/runtime/place'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Checkout, checkout, coord, edit, history, read, remove, succeed, write } from './realClient/checkout.js'
import { installClient, type RunOptions, runSession } from './realClient/client.js'
import { skip } from './skip.js'

/** The plugin as `npm run plugin` makes it: what is in it, when it is silent, and what the real client does with it. */

interface Context {
  checkout: Checkout
  /** The marketplace folder. */
  made: string
}

const root = dirname(dirname(coord))
const test = suite<Context>('the plugin')

test.before((context) => {
  context.made = join(realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-plugin-'))), 'made here')
  execFileSync(process.execPath, [join(root, 'bin/dev/plugin.mjs'), context.made], { stdio: 'pipe' })
})
test.before.each((context) => {
  context.checkout = checkout('plugged', { 'a.txt': 'a\n' })
})
test.after.each((context) => remove(context.checkout))
test.after(({ made }) => rmSync(dirname(made), { recursive: true, force: true }))

function json(...path: string[]) {
  return JSON.parse(readFileSync(join(...path), 'utf8'))
}

test('hooks are the installer’s, versions the package’s, and the program can be run', ({ made }) => {
  const plugin = join(made, 'coordlog')
  const { version } = json(root, 'package.json')
  const { name, plugins } = json(made, '.claude-plugin/marketplace.json')
  assert.equal(
    [name, plugins[0].name, plugins[0].source, plugins[0].version],
    ['coordlog', 'coordlog', './coordlog', version],
  )
  assert.is(json(plugin, '.claude-plugin/plugin.json').version, version)
  const target = findPlace({ cwd: root, env: {} })
  const entries = hookEntries({ scope: 'user', target, home: root, coordlogRoot: '${CLAUDE_PLUGIN_ROOT}' })
  const { hooks } = json(plugin, 'hooks/hooks.json')
  assert.equal(
    Object.keys(hooks),
    entries.map(({ event }) => event),
  )
  for (const { event, group } of entries) {
    const [handler] = hooks[event][0].hooks
    assert.is(handler.command, '"${CLAUDE_PLUGIN_ROOT}"/bin/coord hook claude-code || :')
    assert.equal({ ...hooks[event][0], hooks: [] }, { ...group, hooks: [] })
  }
  assert.equal(json(plugin, '.mcp.json').mcpServers.coordlog.args, ['mcp'])
  assert.is(statSync(join(plugin, 'bin/coord')).mode & 0o111, 0o111)
  const [, skill = ''] = readFileSync(join(plugin, 'skills/coordlog/SKILL.md'), 'utf8').split('---')
  assert.match(skill, /^\nname: coordlog\ndescription: .{50,1000}\n$/)
})

/** The plugin's hook, as the client starts it. Whether it did anything. */
function begins({ made }: Context, project: string, home: string): boolean {
  const { PATH = '' } = process.env
  const input = recorded('session-start', { session: 'plugged', cwd: project })
  const env = { PATH, HOME: home, CLAUDE_PROJECT_DIR: project, CLAUDECODE: '1', COORD_RESIDENT: 'off' }
  const ended = spawnSync(join(made, 'coordlog/bin/coord'), ['hook', 'claude-code'], {
    cwd: project,
    env,
    input,
    encoding: 'utf8',
  })
  assert.equal([ended.status, ended.stderr], [0, ''])
  return ended.stdout !== ''
}

const settings: [name: string, write: (at: { top: string; home: string }) => void, isSilent: boolean][] = [
  ['no settings', () => {}, false],
  ['project', ({ top, home }) => init(top, home), true],
  ['local', ({ top, home }) => init(top, home, '--scope', 'local'), true],
  ['user', ({ top, home }) => init(top, home, '--scope', 'user'), true],
  ['posted', ({ top, home }) => init(top, home, '--scope', 'local', '--transport', 'http'), true],
  ['taken out again', installAndRemove, false],
  ['somebody else’s', ({ top }) => others(top), false],
]

function init(top: string, home: string, ...args: string[]): void {
  execFileSync(coord, ['init', ...args], {
    cwd: top,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    stdio: 'pipe',
  })
}

function uninstall(top: string, home: string): void {
  execFileSync(coord, ['uninstall'], { cwd: top, env: { PATH: process.env['PATH'] ?? '', HOME: home }, stdio: 'pipe' })
}

function installAndRemove({ top, home }: { top: string; home: string }): void {
  init(top, home)
  uninstall(top, home)
}

function others(top: string): void {
  const hooks = { Stop: [{ hooks: [{ type: 'command', command: '/opt/bin/other', args: ['hook', 'claude-code'] }] }] }
  mkdirSync(join(top, '.claude'))
  writeFileSync(
    join(top, '.claude', 'settings.json'),
    JSON.stringify({ hooks, permissions: { allow: ['Bash(/x/bin/coord)'] } }),
  )
}

for (const [name, put, isSilent] of settings) {
  test(`${isSilent ? 'silent' : 'at work'}: ${name}`, (context) => {
    const { root: folder, top } = context.checkout
    const home = join(folder, 'home')
    mkdirSync(home)
    put({ top, home })
    assert.is(begins(context, top, home), !isSilent)
    assert.is(
      history(top).some(({ type }) => type === 'instance.registered'),
      !isSilent,
    )
  })
}

test('silent in a linked worktree, which the main checkout’s local settings reach', (context) => {
  const { root: folder, top } = context.checkout
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { cwd: top, stdio: 'pipe' })
  git('commit', '-q', '--allow-empty', '-m', 'first')
  const linked = join(folder, 'linked')
  git('worktree', 'add', '-q', '-b', 'two', linked)
  assert.is(begins(context, linked, folder), true)
  init(top, folder, '--scope', 'local')
  assert.is(begins(context, linked, folder), false)
})

test('without coordlog it lets the work go on, and says what to do', ({ made, checkout: { top } }) => {
  const lost = join(dirname(made), 'lost')
  execFileSync('cp', ['-R', join(made, 'coordlog'), lost])
  writeFileSync(join(lost, 'home'), '/nowhere\n')
  const env = { PATH: '/usr/bin:/bin', HOME: top, CLAUDE_PROJECT_DIR: top }
  const call = (...args: string[]) =>
    spawnSync(join(lost, 'bin/coord'), args, { cwd: top, env, input: '{}', encoding: 'utf8' })
  assert.is(call('hook', 'claude-code').status, 0)
  const { status, stderr } = call('status')
  assert.is(status, 78)
  assert.match(stderr, 'npm run plugin')
})

async function session({ made, checkout: { top } }: Context, client: string, more: Partial<RunOptions> = {}) {
  const before = [
    ['plugin', 'marketplace', 'add', made],
    ['plugin', 'install', 'coordlog@coordlog'],
  ]
  const file = join(top, 'a.txt')
  const args = ['--allowedTools', 'mcp__plugin_coordlog_coordlog', 'Bash(coord:*)', 'Skill']
  const steps = [() => read(file), () => edit(file, 'a', 'b'), () => 'done']
  const run = await runSession({ client, cwd: top, before, args, steps, ...more })
  assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
  return run
}

const once = ['instance.registered', 'turn.started', 'lock.acquired', 'file.edited', 'turn.ended', 'instance.ended']

test('installed into the real client: hooks, the program in its shell, MCP and the skill, as one instance', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the plugin in the real client', installed.missing)
  const { top } = context.checkout
  const run = await session(context, installed.client, {
    steps: [
      () => write(join(top, 'new.txt'), 'new\n'),
      () => [{ name: 'Bash', input: { command: 'coord status --json; coord lock list', description: 'look' } }],
      () => [{ name: 'mcp__plugin_coordlog_coordlog__status', input: {} }],
      () => [{ name: 'Skill', input: { skill: 'coordlog:coordlog' } }],
    ],
  })
  const events = history(top)
  assert.equal(
    events.map(({ type }) => type).filter((type) => type !== 'instance.heartbeat'),
    once,
  )
  assert.is(new Set(events.map(({ by }) => by)).size, 1)
  const told = run.model.requests.at(-1) ?? ''
  assert.match(told, 'new.txt')
  assert.match(told, 'Active Instances: 1')
  assert.match(told, 'An edit was refused: another session holds the file')
  assert.match(run.model.requests[0] ?? '', 'coordlog: several agent sessions may work in this repository')
})

test('/coord is there, and runs the program', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the plugin in the real client', installed.missing)
  const { model } = await session(context, installed.client, {
    prompt: '/coordlog:coord why a.txt',
    steps: [() => 'done'],
  })
  assert.match(model.requests[0] ?? '', 'Run `coord why a.txt` with the Bash tool')
})

test('beside settings that coord init has written, each event is recorded once', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the plugin in the real client', installed.missing)
  const { top } = context.checkout
  succeed(top, 'init')
  const { model } = await session(context, installed.client)
  assert.equal(
    history(top)
      .map(({ type }) => type)
      .filter((type) => type !== 'instance.heartbeat'),
    once,
  )
  assert.is(readFileSync(join(top, 'a.txt'), 'utf8'), 'b\n')
  const [first = ''] = model.requests
  assert.is(first.split('coordlog: several agent sessions may work').length, 2, 'told once')
})

test.run()
