import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { shown } from '@coordlog/coordination/shownText'
import type { Context } from '../context.js'
import { type Command, defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { connectionHost } from '../mcp/host.js'
import { note } from '../output/answer.js'

type Run = (argv: readonly string[], context: Context) => Promise<number>
type Served = typeof import('@coordlog/mcp/serve')

/** `run` comes as a function of nothing: the commands that it runs are the table in which this one stands. */
export function mcpWith(run: () => Run): Command {
  return defineCommand({
    summary: 'serve one MCP client on standard input and output',
    description:
      'For a client of the Model Context Protocol, which starts it itself (coord init --mcp). It acts as the session that started it, ' +
      'or as an instance of its own that ends with the connection. Tools, resources: docs/mcp.md.',
    args: {},
    flags: {},
    examples: [{ does: 'what a client starts', line: 'coord mcp' }],
    run: async (call) => {
      const { flags, context } = call
      const host = connectionHost(run(), flags, context)
      const stdin = context.stdin instanceof Readable ? context.stdin : Readable.from(context.stdin)
      const { serveMcp } = protocolOf(context.coordlogRoot)
      await serveMcp(host, { stdin, signal: context.signal }, (fault) => {
        void note(context, `coord mcp: ${shown(fault.message)}`)
      })
      await host.close()
      return exitCodes.done
    },
  })
}

/** The protocol is in a bundle of its own: no other command has to load it. */
function protocolOf(coordlogRoot: string): Served {
  return createRequire(import.meta.url)(join(coordlogRoot, 'packages/mcp/dist/mcp.cjs'))
}
