// timeout: 400s
// alone
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installClient, runSession } from './realClient/client.js'
import type { Seen } from './realClient/scriptedModel.js'
import { skip } from './skip.js'

/** Hooks that the client posts to the resident itself: what init writes, and what the real client makes of it. */

const coord = resolve(import.meta.dirname, '..', '..', 'bin', 'coord')

interface Context {
  top: string
  root: string
}

const test = suite<Context>('hooks over http')

test.before.each((context) => {
  context.root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-http-')))
  context.top = join(context.root, 'app')
  execFileSync('git', ['init', '-q', '-b', 'main', context.top], { stdio: 'pipe' })
  writeFileSync(join(context.top, 'shared.txt'), 'as it was\n')
})
test.after.each(({ top, root }) => {
  call(top, 'resident', 'stop')
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
})

function call(cwd: string, ...args: string[]) {
  const { HOME = '', PATH = '' } = process.env
  return spawnSync(coord, args, { cwd, encoding: 'utf8', env: { PATH, HOME } })
}

const http = ['init', '--scope', 'local', '--transport', 'http']
const settingsOf = (top: string) => join(top, '.claude', 'settings.local.json')
const portFile = (top: string) => join(top, '.git', 'coordlog', 'resident.port')

interface Handler {
  type: string
  url?: string
  headers?: Record<string, string>
}

function handlers(top: string): Record<string, Handler> {
  const { hooks } = JSON.parse(readFileSync(settingsOf(top), 'utf8'))
  return Object.fromEntries(Object.keys(hooks).map((event) => [event, hooks[event][0].hooks[0]]))
}

test('init writes it into the local settings alone, for their owner alone, and takes it out again', ({ top }) => {
  const shared = call(top, 'init', '--transport', 'http')
  assert.is(shared.status, 2)
  assert.match(shared.stderr, '--transport http needs --scope local')
  assert.is(call(top, ...http).status, 0)
  const { SessionStart, UserPromptSubmit, PreToolUse } = handlers(top)
  assert.equal([SessionStart?.type, UserPromptSubmit?.type, PreToolUse?.type], ['command', 'command', 'http'])
  assert.is(statSync(settingsOf(top)).mode & 0o077, 0)
  assert.is(statSync(portFile(top)).mode & 0o777, 0o600)
  const before = readFileSync(settingsOf(top), 'utf8')
  assert.is(call(top, ...http).status, 0)
  assert.is(call(top, 'init', '--scope', 'local').status, 0)
  assert.is(readFileSync(settingsOf(top), 'utf8'), before, 'twice is once, and what was chosen stays')
  assert.is(call(top, 'init', '--scope', 'local', '--transport', 'command').status, 0)
  assert.is(handlers(top)['PreToolUse']?.type, 'command')
  assert.not(existsSync(portFile(top)))
  call(top, ...http)
  assert.is(call(top, 'uninstall').status, 0)
  assert.not(existsSync(settingsOf(top)))
  assert.not(existsSync(portFile(top)))
})

test('a port that another program has is not taken', async ({ top }) => {
  call(top, ...http)
  const { url = '' } = handlers(top)['PreToolUse'] ?? {}
  const port = Number(new URL(url).port)
  const other = createServer()
  await new Promise<void>((done) => other.listen(port, '127.0.0.1', done))
  const { checks } = JSON.parse(call(top, 'doctor', '--json').stdout)
  assert.ok(checks.some(({ name, result }: Record<string, string>) => name === 'http hooks' && result === 'warn'))
  assert.is(call(top, ...http).status, 0)
  other.close()
  const moved = new URL(handlers(top)['PreToolUse']?.url ?? '')
  assert.is.not(Number(moved.port), port)
  assert.match(readFileSync(portFile(top), 'utf8'), ` ${moved.port} `)
})

test('the real client is refused an edit over http, and told by whom', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('hooks over http', installed.missing)
  const { top } = context
  assert.is(call(top, ...http).status, 0)
  const held = call(top, 'lock', 'acquire', 'shared.txt', '--reason', 'by hand', '--instance', 'holder')
  assert.is(held.status, 0, held.stderr)
  let told = ''
  const run = await runSession({
    client: installed.client,
    cwd: top,
    steps: [
      () => [{ name: 'Write', input: { file_path: join(top, 'free.txt'), content: 'mine\n' } }],
      () => [{ name: 'Read', input: { file_path: join(top, 'shared.txt') } }],
      () => [{ name: 'Write', input: { file_path: join(top, 'shared.txt'), content: 'overwritten\n' } }],
      ({ last }: Seen) => {
        told = last
        return 'done'
      },
    ],
  })
  assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
  assert.match(told, 'shared.txt is locked by instance holder')
  assert.is(readFileSync(join(top, 'shared.txt'), 'utf8'), 'as it was\n')
  assert.is(readFileSync(join(top, 'free.txt'), 'utf8'), 'mine\n')
  const lines = call(top, 'log', '--json').stdout.trim().split('\n')
  const types = lines.map((line) => String(JSON.parse(line).type))
  for (const type of ['lock.denied', 'file.edited', 'instance.ended']) assert.ok(types.includes(type), types.join(' '))
  const status = JSON.parse(call(top, 'resident', 'status', '--json').stdout)
  assert.ok(status.requests >= 6, `${status.requests} requests`)
  assert.is(status.hookPort, Number(new URL(handlers(top)['PreToolUse']?.url ?? '').port))
})

test.run()
