// timeout: 240s

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadFlock, realFileSystem } from '@coordlog/log/fileSystem'
import { formatQuestion } from '@coordlog/resident/frame'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addressFile,
  addressOf,
  coord,
  type Ended,
  edit,
  listening,
  openStage,
  payload,
  pretend as pretendAt,
  type Stage,
  until,
} from './stage.js'

/** Residents that are silent, stop in the middle, talk nonsense or lose their answer: the client goes on without, once. */

interface Context {
  stage: Stage
  servers: Server[]
}

const trouble = suite<Context>('trouble with residents')

trouble.before.each((context) => {
  context.stage = openStage()
  context.servers = []
})
trouble.after.each(({ stage, servers }) => {
  for (const server of servers) server.close()
  stage.remove()
})

async function pretend({ stage, servers }: Context, meet: (socket: Socket) => void): Promise<void> {
  servers.push(await pretendAt(stage, meet))
}

/** The client as a process beside us, since the resident it talks to is in this one. */
async function run({ repo, env }: Stage, args: string[], input = ''): Promise<Ended & { tookMs: number }> {
  const startMs = performance.now()
  const child = spawn(coord, args, { cwd: repo, env: { ...env, CLAUDECODE: '1' }, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, stdout, stderr, tookMs: performance.now() - startMs }
}

const counts = (text: string) => `a${text.padEnd(32)}`
const manners: [string, (socket: Socket) => void][] = [
  ['closes at once', (socket) => socket.destroy()],
  ['closes when it has heard', (socket) => socket.once('data', () => socket.end())],
  ['says that it is nothing for it', (socket) => socket.end('e')],
  ['talks nonsense', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['counts nonsense', (socket) => socket.end(counts('zero one two'))],
  ['counts nothing', (socket) => socket.end('a')],
  ['puts a command into its counts', (socket) => socket.end(counts('0 1+a[$(>ran)] 1'))],
  ['ends among its counts', (socket) => socket.end('a0 0 0')],
  [
    'works and then ends among its counts',
    (socket) => {
      socket.write('w')
      setTimeout(() => socket.end('a0 0 0'), 300)
    },
  ],
  ['ends in the middle', (socket) => socket.end(`${counts('0 0 100')}half`)],
  ['says nothing', () => undefined],
  [
    'stops in the middle of a long answer',
    (socket) => void socket.write(`${counts('0 0 100000')}${'x'.repeat(50_000)}`),
  ],
]

for (const [name, meet] of manners) {
  trouble(`a resident that ${name}: a hook is answered all the same`, async (context) => {
    const { stage } = context
    await pretend(context, meet)
    const granted = await run(stage, ['hook', 'claude-code'], JSON.stringify(edit(stage.repo, 'one', 'c1')))
    assert.equal([granted.code, granted.stdout, granted.stderr], [0, '', ''])
    const types = (await stage.records()).map(({ type }) => type)
    assert.is(types.filter((type) => type === 'lock.acquired').length, 1)
    assert.not.ok(existsSync(join(stage.repo, 'ran')), 'nothing of an answer is run')
  })
}

trouble('without an answer, node gets the environment and the payload as they came', async (context) => {
  const { stage } = context
  await pretend(context, (socket) => socket.end('e'))
  const bin = join(stage.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'node'), '#!/bin/sh\nenv | grep -vE "^(_|SHLVL|COORD_RES.*|COORD_REQ.*)=" | sort\ncat\n', {
    mode: 0o755,
  })
  const payload = `{"text":"*  ~ \\\\n \u007f $HOME \u00e9"}\n\n`
  const { LC_ALL: _, ...bare } = stage.env
  for (const locale of [{}, { LC_ALL: '' }, { LC_ALL: 'de_DE' }]) {
    const env = { ...bare, ...locale, PATH: `${bin}:${stage.env['PATH']}`, count: '7', directory: 'mine', IFS: 'x' }
    const asked = await run({ ...stage, env }, ['hook', 'claude-code'], payload)
    const direct = await run({ ...stage, env: { ...env, COORD_RESIDENT: 'off' } }, ['hook', 'claude-code'], payload)
    assert.is(asked.stdout, direct.stdout, JSON.stringify(locale))
    assert.ok(asked.stdout.endsWith(payload) && asked.stdout.includes('count=7'), asked.stdout)
  }
})

/** What is written one after the other arrives so. */
function inPieces(socket: Socket, [first, ...others]: readonly string[]): void {
  if (first === undefined) {
    socket.end()
    return
  }
  socket.write(first)
  setTimeout(() => inPieces(socket, others), 250)
}

trouble('an answer in pieces, with and without a sign of life, is read whole', async (context) => {
  const { stage } = context
  const whole = counts('1 3 5')
  const ways = [
    [`${whole}bad`, 'right'],
    ['a', whole.slice(1, 9), `${whole.slice(9)}ba`, 'dright'],
    ['w', `${whole}badright`],
    ['w', 'a', whole.slice(1), 'bad', 'right'],
  ]
  let way = 0
  await pretend(context, (socket) => inPieces(socket.setNoDelay(true), ways[way] ?? []))
  for (; way < ways.length; way += 1) {
    const { code, stdout, stderr } = await run(stage, ['lock', 'check', 'a.ts'])
    assert.equal([code, stdout, stderr], [1, 'right', 'bad'], JSON.stringify(ways[way]))
  }
})

trouble('one that works and then stops is waited for no longer than a hook may take', async (context) => {
  await pretend(context, (socket) => void socket.write('w'))
  const { stage } = context
  const granted = await run(stage, ['hook', 'claude-code'], JSON.stringify(edit(stage.repo, 'one', 'c1')))
  assert.equal([granted.code, granted.stdout, granted.stderr], [0, '', ''])
  assert.ok(granted.tookMs > 3_900 && granted.tookMs < 9_000, `${granted.tookMs} ms`)
})

trouble('one that is only busy is asked again, one whose process is gone is not', async (context) => {
  const { stage } = context
  let asked = 0
  const silent = () => {
    asked += 1
  }
  await pretend(context, silent)
  for (let n = 0; n < 2; n++) assert.is((await run(stage, ['status'])).code, 0)
  assert.is(asked, 2)
  const { pid } = spawnSync('true')
  const address = readFileSync(addressFile(stage), 'utf8')
  writeFileSync(addressFile(stage), address.replace(` ${process.pid} `, ` ${pid} `))
  for (let n = 0; n < 2; n++) assert.is((await run(stage, ['status'])).code, 0)
  assert.is(asked, 3)
})

/** Work whose answer is lost on the way back: the whole of it arrives here, and nothing goes on to the client. */
async function losingAnswers(context: Context): Promise<{ answers: () => string[] }> {
  const { stage, servers } = context
  await stage.serve()
  const { port, token } = addressOf(stage) ?? { port: 0, token: '' }
  const address = readFileSync(addressFile(stage), 'utf8')
  const answers: string[] = []
  const between = createServer((client) => {
    const resident = connect(port, '127.0.0.1')
    let answer = ''
    client.on('error', () => undefined)
    client.on('data', (chunk) => resident.write(chunk))
    resident.on('data', (chunk: Buffer) => (answer += chunk))
    resident.on('end', () => {
      answers.push(answer)
      client.destroy()
    })
  })
  servers.push(between)
  const ownPort = await listening(between)
  writeFileSync(addressFile(stage), address.replace(` ${port} `, ` ${ownPort} `))
  assert.is(addressOf(stage)?.token, token)
  return { answers: () => answers }
}

const add = ['decisions', 'add', '--category', 'testing', '--title', 'once', '--description', 'd', '--json']
const works: [string, string[], string, (repo: string) => object | undefined][] = [
  ['a decision', add, 'decision.recorded', () => undefined],
  ['a lock by hand', ['lock', 'acquire', 'a.ts', '--json'], 'lock.acquired', () => undefined],
  ['an instance of a script', ['instance', 'register', '--task', 't'], 'instance.registered', () => undefined],
  ['an edit', ['hook', 'claude-code'], 'lock.acquired', (repo) => edit(repo, 'one', 'c1')],
  [
    'the end of an edit',
    ['hook', 'claude-code'],
    'file.edited',
    (repo) => edit(repo, 'one', 'c1', 'a.ts', 'PostToolUse'),
  ],
  [
    'a prompt',
    ['hook', 'claude-code'],
    'turn.started',
    (repo) => payload(repo, 'one', 'UserPromptSubmit', { prompt: 'p', prompt_id: 't1' }),
  ],
]

for (const [name, args, type, input] of works) {
  trouble(`${name} whose answer is lost is told twice and recorded once`, async (context) => {
    const { answers } = await losingAnswers(context)
    const { stage } = context
    const given = input(stage.repo)
    const ended = await run(stage, args, given === undefined ? '' : JSON.stringify(given))
    assert.equal([ended.code, ended.stderr], [0, ''])
    assert.is(answers().length, 1, 'the resident has done it')
    const found = (await stage.records()).filter((record) => record.type === type)
    assert.is(found.length, 1, JSON.stringify(found))
    if (args === add) assert.is(JSON.parse(ended.stdout).id, found[0]?.data['id'])
  })
}

for (const lateMs of [0, 120]) {
  trouble(
    `a question that comes ${lateMs} ms after its connection hears that it is being worked on`,
    async ({ stage }) => {
      await stage.serve()
      stage.coord(['instance', 'register', '--task', 't'])
      const { port, token } = addressOf(stage) ?? { port: 0, token: '' }
      await loadFlock()
      const lock = realFileSystem.open(join(stage.directory, 'lock'), 'update')
      assert.ok(realFileSystem.tryLock(lock))
      const socket = connect(port, '127.0.0.1')
      let heard = ''
      socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
      await sleep(lateMs)
      const frame = {
        cwd: stage.repo,
        callerPid: process.pid,
        isTerminal: { stdout: false, stderr: false },
        columns: 80,
        requestId: 'late',
        env: {},
        argv: ['lock', 'acquire', 'a.ts', '--json'],
        stdin: { kind: 'text', bytes: new Uint8Array() },
      } as const
      socket.write(formatQuestion(token, { verb: 'run', frame: { ...frame, argv: [...frame.argv] } }))
      await until('a sign of life', () => heard === 'w', 5_000)
      realFileSystem.close(lock)
      await once(socket, 'close')
      assert.match(heard, /^wa0 0 \d+ *\{"ok":true/)
    },
  )
}

trouble('what nobody waits for any more is not done', async ({ stage }) => {
  const { repo } = stage
  const resident = await stage.serve()
  stage.hook(edit(repo, 'one', 'c0', 'b.ts'))
  resident.kill('SIGSTOP')
  assert.equal(stage.hook(edit(repo, 'one', 'c1')), { code: 0, stdout: '', stderr: '' })
  stage.hook(payload(repo, 'one', 'Stop'))
  const before = (await stage.records()).length
  resident.kill('SIGCONT')
  await until('it has put its address back', () => addressOf(stage)?.pid === resident.pid)
  await sleep(200)
  assert.is((await stage.records()).length, before, 'the edit from before the end of the turn')
  assert.equal(JSON.parse(stage.coord(['status', '--json']).stdout).locks, [])
  assert.not(existsSync(`${repo}/.claude/logs/hooks.log`), 'and nothing is said of it')
})

trouble('a stopped resident costs its clients a moment, and no answer', async ({ stage }) => {
  const resident = await stage.serve()
  resident.kill('SIGSTOP')
  const startMs = performance.now()
  for (let n = 0; n < 8; n++) assert.is(stage.coord(['status']).code, 0)
  const tookMs = performance.now() - startMs
  resident.kill('SIGCONT')
  assert.ok(tookMs < 8 * 1_500, `${tookMs} ms`)
})

trouble.run()
