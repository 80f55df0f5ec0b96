// timeout: 240s
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressFile, addressOf, buildName, coord, openStage, root, type Stage, until } from './resident/stage.js'

/** The plugin as opencode loads it, called as opencode calls it, with and without a resident. */

type Hook = (input: object, output?: object) => Promise<void>
type Plugin = Record<
  'event' | 'shell.env' | 'chat.message' | 'tool.execute.before' | 'tool.execute.after' | 'dispose',
  Hook
>
interface Client {
  session?: { get(request: object): Promise<unknown> }
  tui?: { showToast(request: { body: { message: string } }): Promise<unknown> }
}

interface Context {
  stage: Stage
}

const plugin = suite<Context>('the plugin for opencode')
plugin.before.each((context) => {
  context.stage = openStage()
  // What coord init leaves: where coordlog is.
  mkdirSync(context.stage.directory)
  writeFileSync(join(context.stage.directory, 'home'), `${root}\n`)
})
plugin.after.each(({ stage }) => {
  stage.coord(['resident', 'stop'])
  stage.remove()
})

async function load(stage: Stage, client: Client = {}): Promise<Plugin> {
  const folder = join(stage.repo, '.opencode', 'plugins')
  const file = join(folder, 'coordlog.js')
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(root, 'hooks/templates/opencode/coordlog.js'), file)
  writeFileSync(join(stage.repo, 'package.json'), '{"type":"module"}')
  const module: { Coordlog(input: object): Promise<Plugin> } = await import(pathToFileURL(file).href)
  return module.Coordlog({ directory: stage.repo, client })
}

const programOf = ({ repo }: Stage) => join(repo, '.claude', 'coordination', 'bin', 'coord')

/** What the plugin runs when no resident answers. Without a text: coordlog itself. */
function putProgram(stage: Stage, text?: string): void {
  mkdirSync(join(stage.repo, '.claude', 'coordination', 'bin'), { recursive: true })
  if (text === undefined) symlinkSync(coord, programOf(stage))
  if (text === undefined) return
  writeFileSync(programOf(stage), `#!/usr/bin/env bash\n${text}\n`)
  chmodSync(programOf(stage), 0o755)
}

const created = (id: string, info: object = {}) => ({
  event: { type: 'session.created', properties: { sessionID: id, info: { id, ...info } } },
})
const call = (sessionID: string, callID: string, tool = 'write') => ({ tool, sessionID, callID })

/** The text that the model reads when the call is stopped; undefined: it goes ahead. */
async function refusal(hooks: Plugin, input: object, args: object): Promise<string | undefined> {
  try {
    await hooks['tool.execute.before'](input, { args })
    return undefined
  } catch (error) {
    assert.instance(error, Error)
    return error instanceof Error ? error.message : ''
  }
}

function heldPaths(stage: Stage): string[] {
  const { locks }: { locks: { path: string }[] } = JSON.parse(stage.direct(['status', '--json']).stdout)
  return locks.map(({ path }) => path).sort()
}

function hooksLog({ repo, directory }: Stage): string[] {
  const files = [join(repo, '.claude', 'logs', 'hooks.log'), join(directory, 'hooks.log')]
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
  return texts
    .join('')
    .split('\n')
    .filter((line) => line.includes('opencode plugin:'))
}

