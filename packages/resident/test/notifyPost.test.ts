import { createServer, type Server } from 'node:http'
import { connect, createServer as createRawServer } from 'node:net'
import { discordText, slackText } from '@coordlog/coordination/notification'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Outcome, post } from '../src/notify/post.js'

const test = suite('posting a message')

const posted = { headers: { 'content-length': '2' }, body: '{}' }
const wire = (timeoutMs: number) => ({ timeoutMs, certificatesFile: undefined, signal: new AbortController().signal })

async function withServer(server: Server | ReturnType<typeof createRawServer>, use: (url: URL) => Promise<void>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    await use(new URL(`http://127.0.0.1:${port}/x`))
  } finally {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  }
}

function failed(outcome: Outcome): Extract<Outcome, { kind: 'failed' }> {
  assert.is(outcome.kind, 'failed')
  if (outcome.kind === 'delivered') throw new Error('delivered')
  return outcome
}

test('a server that hangs is left after the time, and may have got it', () =>
  withServer(
    createServer(() => undefined),
    async (url) => {
      assert.equal(await post(url, posted, wire(150)), {
        kind: 'failed',
        mayHaveArrived: true,
        said: 'no answer within 150 ms',
      })
    },
  ))

test('one that begins to answer and hangs is left too', () =>
  withServer(
    createServer((_, response) => void response.writeHead(200).write('x')),
    async (url) => {
      const { mayHaveArrived } = failed(await post(url, posted, wire(150)))
      assert.ok(mayHaveArrived)
    },
  ))

test('a redirect is not followed', () =>
  withServer(
    createServer((_, response) => response.writeHead(302, { location: '/y' }).end()),
    async (url) => {
      assert.equal(failed(await post(url, posted, wire(1_000))), {
        kind: 'failed',
        mayHaveArrived: false,
        said: 'the answer was 302',
        status: 302,
      })
    },
  ))

test('a connection that is cut after the request: nobody knows', () =>
  withServer(
    createRawServer((socket) => socket.once('data', () => socket.destroy())),
    async (url) => {
      assert.ok(failed(await post(url, posted, wire(1_000))).mayHaveArrived)
    },
  ))

test('an answer without end is not read to its end', () => {
  const server = createServer((_, response) => {
    response.writeHead(200)
    const more = () => {
      if (!response.destroyed && response.write('x'.repeat(10_000))) setImmediate(more)
    }
    response.on('drain', more)
    more()
  })
  return withServer(server, async (url) => {
    assert.equal(await post(url, posted, wire(5_000)), { kind: 'delivered' })
    connect(Number(url.port), '127.0.0.1').destroy()
  })
})

test('texts fit, are never cut within an escape, and mention nobody', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (text, unitsMax) => {
      const slack = slackText(text, unitsMax)
      const discord = discordText(text, unitsMax)
      assert.ok(slack.length <= unitsMax && discord.length <= unitsMax)
      assert.not.match(slack, /[<>]|@(?!\u200b)|&(?!amp;|lt;|gt;)/)
      assert.not.match(discord, /(?<!\\)(?:\\\\)*[*_~`|<[\]]|@(?!\u200b)/)
      assert.not.match(discord, /(?<!\\)(?:\\\\)*\\…?$/)
    }),
  )
})

test.run()
