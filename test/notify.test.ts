// timeout: 240s

import { spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openReceiver, type Receiver } from './notify/receiver.js'
import { coord, openStage, type Stage, until } from './resident/stage.js'
import { skip } from './skip.js'

/** Messages to a server on loopback: what arrives, how often, and what is left behind when something goes wrong. */
const test = suite<{ stage: Stage; receiver: Receiver }>('notifications')
test.before.each(async (context) => {
  context.stage = openStage()
  context.receiver = await openReceiver()
})
test.after.each(({ stage, receiver }) => {
  receiver.close()
  stage.remove()
})

const secret = 'a-shared-secret-of-this-test'

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A process of its own, while this one answers as the server. */
function run(
  { repo, env }: Stage,
  args: readonly string[],
  input = '',
  more: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(coord, args, { cwd: repo, env: { ...env, ...more, COORD_RESIDENT: 'off' } })
    const ended = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      ended.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      ended.stderr += chunk
    })
    child.on('close', (code) => resolve({ code, ...ended }))
    child.stdin.end(input)
  })
}

function configure({ repo }: Stage, to: string, events = ['decision.recorded']): void {
  mkdirSync(join(repo, '.claude/coordination'), { recursive: true })
  writeFileSync(join(repo, '.claude/coordination/config.json'), JSON.stringify({ notify: { to, events } }))
}

async function setUp(stage: Stage, { url }: Receiver, to = 'webhook'): Promise<void> {
  configure(stage, to)
  const set = await run(stage, ['notify', '--set-address'], `${url}\n${secret}\n`)
  assert.equal([set.code, set.stderr], [0, ''])
}

const decide = (stage: Stage, title: string) => {
  const words = ['decisions', 'add', '--category=testing', `--title=${title}`, '--description=d']
  assert.is(stage.direct(words).code, 0)
}

const cursor = ({ directory }: Stage) => JSON.parse(readFileSync(join(directory, 'notify.cursor'), 'utf8'))
const titles = ({ got }: Receiver) => got.map(({ body }) => JSON.parse(body).data.title)

test('it begins at the present, tells each chosen event once, in order, and signs it', async ({ stage, receiver }) => {
  decide(stage, 'before')
  await setUp(stage, receiver)
  assert.match((await run(stage, ['notify'])).stdout, 'Begins after event 2')
  decide(stage, 'first')
  stage.direct(['lock', 'acquire', 'a.ts'])
  decide(stage, 'second')
  assert.is((await run(stage, ['notify'])).stdout, 'Told of 2 events\n')
  assert.is((await run(stage, ['notify'])).stdout, 'Told of 0 events\n')
  assert.equal(titles(receiver), ['first', 'second'])
  const records = await stage.records()
  for (const [index, { headers, body }] of receiver.got.entries()) {
    const record = records.filter(({ type }) => type === 'decision.recorded')[index + 1]
    const { id, sequence, type, by, data, text, repository, mayBeRepeat } = JSON.parse(body)
    assert.equal([sequence, type, by, data], [record?.seq, record?.type, record?.by, record?.data])
    assert.equal([id, headers['idempotency-key']], [`coordlog-${record?.h}-${record?.seq}`, id])
    assert.equal([repository, mayBeRepeat, headers['coordlog-attempt']], ['repo', false, '1'])
    assert.match(text, `[repo] Decision ${record?.data['id']}: "${record?.data['title']}" (testing, module), by `)
    const time = String(headers['coordlog-timestamp'])
    assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 120)
    const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
    assert.is(headers['coordlog-signature'], `v1=${expected}`)
  }
  assert.equal([cursor(stage).sequence, cursor(stage).delivered], [records.length, 2])
})

