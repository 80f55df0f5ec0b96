// timeout: 180s

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Family, parseExposition } from './exposition.js'
import { openStage, type Stage, until } from './resident/stage.js'
import { freePort } from './seedGuide/stage.js'

/** What Prometheus reads: from the resident, and from the file for node_exporter. */
const test = suite<{ stage: Stage; port: number }>('figures for Prometheus')
test.before.each(async (context) => {
  context.stage = openStage()
  context.port = await freePort()
})
test.after.each(({ stage }) => stage.remove())

function configure({ repo }: Stage, port: number | 'off'): void {
  mkdirSync(join(repo, '.claude/coordination'), { recursive: true })
  writeFileSync(join(repo, '.claude/coordination/config.json'), JSON.stringify({ metrics: { port: String(port) } }))
}

interface Answer {
  status: number
  type: string
  body: string
}

function get(
  port: number,
  more: { path?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/metrics', ...more }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers['content-type']), body }),
      )
    })
    sent.on('error', reject).end()
  })
}

/** The resident answers before it has written its first line. */
function journal({ directory }: Stage): string {
  const file = join(directory, 'resident.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function served(stage: Stage, port: number): Promise<void> {
  configure(stage, port)
  await stage.serve()
  await until('figures are shown', () => journal(stage).includes(`127.0.0.1:${port}/metrics`))
}

function figure(families: Map<string, Family>, name: string, labels = ''): number {
  return families.get(name)?.samples.get(labels) ?? Number.NaN
}

test('the resident shows what is the case, in the format to the letter; what agents wrote is in none of it', async (context) => {
  const { stage, port } = context
  await served(stage, port)
  const hostile = 'evil"} 1\nevil_metric{x="y"} 2 \\'
  const id = stage.coord(['instance', 'register', '--task', hostile, '--role', hostile.slice(0, 20)]).stdout.trim()
  stage.coord(['lock', 'acquire', 'a.ts', '--instance', id, '--reason', hostile])
  const { status, type, body } = await get(port)
  assert.equal([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8'])
  const families = parseExposition(body)
  assert.is(figure(families, 'coordlog_instances', 'status="active"'), 1)
  assert.is(figure(families, 'coordlog_locks'), 1)
  assert.is(figure(families, 'coordlog_events_total'), 2)
  assert.is(figure(families, 'coordlog_resident_requests_total'), 2)
  assert.not.match(body, 'evil')
  assert.ok([...families.values()].every(({ help, kind }) => help !== '' && kind !== ''))
  const head = await get(port, { method: 'HEAD' })
  assert.equal([head.status, head.body], [200, ''])
})

test('counters only grow, whatever comes and goes', async ({ stage, port }) => {
  await served(stage, port)
  const last = new Map<string, number>()
  for (let round = 0; round < 6; round++) {
    const id = stage.coord(['instance', 'register', '--task', 't']).stdout.trim()
    stage.coord(['lock', 'acquire', 'a.ts', '--instance', id])
    stage.coord(['decisions', 'add', '--category=testing', `--title=${round}`, '--description=d', '--instance', id])
    stage.coord(['instance', 'end', '--instance', id])
    for (const { name, kind, samples } of parseExposition((await get(port)).body).values()) {
      for (const [labels, value] of kind === 'counter' ? samples : []) {
        assert.ok(value >= (last.get(name + labels) ?? 0), `${name} went from ${last.get(name + labels)} to ${value}`)
        last.set(name + labels, value)
      }
    }
  }
  assert.equal([...last.keys()].sort(), [
    'coordlog_decisions_total',
    'coordlog_events_total',
    'coordlog_resident_requests_total',
  ])
  assert.is(last.get('coordlog_decisions_total'), 6)
})

test('another Host, an Origin, another path or method: refused', async ({ stage, port }) => {
  await served(stage, port)
  const status = async (more: Parameters<typeof get>[1]) => (await get(port, more)).status
  assert.is(await status({ headers: { host: `evil.example.org:${port}` } }), 421)
  assert.is(await status({ headers: { origin: 'https://evil.example.org' } }), 403)
  assert.is(await status({ headers: { host: `localhost:${port}` } }), 200)
  assert.is(await status({ path: '/' }), 404)
  assert.is(await status({ path: '/hook/claude-code', method: 'POST' }), 404)
  assert.is(await status({ method: 'POST' }), 405)
})

test('off by default; it follows the setting; a port that is taken is said, and everything else goes on', async (context) => {
  const { stage, port } = context
  await stage.serve()
  assert.not.match(journal(stage), 'figures')
  const other = createServer().listen(port, '127.0.0.1')
  configure(stage, port)
  await until('it is said', () => journal(stage).includes(`port ${port} is taken: no figures are shown`))
  assert.is(stage.coord(['status']).code, 0)
  await new Promise((resolve) => other.close(resolve))
  await until('figures are shown', () => journal(stage).includes(`127.0.0.1:${port}/metrics`))
  assert.is((await get(port)).status, 200)
  configure(stage, 'off')
  const isClosed = async () => (await get(port).catch(() => undefined)) === undefined
  for (let tries = 0; tries < 200 && !(await isClosed()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  assert.ok(await isClosed())
})

test('the file for node_exporter: a reader sees a whole one at every moment', async ({ stage }) => {
  const file = join(stage.folder, 'metrics', 'coordlog.prom')
  stage.direct(['metrics', '--file', file])
  let reads = 0
  const reading = setInterval(() => {
    parseExposition(readFileSync(file, 'utf8'))
    reads += 1
  }, 1)
  for (let round = 0; round < 4; round++) {
    stage.direct(['instance', 'register', '--task', String(round)])
    assert.is(stage.direct(['metrics', '--file', file]).code, 0)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  clearInterval(reading)
  assert.ok(reads > 0)
  assert.is(figure(parseExposition(readFileSync(file, 'utf8')), 'coordlog_events_total'), 4)
  assert.equal(readdirSync(join(stage.folder, 'metrics')), ['coordlog.prom'])
})

test('the parser is strict', () => {
  const good = '# HELP a_total b\n# TYPE a_total counter\na_total{x="1"} 2\n'
  assert.is(parseExposition(good).get('a_total')?.samples.get('x="1"'), 2)
  for (const bad of [
    good.trimEnd(),
    good.replace('counter', 'count'),
    good.replace('# TYPE a_total counter\n', ''),
    `${good}a_total{x="1"} 3\n`,
    `${good}b 1\n`,
    `${good}${good}`,
    good.replace(' 2', ' two'),
    good.replace(' 2', ' -2'),
    good.replace('"1"', '"\\x"'),
    good.replaceAll('a_total', 'a'),
    `${good}\n`,
  ]) {
    assert.throws(() => parseExposition(bad), Error, JSON.stringify(bad))
  }
})

test.run()
