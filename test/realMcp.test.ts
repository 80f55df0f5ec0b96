// timeout: 400s
// alone
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Checkout, checkout, history, remove, succeed, write } from './realClient/checkout.js'
import { installClient, runSession } from './realClient/client.js'
import { skip } from './skip.js'

/** The real Claude Code with the server that `coord init --mcp` wired. */

const test = suite<{ checkout: Checkout }>('the real client over MCP')

test.before.each((context) => {
  context.checkout = checkout('real mcp')
  succeed(context.checkout.top, 'init', '--mcp')
})
test.after.each((context) => remove(context.checkout))

const allowed = ['--settings', '{"enableAllProjectMcpServers":true}', '--allowedTools', 'mcp__coordlog']

test('its tools act as the session, and its lock ends with the turn', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the real client over MCP', installed.missing)
  const { top } = context.checkout
  const file = join(top, 'a.txt')
  const run = await runSession({
    client: installed.client,
    cwd: top,
    args: allowed,
    steps: [
      () => [{ name: 'mcp__coordlog__acquire', input: { paths: [file], reason: 'three edits' } }],
      () => write(file, 'mine\n'),
      () => [{ name: 'mcp__coordlog__status', input: {} }],
      () => [{ name: 'mcp__coordlog__why', input: { path: '../outside' } }],
    ],
  })
  assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
  const events = history(top)
  const session = events.find(({ type }) => type === 'instance.registered')?.by
  const [granted] = events.filter(({ type }) => type === 'lock.acquired')
  const told = run.model.requests.at(-1) ?? ''
  assert.equal([granted?.by, granted?.data['reason']], [session, 'three edits'], told)
  assert.equal(new Set(events.map(({ by }) => by)).size, 1, 'one session, one instance')
  assert.match(told, 'Locked a.txt')
  assert.match(told, 'Active Instances: 1')
  assert.match(told, 'is outside the repository')
  assert.equal(JSON.parse(succeed(top, 'status', '--json')).locks, [])
})

test.run()
