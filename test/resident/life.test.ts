// timeout: 300s

import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startResident } from '@coordlog/resident/start'
import { systemClock } from '@coordlog/runtime/clock'
import { livenessOf, processIdentity } from '@coordlog/runtime/liveness'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressFile, addressOf, edit, isRunning, openStage, payload, type Stage, until } from './stage.js'

/** How a resident comes, stays and goes, and what it makes of a directory that changes under it. */

const life = suite<{ stage: Stage }>('the life of a resident')

life.before.each((context) => {
  context.stage = openStage()
})
life.after.each(({ stage }) => {
  const pid = addressOf(stage)?.pid
  if (pid !== undefined && pid !== process.pid && isRunning(pid)) process.kill(pid, 'SIGKILL')
  stage.remove()
})

const start = (repo: string, session = 'one') => payload(repo, session, 'SessionStart', { source: 'startup' })
const isUp = (stage: Stage) => {
  const pid = addressOf(stage)?.pid
  return pid !== undefined && isRunning(pid)
}

life('a session that starts brings one up, detached; many at once bring up one', async ({ stage }) => {
  const { repo, shell, env } = stage
  const six = [1, 2, 3, 4, 5, 6].map(
    (n) => `printf %s '${JSON.stringify(start(repo, `s${n}`))}' | "$coord" hook claude-code &`,
  )
  assert.is(shell(`${six.join('\n')}\nwait`).code, 0)
  await until('one is up', () => isUp(stage))
  const { pid } = addressOf(stage) ?? { pid: 0 }
  await sleep(1_500)
  assert.is(addressOf(stage)?.pid, pid)
  const lines = readFileSync(join(stage.directory, 'resident.log'), 'utf8').split('\n')
  assert.is(lines.filter((line) => line.includes('listens on')).length, 1)
  const facts = readFileSync(`/proc/${pid}/stat`, 'utf8')
  assert.is(facts.slice(facts.lastIndexOf(')') + 2).split(' ')[3], String(pid), 'a login session of its own')
  assert.is(readFileSync(`/proc/${pid}/environ`, 'utf8').includes('CLAUDE'), false)
  assert.ok(env)
})

life('not where the settings or the environment say no', async ({ stage }) => {
  const { repo, directory } = stage
  stage.hook(start(repo), { env: { COORD_RESIDENT: 'off' } })
  stage.direct(['config', 'set', 'resident.start', 'off'])
  stage.hook(start(repo, 'two'))
  await sleep(1_000)
  assert.not(existsSync(join(directory, 'resident.lock')))
})

life('killed at any moment it comes back with the next prompt; a second one ends quietly', async ({ stage }) => {
  const { repo } = stage
  const resident = await stage.serve()
  resident.kill('SIGKILL')
  await once(resident, 'exit')
  assert.is(stage.hook(edit(repo, 'one', 'c1')).code, 0)
  assert.is(isUp(stage), false)
  stage.hook(payload(repo, 'one', 'UserPromptSubmit', { prompt: 'p' }))
  await until('it is back', () => isUp(stage))
  const second = stage.coord(['serve', '--quiet'])
  assert.equal([second.code, second.stdout, second.stderr], [0, '', ''])
})

life('the address is for its owner alone, and a stranger learns nothing', async ({ stage }) => {
  await stage.serve()
  assert.is(statSync(addressFile(stage)).mode & 0o777, 0o600)
  const { port, token } = addressOf(stage) ?? { port: 0, token: '' }
  assert.match(token, /^[0-9a-f]{64}$/)
  const net = (text: string): string => `${text.length}:${text},`
  const whole = (key: string, verb = 'status') => net(net(key) + net(verb))
  assert.match(await said(port, whole(token)), /^a0 0 \d+ +\{"pid":/)
  const strangers = [
    whole('0'.repeat(64)),
    whole(token.slice(1)),
    whole(''),
    `GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    `POST / HTTP/1.1\r\nOrigin: http://example.org\r\n\r\n${whole(token)}`,
    `99999999:${net('0'.repeat(64))}`,
    'x'.repeat(100_000),
    '\0\0\0',
  ]
  for (const text of strangers) assert.is(await said(port, text), '', JSON.stringify(text.slice(0, 40)))
  assert.is(await said(port, `9999999:${net(token)}${'x'.repeat(50)}`), '', 'longer than anything that is asked')
  assert.is(await said(port, whole(token, 'run')), 'e', 'the owner, with half a question')
  assert.ok(isUp(stage))
})

/** What comes back on a connection of its own, until the other end closes it. */
function said(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (chunk: Buffer) => (answer += chunk))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.write(text)
  })
}

