// timeout: 200s
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recorded } from '@coordlog/agents/claudeCode/recordings'
import { Client, type VersionNegotiationMode } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Checkout, checkout, coord, history, remove, run, succeed } from './realClient/checkout.js'

/** `coord mcp`, spoken to by the protocol's own client, in both of its generations. */

interface Context {
  checkout: Checkout
  clients: Client[]
}

const test = suite<Context>('coord mcp')

test.before.each((context) => {
  context.checkout = checkout('mcp', { 'a.txt': 'a\n', 'b.txt': 'b\n' })
  context.clients = []
})
test.after.each(async ({ checkout, clients }) => {
  for (const client of clients) await client.close()
  await remove(checkout)
})

interface Wished {
  name?: string
  env?: Record<string, string>
  cwd?: string
  mode?: VersionNegotiationMode
}

async function connect(
  { checkout, clients }: Context,
  { name = 'editor', env = {}, cwd, mode = 'legacy' }: Wished = {},
) {
  const { HOME = '', PATH = '' } = process.env
  const transport = new StdioClientTransport({
    command: coord,
    args: ['mcp'],
    cwd: cwd ?? checkout.top,
    env: { HOME, PATH, ...env },
  })
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode } })
  await client.connect(transport)
  clients.push(client)
  return client
}

interface Told {
  text: string
  isError: boolean
  facts: Record<string, unknown>
}

async function call(client: Client, name: string, given = {}, options = {}): Promise<Told> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: given }, options)
  const [first] = content
  return { text: first?.type === 'text' ? first.text : '', isError: isError ?? false, facts: Object(structuredContent) }
}

function types(cwd: string): string[] {
  return history(cwd).map(({ type }) => type)
}

for (const mode of ['legacy', 'auto'] as const) {
  test(`${mode}: the tools, which of them only look, and what can be read`, async (context) => {
    const client = await connect(context, { mode })
    const { tools } = await client.listTools()
    const looking = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name)
    assert.equal(
      tools.map(({ name }) => name),
      ['status', 'acquire', 'wait', 'release', 'decide', 'decisions', 'why', 'log'],
    )
    assert.equal(looking, ['status', 'decisions', 'why', 'log'])
    for (const { annotations } of tools) assert.is(annotations?.destructiveHint ?? false, false)
    const { resources } = await client.listResources()
    assert.equal(
      resources.map(({ uri }) => uri),
      ['coord://status', 'coord://instances', 'coord://locks', 'coord://decisions', 'coord://log'],
    )
    assert.is((await client.listResourceTemplates()).resourceTemplates.length, 2)
    const { text, facts } = await call(client, 'status')
    assert.equal([text, facts], ['Active Instances: 0', {}])
    assert.is(client.getNegotiatedProtocolVersion()?.startsWith(mode === 'auto' ? '2026-' : '2025-'), true)
    assert.match(client.getInstructions() ?? '', 'Edits lock their file')
    assert.equal(types(context.checkout.top), [], 'looking records nothing')
  })
}

test('one holds, the other is refused in the words of the command line, and nothing stays when the connection ends', async (context) => {
  const { top } = context.checkout
  const [one, two] = [await connect(context, { name: 'one' }), await connect(context, { name: 'two' })]
  const had = await call(one, 'acquire', { paths: ['a.txt', join(top, 'b.txt')], reason: 'both', ttl: '10m' })
  assert.equal([had.isError, had.facts['paths']], [false, ['a.txt', 'b.txt']])
  const refused = await call(two, 'acquire', { paths: ['b.txt', 'c.txt'] })
  assert.is(refused.isError, true)
  assert.equal([refused.facts['error'], refused.facts['exitCode']], ['held', 3])
  assert.is(refused.facts['message'], refused.text)
  const byHand = run(top, 'lock', 'acquire', 'b.txt', 'c.txt', '--instance', 'hand')
  assert.is(byHand.status, 3)
  assert.is(masked(refused.text), masked(byHand.stderr.trim()))
  assert.match(refused.text, /b\.txt is (locked|held) by/)
  const [{ instances, locks }] = [JSON.parse(succeed(top, 'status', '--json'))]
  assert.equal(instances.map(({ host }: { host: string }) => host).slice(0, 2), ['one', 'two'])
  assert.is(locks.length, 2)
  const given = await call(one, 'release', { paths: ['b.txt'] })
  assert.match(given.text, 'Released b.txt')
  assert.is((await call(two, 'release', { paths: ['a.txt'] })).facts['error'], 'not-holder')
  await one.close()
  await until(() => JSON.parse(succeed(top, 'status', '--json')).locks.length === 0)
  assert.is(history(top).at(-1)?.data['reason'], 'its MCP connection is closed')
})