test('500s, then success: later and longer between, with the same id; then the next', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'one')
  decide(stage, 'two')
  receiver.answers(500, 503, 200)
  for (const [wait, status] of [
    [2_000, 500],
    [4_000, 503],
  ] as const) {
    const startMs = Date.now()
    const { code, stderr } = await run(stage, ['notify'])
    assert.is(code, 74)
    assert.match(stderr, `could not be told of: the answer was ${status}: said no more. Told before it: 0`)
    const dueMs = Date.parse(cursor(stage).attempt.nextAt)
    assert.ok(dueMs >= startMs + wait && dueMs <= Date.now() + wait, `due in ${dueMs - startMs} ms`)
  }
  const status = await run(stage, ['notify', '--status'])
  assert.is(status.code, 1)
  assert.match(status.stdout, /tried 2 times .*it may have arrived\n {2}Last answer: the answer was 503/)
  const { checks } = JSON.parse((await run(stage, ['doctor', '--json'])).stdout)
  const check = checks.find(({ name }: { name: string }) => name === 'notifications')
  assert.equal([check.result, check.run], ['warn', 'coord notify --status'])
  assert.match(check.says, 'has not arrived since')
  assert.is((await run(stage, ['notify'])).stdout, 'Told of 2 events\n')
  assert.equal(titles(receiver), ['one', 'one', 'one', 'two'])
  assert.equal(
    receiver.got.map(({ headers, body }) => [headers['coordlog-attempt'], JSON.parse(body).mayBeRepeat]),
    [
      ['1', false],
      ['2', true],
      ['3', true],
      ['1', false],
    ],
  )
  assert.is(new Set(receiver.got.slice(0, 3).map(({ headers }) => headers['idempotency-key'])).size, 1)
  const after = await run(stage, ['doctor', '--json'])
  assert.match(after.stdout, '"name":"notifications","result":"ok"')
})

test('kill -9 between delivery and cursor: sent again under the same id, and said to be perhaps a repeat', async (context) => {
  const { stage, receiver } = context
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'once')
  receiver.answers('nothing')
  const child = spawn(process.execPath, [join(coord, '../start.cjs'), 'notify'], { cwd: stage.repo, env: stage.env })
  await receiver.came(1)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  assert.equal([cursor(stage).attempt.count, cursor(stage).attempt.mayHaveArrived], [1, true])
  assert.is((await run(stage, ['notify'])).stdout, 'Told of 1 events\n')
  const [first, second] = receiver.got
  assert.is(first?.headers['idempotency-key'], second?.headers['idempotency-key'])
  assert.equal(
    [first, second].map((got) => JSON.parse(got?.body ?? '').mayBeRepeat),
    [false, true],
  )
  assert.is(receiver.got.length, 2)
})

test('two senders at once: one sends, the other says so', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  for (const title of ['a', 'b', 'c']) decide(stage, title)
  receiver.answers('nothing')
  const first = spawn(process.execPath, [join(coord, '../start.cjs'), 'notify'], { cwd: stage.repo, env: stage.env })
  await receiver.came(1)
  const second = await run(stage, ['notify'])
  assert.equal([second.code, second.stderr], [75, 'Another process is sending; nothing to do here.\n'])
  assert.is(receiver.got.length, 1)
  const ended = new Promise((resolve) => first.once('exit', resolve))
  first.kill('SIGKILL')
  await ended
  const ends = await Promise.all([1, 2, 3, 4].map(() => run(stage, ['notify'])))
  assert.ok(ends.some(({ code }) => code === 0))
  assert.equal(titles(receiver), ['a', 'a', 'b', 'c'], 'each once, but for the one that was cut off')
})

test('what is refused for what it is is given up after three tries, and the next goes out', async ({
  stage,
  receiver,
}) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'bad')
  decide(stage, 'good')
  receiver.answers(400, 400, 400)
  const codes = []
  for (let tries = 0; tries < 3; tries++) codes.push((await run(stage, ['notify'])).code)
  assert.equal(codes, [74, 74, 0])
  assert.equal(titles(receiver), ['bad', 'bad', 'bad', 'good'])
  assert.is(cursor(stage).skipped, 1)
  assert.match((await run(stage, ['doctor', '--json'])).stdout, '1 events were given up')
})