life('slow and idle clients delay nobody, and are not waited for', async ({ stage }) => {
  await stage.serve()
  const { port, token } = addressOf(stage) ?? { port: 0, token: '' }
  const slow = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  for (const socket of slow) socket.write(`500:64:${token},`)
  const before = stage.requests()
  assert.is(stage.coord(['status']).code, 0)
  assert.is(stage.requests(), before + 1)
  await Promise.all(slow.map((socket) => once(socket, 'close')))
})

life(
  'it leaves when nobody needs it, when it is told to, and when its directory goes or is another',
  async ({ stage }) => {
    const { direct, directory, repo } = stage
    direct(['config', 'set', 'resident.idle', '1s'])
    const idle = await stage.serve()
    await once(idle, 'exit')
    assert.is(existsSync(addressFile(stage)), false)
    assert.match(readFileSync(join(directory, 'resident.log'), 'utf8'), 'nobody needed it for 1 s')

    stage.hook({ ...start(repo) }, { env: { CLAUDE_PID: String(process.pid), COORD_RESIDENT: 'off' } })
    const needed = await stage.serve()
    await sleep(4_000)
    assert.is(needed.exitCode, null, 'a session lives')
    const process_ = processIdentity(needed.pid ?? 0)
    assert.is(livenessOf(process_), 'alive')
    assert.match(direct(['resident', 'stop']).stdout, 'stops')
    assert.is(livenessOf(process_), 'dead', 'whoever hears that it stops may remove what it wrote to')
    await once(needed, 'exit')
    assert.equal(direct(['resident', 'stop']).code, 0)
    assert.equal(direct(['resident', 'status']).code, 1)

    const robbed = await stage.serve()
    rmSync(directory, { recursive: true })
    await once(robbed, 'exit')
    assert.is(existsSync(directory), false, 'it has not made the directory again')

    direct(['instance', 'register', '--task', 't'])
    const moved = await stage.serve()
    renameSync(directory, `${directory}.old`)
    mkdirSync(directory, { mode: 0o700 })
    assert.is(stage.coord(['instance', 'register', '--task', 't']).code, 0)
    await once(moved, 'exit')
    assert.is((await stage.records()).filter(({ type }) => type === 'instance.registered').length, 1)
  },
)

life('one of another build gives way, and clients do not talk to it', async ({ stage }) => {
  const { directory, repo } = stage
  stage.direct(['instance', 'register', '--task', 't'])
  const other = await startResident({
    directory,
    build: '0.0.1-old',
    port: 0,
    idleMs: () => 60_000,
    clock: systemClock,
    runCommand: async () => {
      throw new Error('asked')
    },
    told: { settings: () => ({ to: 'off', events: [] }), repository: 'repo', certificatesFile: undefined },
    metricsPort: () => undefined,
    isFit: () => true,
    upkeep: { due: async () => undefined, start: () => ({ ended: Promise.resolve(''), stop: () => undefined }) },
    signal: new AbortController().signal,
  })
  assert.is(addressOf(stage)?.pid, process.pid)
  assert.is(stage.coord(['status']).code, 0)
  stage.hook(start(repo))
  assert.is(await other?.stopped, 'it was told to')
  await until('the new one is there', () => isUp(stage) && addressOf(stage)?.pid !== process.pid)
})

