import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

/** Somebody on loopback to whom messages are posted, and what was posted. */
export interface Receiver {
  url: string
  got: { headers: IncomingHttpHeaders; body: string }[]
  /** What it answers from now on; 'nothing': it takes the request, and is silent. */
  answers(...statuses: (number | 'nothing')[]): void
  /** The headers of its answers. */
  headers: Record<string, string>
  /** Resolves when so many have come. */
  came(count: number): Promise<void>
  close(): void
}

/** `statuses` one after the other, then 200. */
export async function openReceiver(tls?: { key: string; cert: string }): Promise<Receiver> {
  let planned: (number | 'nothing')[] = []
  const waiting: (() => void)[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      receiver.got.push({ headers: request.headers, body })
      for (const tell of waiting) tell()
      const status = planned.shift() ?? 200
      if (status !== 'nothing') response.writeHead(status, receiver.headers).end('said no more')
    })
  }
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: Receiver = {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}/services/T0/B0/verysecretpath`,
    got: [],
    headers: {},
    answers: (...statuses) => {
      planned = statuses
    },
    came: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (receiver.got.length >= count) resolve()
        }
        waiting.push(look)
        look()
      }),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return receiver
}