test('a receiver that asks for patience gets it; what is a day old is given up', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'old')
  receiver.answers(429)
  receiver.headers['retry-after'] = '120'
  assert.is((await run(stage, ['notify'])).code, 74)
  assert.ok(Date.parse(cursor(stage).attempt.nextAt) > Date.now() + 100_000)
  assert.is(cursor(stage).attempt.mayHaveArrived, false)
  const [last] = (await stage.records()).slice(-1)
  const { deliver } = await import('@coordlog/resident/notify/deliver')
  const { openFileLog } = await import('@coordlog/log/fileLog')
  const log = await openFileLog(stage.directory)
  const now = new Date(Date.parse(last?.ts ?? '') + 86_400_001).toISOString()
  const delivered = await deliver({
    directory: stage.directory,
    log,
    sequence: last?.seq ?? 0,
    settings: { to: 'webhook', events: ['decision.recorded'] },
    repository: 'repo',
    env: {},
    clock: { now: () => now, monotonicMs: () => 0 },
    wire: { timeoutMs: 1_000, certificatesFile: undefined, signal: new AbortController().signal },
    isUrgent: false,
    messagesMax: 10,
  })
  log.close()
  assert.equal(delivered, { kind: 'done', sent: 0, skipped: [last?.seq] })
  assert.is(receiver.got.length, 1)
})

test('nobody there, nothing set, a file that others can read, http to elsewhere: said, with what to run', async (context) => {
  const { stage, receiver } = context
  configure(stage, 'webhook')
  const missing = await run(stage, ['notify'])
  assert.is(missing.code, 2)
  assert.match(
    missing.stderr,
    /notify\.to is webhook, but no address is set\. Run: printf .* \| coord notify --set-address/,
  )
  const elsewhere = await run(stage, ['notify', '--set-address'], 'http://hooks.example.org/x-secret\n')
  assert.is(elsewhere.code, 2)
  assert.match(elsewhere.stderr, 'leads to hooks.example.org; it must be https')
  assert.not.match(elsewhere.stderr, 'x-secret')
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'x')
  receiver.close()
  const nobody = await run(stage, ['notify'])
  assert.is(nobody.code, 74)
  assert.match(nobody.stderr, 'ECONNREFUSED')
  assert.is(cursor(stage).attempt.mayHaveArrived, false)
  chmodSync(join(stage.directory, 'notify.address'), 0o644)
  const open = await run(stage, ['notify'])
  assert.is(open.code, 78)
  assert.match(open.stderr, /notify\.address \(mode 0644, owner \d+\) can be read by others or is not yours/)
  assert.match((await run(stage, ['doctor', '--json'])).stdout, '"name":"notifications","result":"fault"')
})

test('address and secret stand in one file, for its owner alone, and nowhere else', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'x')
  receiver.answers(500, 404)
  const ran = [await run(stage, ['notify']), await run(stage, ['notify']), await run(stage, ['notify', '--status'])]
  ran.push(await run(stage, ['notify', '--status', '--json']), await run(stage, ['notify', '--test']))
  ran.push(await run(stage, ['doctor', '--json']), await run(stage, ['config', 'list']), await run(stage, ['export']))
  for (const { stdout, stderr } of ran) assert.not.match(stdout + stderr, /verysecretpath|a-shared-secret/)
  const files = [stage.repo, stage.directory].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const holding = [...new Set(files)].filter(
    (file) => statSync(file).isFile() && /verysecretpath|a-shared-secret/.test(readFileSync(file, 'latin1')),
  )
  assert.equal(holding, [join(stage.directory, 'notify.address')])
  assert.is(statSync(holding[0] ?? '').mode & 0o777, 0o600)
})