life('one that hangs is sent nobody; a directory that is not safe gets none', async ({ stage }) => {
  const { repo, directory, folder } = stage
  const resident = await stage.serve()
  resident.kill('SIGSTOP')
  stage.hook(start(repo), { env: { COORD_DIR: directory } })
  await until('its address is gone', () => !existsSync(addressFile(stage)))
  resident.kill('SIGCONT')
  await until('it is back', () => isUp(stage))
  const open = join(folder, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  const unsafe = stage.coord(['serve', '--dir', open])
  assert.is(unsafe.code, 78, unsafe.stderr)
  assert.match(unsafe.stderr, 'writable by everybody')
  assert.is(existsSync(join(open, 'resident')), false)
})

life('whatever nonsense it is asked, it stays', async ({ stage }) => {
  const resident = await stage.serve()
  for (let n = 0; n < 8; n++) {
    assert.is(stage.coord(['lock', 'nonsense']).code, 2)
    assert.is(stage.coord(['status', '--nonsense']).code, 2)
    assert.is(stage.coord(['hook', 'nobody'], { input: '{}' }).code, 0)
  }
  assert.is(addressOf(stage)?.pid, resident.pid)
  assert.is(resident.exitCode, null)
  assert.not.match(readFileSync(join(stage.directory, 'resident.log'), 'utf8'), 'a fault')
})

life('settings count from the next call on', async ({ stage }) => {
  const { repo } = stage
  await stage.serve()
  stage.hook(edit(repo, 'one', 'c1'))
  assert.match(stage.hook(edit(repo, 'two', 'c2')).stdout, '"deny"')
  stage.direct(['config', 'set', 'enforce', 'warn'])
  assert.not.match(stage.hook(edit(repo, 'two', 'c3')).stdout, '"deny"')
  writeFileSync(join(repo, '.git', 'HEAD'), 'ref: refs/heads/other\n')
  stage.hook(edit(repo, 'three', 'c4', 'b.ts'))
  const { instances } = JSON.parse(stage.coord(['status', '--json']).stdout)
  assert.is(instances.at(-1).branch, 'other')
})

life('damage is noticed as soon as a process of its own would notice it', async ({ stage }) => {
  const { repo, directory } = stage
  await stage.serve()
  for (const file of ['a.ts', 'b.ts', 'c.ts']) stage.hook(edit(repo, 'one', file, file))
  assert.is(stage.coord(['status']).code, 0)
  const segments = join(directory, 'segments')
  const segment = join(segments, readdirSync(segments)[0] ?? '')
  const bytes = readFileSync(segment)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(segment, bytes)
  const before = stage.requests()
  for (const args of [['status'], ['lock', 'acquire', 'd.ts'], ['decisions', 'list', '--json']]) {
    const [here, there] = [stage.coord(args), stage.direct(args)]
    assert.is(here.code, 65, args.join(' '))
    assert.equal(here, there)
  }
  assert.is(stage.requests(), before + 3)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(segment, bytes)
  assert.is(stage.coord(['status']).code, 0, 'mended, and noticed')
})

life('a directory that is put back to an older state is no second truth', async ({ stage }) => {
  const { repo, directory, folder } = stage
  stage.direct(['instance', 'register', '--task', 't'])
  await stage.serve()
  stage.hook(edit(repo, 'one', 'c1', 'a.ts'))
  cpSync(directory, join(folder, 'copy'), { recursive: true })
  for (const file of ['b.ts', 'c.ts', 'd.ts']) stage.hook(edit(repo, 'one', file, file))
  assert.is(JSON.parse(stage.coord(['status', '--json']).stdout).locks.length, 4)
  for (const name of ['lock', 'segments']) {
    rmSync(join(directory, name), { recursive: true })
    cpSync(join(folder, 'copy', name), join(directory, name), { recursive: true })
  }
  const [here, there] = [stage.coord(['status', '--json']), stage.direct(['status', '--json'])]
  assert.is(JSON.parse(here.stdout).locks.length, 1)
  assert.is(JSON.parse(here.stdout).sequence, JSON.parse(there.stdout).sequence)
  assert.equal(stage.hook(edit(repo, 'two', 'e', 'b.ts')), { code: 0, stdout: '', stderr: '' })
  assert.is(stage.direct(['verify']).code, 0)
})

life('a compaction under it changes no answer', async ({ stage }) => {
  const { repo } = stage
  await stage.serve()
  for (let n = 0; n < 20; n++) stage.hook(edit(repo, 'one', `c${n}`, `f${n}.ts`))
  const before = JSON.parse(stage.coord(['status', '--json']).stdout)
  const compacted = stage.direct(['compact', '--keep-days', '0', '--archive'])
  assert.ok([0, 2].includes(compacted.code ?? -1), compacted.stderr)
  const after = JSON.parse(stage.coord(['status', '--json']).stdout)
  assert.equal([after.locks.length, after.sequence], [before.locks.length, before.sequence])
  assert.match(stage.hook(edit(repo, 'two', 'x', 'f3.ts')).stdout, '"deny"')
})

life.run()
