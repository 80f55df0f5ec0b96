import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommandAnswer, CommandHost, CommandLine } from '../src/contract.js'
import { createServer } from '../src/server.js'

/** The protocol alone, over a host that only writes down what it is asked. */
const test = suite('the MCP server')

interface Asked {
  line: CommandLine
  client: string
}

/** `answer`: what the host says to each line; the lines that it was asked come back. */
async function stage(answer: (line: CommandLine, signal: AbortSignal) => Promise<Partial<CommandAnswer>>) {
  const asked: Asked[] = []
  const host: CommandHost = {
    version: '1',
    async run(line, client, signal) {
      asked.push({ line, client })
      return { document: {}, text: 'said', isRefused: false, ...(await answer(line, signal)) }
    },
  }
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = createServer(host)
  await server.connect(far)
  const client = new Client({ name: 'tester', version: '1' })
  await client.connect(near)
  return { asked, client, close: () => client.close() }
}

const lines: [tool: string, given: object, words: string[], operands: string[] | undefined, acting: string][] = [
  ['status', {}, ['status'], undefined, 'nobody'],
  ['acquire', { paths: ['-a', 'b'], reason: '--x' }, ['lock', 'acquire', '--reason=--x'], ['-a', 'b'], 'registered'],
  ['acquire', { paths: ['a'], ttl: '5m' }, ['lock', 'acquire', '--ttl=5m'], ['a'], 'registered'],
  ['wait', { paths: ['a'] }, ['lock', 'acquire', '--wait=30s'], ['a'], 'registered'],
  ['wait', { paths: ['a'], seconds: 600 }, ['lock', 'acquire', '--wait=600s'], ['a'], 'registered'],
  ['release', { paths: ['a'], token: 7 }, ['lock', 'release', '--token=7'], ['a'], 'registered'],
  ['release', { all: true }, ['lock', 'release', '--all'], [], 'registered'],
  [
    'decide',
    { category: 'security', title: 't', description: 'd', alternatives: ['x', '--y'], files: ['f'] },
    [
      ...['decisions', 'add', '--category=security', '--title=t', '--description=d', '--scope=module'],
      ...['--status=accepted', '--alternative=x', '--alternative=--y', '--file=f'],
    ],
    undefined,
    'registered',
  ],
  ['decisions', { status: 'accepted' }, ['decisions', 'list', '--status=accepted', '--limit=20'], undefined, 'nobody'],
  ['decisions', { id: '--help' }, ['decisions', 'show'], ['--help'], 'nobody'],
  ['why', { path: '--at' }, ['why'], ['--at'], 'known'],
  ['log', { path: 'a', limit: 5 }, ['log', '--path=a', '--limit=5'], undefined, 'nobody'],
]
for (const [tool, given, words, operands, acting] of lines) {
  test(`${tool} ${JSON.stringify(given)}`, async () => {
    const { asked, client, close } = await stage(async () => ({}))
    await client.callTool({ name: tool, arguments: { ...given } })
    assert.equal(asked, [{ line: { words, acting, ...(operands && { operands }) }, client: 'tester' }])
    await close()
  })
}

test('cancelled in the moment of the grant: what this call was granted is given back, and nothing else', async () => {
  const stop = new AbortController()
  const leases = [
    { path: 'new.ts', token: 9 },
    { path: 'mine before.ts', token: 4 },
  ]
  let released = () => {}
  const over = new Promise<void>((resolve) => {
    released = resolve
  })
  const { asked, client, close } = await stage(async ({ words }, signal) => {
    if (words.includes('release')) {
      assert.is(signal.aborted, false)
      released()
      return {}
    }
    stop.abort()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { document: { ok: true, sequence: 9, leases } }
  })
  const waiting = client.callTool(
    { name: 'wait', arguments: { paths: ['new.ts', 'mine before.ts'] } },
    { signal: stop.signal },
  )
  assert.is(
    await waiting.then(
      () => 'answered',
      () => 'cancelled',
    ),
    'cancelled',
  )
  await over
  assert.equal(
    asked.slice(1).map(({ line }) => [line.words, line.operands]),
    [[['lock', 'release', '--token=9'], ['new.ts']]],
  )
  await close()
})

test('progress is told only where it was asked for, and stops with the call', async () => {
  let end = () => {}
  const { client, close } = await stage(
    () =>
      new Promise((resolve) => {
        end = () => resolve({})
      }),
  )
  let told = 0
  const call = client.callTool(
    { name: 'status', arguments: {} },
    {
      onprogress: () => {
        told += 1
        end()
      },
    },
  )
  await call
  assert.is(told, 1)
  await close()
})

test('texts of a document are shown, whatever they are', async () => {
  const document = { ok: true, 'k\u202e': ['a\u200b', { deep: 'line\nline\u001b[2J' }], n: 1, none: null }
  const { client, close } = await stage(async () => ({ document }))
  const { structuredContent } = await client.callTool({ name: 'release', arguments: { all: true } })
  assert.equal(structuredContent, {
    ok: true,
    'k\\u202e': ['a\\u200b', { deep: 'line\nline\\e[2J' }],
    n: 1,
    none: null,
    message: 'said',
  })
  await close()
})

test.run()