test('slack and discord: their shapes, nothing that mentions, links or formats', async ({ stage, receiver }) => {
  const hostile = '<!channel> @everyone <@U1|x> [a](http://b) *b* _c_ `d` ||e|| & \u202e'
  for (const to of ['slack', 'discord']) {
    await setUp(stage, receiver, to)
    await run(stage, ['notify'])
    decide(stage, hostile)
    assert.is((await run(stage, ['notify'])).code, 0)
  }
  const [slack, discord] = receiver.got.map(({ body }) => JSON.parse(body))
  assert.equal(Object.keys(slack), ['text', 'mrkdwn', 'unfurl_links', 'unfurl_media'])
  assert.match(slack.text, '&lt;!channel&gt; @\u200beveryone &lt;@\u200bU1|x&gt;')
  assert.not.match(slack.text, /[<>]|@[a-z]|:\/\/|\u202e/i)
  assert.equal(discord.allowed_mentions, { parse: [] })
  assert.match(discord.content, '\\<!channel\\> @\u200beveryone')
  assert.not.match(discord.content, /(?<!\\)[*_`|[\]~]|@[a-z]|:\/\/|\u202e/i)
  assert.is(receiver.got[0]?.headers['coordlog-signature'], undefined)
})

test('the resident tells by itself, off the path of hooks, and begins anew when it was switched off', async (context) => {
  const { stage, receiver } = context
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  receiver.answers('nothing')
  await stage.serve()
  decide(stage, 'slow')
  await receiver.came(1)
  const startMs = performance.now()
  assert.is(stage.coord(['status']).code, 0)
  assert.ok(performance.now() - startMs < 5_000, 'a receiver that is silent holds up nobody')
  configure(stage, 'off')
  receiver.close()
  await until('the cursor is gone', () => !readdirSync(stage.directory).includes('notify.cursor'), 30_000)
})

test('the resident goes on where it was, and a test message moves nothing on', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'while nobody was there')
  assert.match((await run(stage, ['notify', '--test'])).stdout, /A test message went to 127\.0\.0\.1:\d+\.\n/)
  await stage.serve()
  await receiver.came(2)
  decide(stage, 'then')
  await receiver.came(3)
  await sleep(100)
  const types = receiver.got.map(({ headers }) => headers['coordlog-event'])
  assert.equal(types, ['test', 'decision.recorded', 'decision.recorded'])
  assert.equal(titles({ ...receiver, got: receiver.got.slice(1) }), ['while nobody was there', 'then'])
})

test('a log that was replaced is told of from its present on', async ({ stage, receiver }) => {
  await setUp(stage, receiver)
  await run(stage, ['notify'])
  decide(stage, 'old log')
  await run(stage, ['notify'])
  for (const name of readdirSync(stage.directory)) {
    if (!name.startsWith('notify.')) rmSync(join(stage.directory, name), { recursive: true })
  }
  for (const title of ['new 1', 'new 2', 'new 3']) decide(stage, title)
  assert.match((await run(stage, ['notify'])).stdout, 'Begins after event 4')
  assert.equal(titles(receiver), ['old log'])
})

test('https with an authority of one’s own, by the variable NODE_EXTRA_CA_CERTS, which node itself does not see', async (context) => {
  const { stage } = context
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem'],
    ],
    { cwd: stage.folder },
  )
  if (made.status !== 0) return skip('https', 'openssl is not there to make a certificate')
  const certificate = join(stage.folder, 'cert.pem')
  const read = (name: string) => readFileSync(join(stage.folder, name), 'utf8')
  const receiver = await openReceiver({ key: read('key.pem'), cert: read('cert.pem') })
  try {
    await setUp(stage, receiver)
    const without = await run(stage, ['notify', '--test'])
    assert.is(without.code, 74)
    assert.match(without.stderr, 'self-signed certificate')
    const trusted = { NODE_EXTRA_CA_CERTS: certificate }
    assert.is((await run(stage, ['notify', '--test'], '', trusted)).code, 0)
    // And by a resident that a session brought up.
    await run(stage, ['notify'], '', trusted)
    const start = { session_id: 's', transcript_path: '/t', cwd: stage.repo, hook_event_name: 'SessionStart' }
    stage.hook({ ...start, source: 'startup' }, { env: { ...trusted, CLAUDE_PROJECT_DIR: stage.repo } })
    decide(stage, 'over tls')
    await receiver.came(2)
    assert.equal(titles({ ...receiver, got: receiver.got.slice(1) }), ['over tls'])
  } finally {
    stage.direct(['resident', 'stop'])
    receiver.close()
  }
})

test.run()