/** Times and ages run on between two answers. */
function masked(text: string): string {
  return text
    .replaceAll('just now', '1s ago')
    .replaceAll(/\d+[smh]?\b/g, '#')
    .replaceAll(/(?:# )+#/g, '#')
}

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !isSo(); attempt++) await new Promise((done) => setTimeout(done, 50))
  assert.ok(isSo())
}

test('wait: granted when it comes free, with signs of progress; a refusal when the time is up', async (context) => {
  const [one, two] = [await connect(context), await connect(context)]
  await call(one, 'acquire', { paths: ['a.txt'] })
  const late = await call(two, 'wait', { paths: ['a.txt'], seconds: 1 })
  assert.equal([late.isError, late.facts['error']], [true, 'held'])
  let told = 0
  const heard = new Promise<void>((resolve) => {
    void call(
      two,
      'wait',
      { paths: ['a.txt'], seconds: 60 },
      {
        onprogress: () => {
          told += 1
          if (told === 2) void call(one, 'release', { all: true })
        },
      },
    ).then(({ isError, facts }) => {
      assert.equal([isError, facts['paths']], [false, ['a.txt']])
      resolve()
    })
  })
  await heard
  assert.ok(told >= 2)
})

test('wait, cancelled: whoever has gone away gets nothing', async (context) => {
  const { top } = context.checkout
  const [one, two] = [await connect(context, { name: 'one' }), await connect(context, { name: 'two' })]
  await call(one, 'acquire', { paths: ['a.txt'] })
  const stop = new AbortController()
  const waiting = call(two, 'wait', { paths: ['a.txt'], seconds: 600 }, { signal: stop.signal })
  await until(() => types(top).includes('lock.denied'))
  stop.abort()
  const outcome = await waiting.then(
    () => 'answered',
    () => 'cancelled',
  )
  assert.is(outcome, 'cancelled')
  await call(two, 'status')
  await call(one, 'release', { all: true })
  assert.match((await call(one, 'acquire', { paths: ['a.txt'] })).text, 'Locked a.txt')
  const grants = history(top).filter(({ type }) => type === 'lock.acquired')
  assert.is(new Set(grants.map(({ by }) => by)).size, 1, 'never granted to the one that left')
})

test('decisions, their history and why, for the next one to read', async (context) => {
  const { top } = context.checkout
  const client = await connect(context)
  const facts = { category: 'security', title: '--force "quoted"\u202e', description: 'one\ntwo', alternatives: ['-x'] }
  const { facts: made, text } = await call(client, 'decide', { ...facts, files: ['a.txt'], rationale: 'r' })
  assert.match(text, /^DEC-\d{8}-0001$/)
  const listed = await call(client, 'decisions', { search: 'quoted' })
  assert.match(listed.text, text)
  assert.match(listed.text, '--force "quoted"\\u202e', 'shown, not hidden')
  assert.is(JSON.parse(succeed(top, 'decisions', 'show', text, '--json')).title, facts.title, 'stored as it was given')
  assert.match((await call(client, 'decisions', { id: text })).text, /one\n\s*two/)
  assert.is((await call(client, 'decisions', { id: 'DEC-1' })).facts['error'], 'unknown-decision')
  const { text: events } = await call(client, 'log', { type: 'decision.recorded' })
  assert.is(events.split('\n').filter((line) => line.includes('decision.recorded')).length, 1)
  await call(client, 'acquire', { paths: ['a.txt'] })
  assert.match((await call(client, 'why', { path: 'a.txt' })).text, 'a.txt')
  const read = await client.readResource({ uri: `coord://decisions/${text}` })
  const [whole] = read.contents
  const stored = JSON.parse(whole !== undefined && 'text' in whole ? whole.text : '')
  assert.equal([stored.title, stored.files, stored.alternatives], ['--force "quoted"\\u202e', ['a.txt'], ['-x']])
  const event = await client.readResource({ uri: `coord://log/${made['sequence']}` })
  assert.match(JSON.stringify(event.contents), 'decision.recorded')
  const status = await client.readResource({ uri: 'coord://status' })
  assert.match(JSON.stringify(status.contents), 'a.txt')
  for (const uri of ['coord://decisions/DEC-1', 'coord://nothing']) {
    assert.ok(
      await client.readResource({ uri }).then(
        () => false,
        () => true,
      ),
      uri,
    )
  }
})

