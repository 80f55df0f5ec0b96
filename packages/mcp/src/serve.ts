import type { Readable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { CommandHost } from './contract.js'
import { createServer } from './server.js'

export interface Streams {
  stdin: Readable
  signal: AbortSignal
}

/** Serves one client on standard input and output until it closes its end, or the signal fires. */
export async function serveMcp(
  host: CommandHost,
  { stdin, signal }: Streams,
  said: (fault: Error) => void,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    const end = () => resolve()
    stdin.once('end', end).once('close', end)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
  const transport = new StdioServerTransport(stdin)
  const serving = serveStdio(() => createServer(host), { transport, onerror: said })
  await ended
  await serving.close()
}