plugin('a whole session with a resident alone: there is no program that could be run', async ({ stage }) => {
  await stage.serve()
  const hooks = await load(stage)
  const before = stage.requests()
  await hooks.event(created('ses_one'))
  await hooks['chat.message']({ sessionID: 'ses_one' }, message('ses_one', 'change it'))
  const output = { output: 'Wrote file successfully.' }
  assert.is(await refusal(hooks, call('ses_one', 'c1'), { filePath: 'src/a.ts', content: 'x' }), undefined)
  await hooks['tool.execute.after']({ ...call('ses_one', 'c1'), args: { filePath: 'src/a.ts' } }, output)
  assert.is(output.output, 'Wrote file successfully.', 'nothing to add')
  assert.equal(heldPaths(stage), ['src/a.ts'])

  const other = await load(stage)
  await other.event(created('ses_two'))
  const text = await refusal(other, call('ses_two', 'c2'), { filePath: join(stage.repo, 'src/a.ts') })
  assert.match(text ?? '', /^File src\/a\.ts is locked by instance opencode-\d{8}-\d{6}-[0-9a-f]{8}\.\n/)
  assert.match(text ?? '', /Task, in that session's words: "change it"/)

  await hooks.event({ event: { type: 'session.idle', properties: { sessionID: 'ses_one' } } })
  assert.is(await refusal(other, call('ses_two', 'c3'), { filePath: 'src/a.ts' }), undefined)
  for (const each of [hooks, other]) await each.dispose({})
  assert.equal(heldPaths(stage), [])
  assert.equal(hooksLog(stage), [])
  assert.ok(stage.requests() - before >= 9, 'the resident answered them all')
  const ended = (await stage.records()).filter(({ type }) => type === 'instance.ended')
  assert.is(ended.length, 2)
})

function message(sessionID: string, text: string) {
  const part = { type: 'text', id: 'prt_2053b69a1001cBnScctMwCH4As', messageID: 'msg_1', sessionID, text }
  return { message: { id: 'msg_1' }, parts: [part] }
}

plugin('the model is told at the first prompt who is here, once, in a part of its own', async ({ stage }) => {
  await stage.serve()
  stage.direct(['instance', 'register', '--task', 'the other work'])
  const hooks = await load(stage)
  await hooks.event(created('ses_one'))
  const first = message('ses_one', 'go')
  await hooks['chat.message']({ sessionID: 'ses_one' }, first)
  const second = message('ses_one', 'and then')
  await hooks['chat.message']({ sessionID: 'ses_one' }, second)
  assert.is(first.parts.length, 2)
  assert.match(first.parts[1]?.text ?? '', /Other instances here .*\n.*"the other work"/)
  assert.ok((first.parts[1]?.id ?? '') > (first.parts[0]?.id ?? ''), 'behind the prompt')
  assert.is(second.parts.length, 1)
})

plugin('patches are stopped as a whole; a call that fails leaves nothing', async ({ stage }) => {
  await stage.serve()
  const hooks = await load(stage)
  const patch = (...files: string[]) => ({
    patchText: `*** Begin Patch\n${files.map((file) => `*** Update File: ${file}\n@@\n-a\n+b\n`).join('')}*** End Patch`,
  })
  assert.is(await refusal(hooks, call('ses_one', 'c1', 'apply_patch'), patch('a.ts', 'b.ts')), undefined)
  const text = await refusal(hooks, call('ses_two', 'c2', 'apply_patch'), patch('c.ts', 'b.ts'))
  assert.match(text ?? '', /^File b\.ts is locked by/)
  assert.equal(heldPaths(stage), ['a.ts', 'b.ts'], 'all or none')
  const part = { type: 'tool', tool: 'apply_patch', callID: 'c1', sessionID: 'ses_one', state: { status: 'error' } }
  await hooks.event({ event: { type: 'message.part.updated', properties: { sessionID: 'ses_one', part } } })
  assert.equal(heldPaths(stage), [])
})

plugin(
  'the session of a subagent takes over from its parent, and its idling gives its files back',
  async ({ stage }) => {
    await stage.serve()
    const hooks = await load(stage)
    await hooks.event(created('ses_one'))
    assert.is(await refusal(hooks, call('ses_one', 'c1'), { filePath: 'a.ts' }), undefined)
    await hooks.event(created('ses_child', { parentID: 'ses_one', agent: 'general' }))
    assert.is(await refusal(hooks, call('ses_child', 'c2'), { filePath: 'a.ts' }), undefined)
    assert.ok(await refusal(hooks, call('ses_one', 'c3'), { filePath: 'a.ts' }))
    await hooks.event({ event: { type: 'session.idle', properties: { sessionID: 'ses_child' } } })
    assert.is(await refusal(hooks, call('ses_one', 'c4'), { filePath: 'a.ts' }), undefined)
  },
)

plugin('the shell of a session knows its instance, also that of a subagent', async ({ stage }) => {
  await stage.serve()
  const hooks = await load(stage)
  await hooks.event(created('ses_one'))
  await hooks.event(created('ses_child', { parentID: 'ses_one', agent: 'general' }))
  const env = async (sessionID: string) => {
    const output: { env: Record<string, string> } = { env: {} }
    await hooks['shell.env']({ cwd: stage.repo, sessionID }, output)
    return output.env
  }
  const { instances }: { instances: { id: string; role: string }[] } = JSON.parse(
    stage.direct(['status', '--json']).stdout,
  )
  for (const [session, role] of [
    ['ses_one', 'main'],
    ['ses_child', 'general'],
  ] as const) {
    const id = instances.find((each) => each.role === role)?.id
    assert.equal(await env(session), { COORD_INSTANCE_ID: id, CLAUDE_INSTANCE_ID: id })
  }
  assert.equal(await env('ses_unknown'), {})
  putProgram(stage)
  const { PATH = '' } = await env('ses_one')
  assert.is(PATH, `${process.env['PATH']}:${dirname(programOf(stage))}`, 'and finds coord')
})

plugin('a session that goes on after a restart is looked up: whose subagent it is', async ({ stage }) => {
  await stage.serve()
  const asked: object[] = []
  const get = async (request: object) => {
    asked.push(request)
    return { data: { parentID: 'ses_one' } }
  }
  const hooks = await load(stage, { session: { get } })
  assert.is(await refusal(hooks, call('ses_child', 'c1'), { filePath: 'a.ts' }), undefined)
  assert.equal(asked, [{ path: { id: 'ses_child' } }])
  const { instances }: { instances: { id: string }[] } = JSON.parse(stage.direct(['status', '--json']).stdout)
  assert.is(instances.length, 2, 'it and the session that started it')
})

plugin('what is said although the edit goes ahead comes with the result of the call', async ({ stage }) => {
  mkdirSync(join(stage.repo, '.claude', 'coordination'), { recursive: true })
  writeFileSync(join(stage.repo, '.claude', 'coordination', 'config.json'), '{"enforce":"warn"}')
  await stage.serve()
  const hooks = await load(stage)
  await refusal(hooks, call('ses_one', 'c1'), { filePath: 'a.ts' })
  assert.is(await refusal(hooks, call('ses_two', 'c2'), { filePath: 'a.ts' }), undefined)
  const output = { output: 'Wrote file successfully.' }
  await hooks['tool.execute.after']({ ...call('ses_two', 'c2'), args: { filePath: 'a.ts' } }, output)
  assert.match(output.output, /^Wrote file successfully\.\n\nWARNING: File a\.ts is locked by instance opencode-/)
})

plugin('without a resident the program is run, and the start of a session brings one up', async ({ stage }) => {
  putProgram(stage)
  const hooks = await load(stage)
  await hooks.event(created('ses_one'))
  await until('the resident is there', () => addressOf(stage) !== undefined)
  await refusal(hooks, call('ses_one', 'c1'), { filePath: 'a.ts' })
  assert.match((await refusal(hooks, call('ses_two', 'c2'), { filePath: 'a.ts' })) ?? '', /^File a\.ts is locked by/)
  assert.ok(stage.requests() > 0)
})

/** A stranger at the address in the file. */
async function stranger(stage: Stage, build: string, answer: string | undefined): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (answer !== undefined) socket.on('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  writeFileSync(addressFile(stage), `coordlog-resident-1 ${build} ${port} 1 ${'a'.repeat(64)}\n`, { mode: 0o600 })
  return server
}

const denying = `cat >/dev/null; echo '{"deny":"told by the program"}'`

const unfit: [string, string | undefined, string?][] = [
  ['says nothing', undefined],
  ['hangs up', ''],
  ['sends it elsewhere', 'e'],
  ['stops in the middle', `a${'0 0 40'.padEnd(32)}{"deny":`],
  ['is of another build', `a${'0 0 2'.padEnd(32)}{}`, '0.0.1-other'],
]
for (const [name, answer, build] of unfit) {
  plugin(`a resident that ${name}: the program is asked`, async ({ stage }) => {
    putProgram(stage, denying)
    const server = await stranger(stage, build ?? buildName(), answer)
    try {
      const hooks = await load(stage)
      assert.is(await refusal(hooks, call('ses_one', 'c1'), { filePath: 'a.ts' }), 'told by the program')
    } finally {
      server.close()
      server.unref()
    }
  })
}

const faults: [string, string | undefined, RegExp][] = [
  ['a missing program', undefined, /bin\/coord is not there; coord init puts it there/],
  ['a program that fails', 'exit 127', /ended with 127/],
  ['a program that does not read', 'exec <&-; exit 1', /ended with 1/],
  ['an answer that is none', 'cat >/dev/null; echo "a stack trace"', /JSON/],
]
for (const [name, text, line] of faults) {
  plugin(`${name} lets everything through, with one line in the hook log`, async ({ stage }) => {
    if (text !== undefined) putProgram(stage, text)
    const hooks = await load(stage)
    await hooks.event(created('ses_one'))
    await hooks['chat.message']({ sessionID: 'ses_one' }, message('ses_one', 'x'.repeat(200_000)))
    for (const id of ['c1', 'c2']) {
      assert.is(await refusal(hooks, call('ses_one', id), { filePath: 'a.ts' }), undefined)
      await hooks['tool.execute.after']({ ...call('ses_one', id), args: { filePath: 'a.ts' } }, { output: 'done' })
    }
    await hooks.dispose({})
    const edits = hooksLog(stage).filter((each) => each.includes('tool.execute.before'))
    assert.is(edits.length, 1, edits.join('\n'))
    assert.match(edits[0] ?? '', line)
    assert.match(edits[0] ?? '', /^\d{4}-\d\d-\d\dT\S+Z coordination: opencode plugin: [ -~]+$/)
  })
}

plugin('hooks that are given what nobody expects never throw', async ({ stage }) => {
  putProgram(stage, 'cat >/dev/null')
  const hooks = await load(stage, { session: { get: () => Promise.reject(new Error('no server')) } })
  const odd: [keyof Plugin, object, (object | undefined)?][] = [
    ['event', {}],
    ['event', { event: { type: 'session.idle', properties: {} } }],
    ['event', { event: { type: 'message.part.updated', properties: {} } }],
    ['chat.message', { sessionID: 'ses_one' }, {}],
    ['chat.message', { sessionID: 'ses_one' }, { message: {}, parts: [] }],
    ['tool.execute.before', call('ses_one', 'c1'), {}],
    ['tool.execute.before', {}, undefined],
    ['tool.execute.after', call('ses_one', 'c1'), undefined],
    ['tool.execute.after', {}, {}],
  ]
  for (const [name, input, output] of odd) await hooks[name](input, output)
})

plugin('the person is shown what is for the person', async ({ stage }) => {
  putProgram(stage, `cat >/dev/null; echo '{"person":"mend it"}'`)
  const shown: string[] = []
  const showToast = async ({ body }: { body: { message: string } }) => shown.push(body.message)
  const hooks = await load(stage, { tui: { showToast } })
  await hooks.event(created('ses_one'))
  assert.equal(shown, ['mend it'])
})

plugin.run()