test('what does not fit is refused before anything is recorded', async (context) => {
  const client = await connect(context)
  const wrong: [string, object][] = [
    ['acquire', { paths: [] }],
    ['acquire', { paths: ['../outside.txt'] }],
    ['acquire', { paths: ['a.txt'], ttl: '9000h' }],
    ['wait', { paths: ['a.txt'], seconds: 100_000 }],
    ['decide', { category: 'cooking', title: 't', description: 'd' }],
    ['release', {}],
    ['log', { since: 'whenever' }],
    ['why', { path: '' }],
  ]
  for (const [name, given] of wrong) {
    const told = await call(client, name, given)
    assert.is(told.isError, true, `${name} ${JSON.stringify(given)}: ${told.text}`)
    assert.not.match(told.text, /\n\s+at /, 'no stack trace')
  }
  assert.not(types(context.checkout.top).some((type) => /lock|decision/.test(type)))
})

/** A session that hooks registered: of this process, which is what starts the servers here. */
async function begin(top: string, session: string, processId: number): Promise<void> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    CLAUDE_PID: String(processId),
    CLAUDE_PROJECT_DIR: top,
    COORD_RESIDENT: 'off',
  }
  const started = spawn(coord, ['hook', 'claude-code'], { cwd: top, env, stdio: ['pipe', 'ignore', 'inherit'] })
  started.stdin.end(recorded('session-start', { session, cwd: top }))
  await once(started, 'close')
}

test('it acts as the session that started it', async (context) => {
  const { top } = context.checkout
  const elsewhere = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  await begin(top, 'mine', process.pid)
  await begin(top, 'another', elsewhere.pid ?? 0)
  const idOf = (session: string) =>
    history(top).find(
      ({ type, data }) => type === 'instance.registered' && data['session'] === `claude-code/${session}`,
    )?.by
  const byProcess = await connect(context)
  await call(byProcess, 'acquire', { paths: ['a.txt'] })
  const bySession = await connect(context, { env: { CLAUDE_CODE_SESSION_ID: 'another' } })
  await call(bySession, 'acquire', { paths: ['b.txt'] })
  const named = await connect(context, { env: { COORD_INSTANCE_ID: 'by-name', CLAUDE_CODE_SESSION_ID: 'another' } })
  await call(named, 'acquire', { paths: ['c.txt'] })
  const gone = await connect(context, { env: { CLAUDE_CODE_SESSION_ID: 'a session that is over' } })
  assert.match((await call(gone, 'acquire', { paths: ['a.txt'] })).text, 'Locked a.txt')
  const holders = Object.fromEntries(
    JSON.parse(succeed(top, 'lock', 'list', '--json')).locks.map((lock: Record<string, string>) => [
      lock['path'],
      lock['holder'],
    ]),
  )
  assert.equal(holders, { 'a.txt': idOf('mine'), 'b.txt': idOf('another'), 'c.txt': 'by-name' })
  await begin(top, 'after-clear', process.pid)
  await call(byProcess, 'acquire', { paths: ['d.txt'] })
  assert.is(history(top).at(-1)?.by, idOf('after-clear'), 'the process has gone over to another session')
  for (const client of context.clients) await client.close()
  assert.not(history(top).some(({ type, by }) => type === 'instance.ended' && by !== idOf('mine')))
  elsewhere.kill()
})

test('a damaged log is said, and no repository is', async (context) => {
  const { root, top } = context.checkout
  succeed(top, 'lock', 'acquire', 'a.txt')
  succeed(top, 'lock', 'release', '--all')
  const [segment] = succeed(top, 'doctor', '--json').match(/\/[^"]*\.ndjson/) ?? []
  writeFileSync(segment ?? join(top, '.git/coordlog/segments/00000000000000000001.ndjson'), 'no record\n{"v":1}\n')
  const told = await call(await connect(context), 'acquire', { paths: ['a.txt'] })
  assert.equal([told.isError, told.facts['exitCode']], [true, 65])
  const nowhere = await call(await connect(context, { cwd: root }), 'status')
  assert.is(nowhere.isError, false, nowhere.text)
})

test.run()
