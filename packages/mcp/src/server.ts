import { type CallToolResult, McpServer, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server'
import type { CommandAnswer, CommandHost, CommandLine } from './contract.js'
import { withProgress } from './progress.js'
import { families, resources } from './resources.js'
import { shownDocument } from './shownDocument.js'
import { type Tool, tools } from './tools.js'

const instructions =
  'coordlog keeps several agent sessions on one repository from overwriting each other. Edits lock their file by themselves; a ' +
  'refusal names who holds it. Use status to see who is here, wait for a file that is held, decide to tell the others what was ' +
  'decided, and decisions before designing something that others may have settled.'

/** One connection's server: each tool and each resource is a command of coord. */
export function createServer(host: CommandHost): McpServer {
  const server = new McpServer({ name: 'coordlog', version: host.version }, { instructions })
  const run = (line: CommandLine, { mcpReq }: ServerContext) =>
    host.run(line, server.server.getClientVersion()?.name ?? '', mcpReq.signal)
  for (const [name, definition] of Object.entries(tools)) addTool(server, name, definition, run)
  addResources(server, run)
  return server
}

type Run = (line: CommandLine, context: ServerContext) => Promise<CommandAnswer>

function addTool(server: McpServer, name: string, definition: Tool, run: Run): void {
  const { title, description, input, isReadOnly } = definition
  const annotations = isReadOnly
    ? { readOnlyHint: true, openWorldHint: false }
    : { readOnlyHint: false, destructiveHint: false, idempotentHint: name !== 'decide', openWorldHint: false }
  server.registerTool(name, { title, description, inputSchema: input, annotations }, async (given, context) => {
    const line = definition.line(given)
    const answer = await withProgress(context, `${name}: under way`, run(line, context))
    if (context.mcpReq.signal.aborted) await giveBack(answer, context, run)
    return toolResult(answer, isReadOnly)
  })
}

/**
 * A model reads the facts where there are any, and not the text: what only looks is better read as text, and its document is to be had as a
 * resource. What acts gives its facts, the words among them.
 */
function toolResult({ document, text, isRefused }: CommandAnswer, isReadOnly: boolean): CallToolResult {
  const facts = isReadOnly && !isRefused ? {} : { structuredContent: { ...shownDocument(document), message: text } }
  return { content: [{ type: 'text', text }], ...facts, ...(isRefused && { isError: true }) }
}

/** Whoever cancelled the call does not hear that it was granted: what this call alone was granted is given back. */
async function giveBack({ document }: CommandAnswer, context: ServerContext, run: Run): Promise<void> {
  const { sequence, leases } = document
  if (typeof sequence !== 'number' || !Array.isArray(leases)) return
  for (const { path, token } of leases) {
    if (token !== sequence) continue
    const words = ['lock', 'release', `--token=${token}`]
    const signal = new AbortController().signal
    await run({ words, operands: [path], acting: 'registered' }, { ...context, mcpReq: { ...context.mcpReq, signal } })
  }
}

function addResources(server: McpServer, run: Run): void {
  const read = async (uri: URL, line: CommandLine, context: ServerContext) => {
    const { document, text, isRefused } = await run(line, context)
    if (isRefused) throw new Error(text)
    return { contents: [{ uri: uri.href, mimeType, text: JSON.stringify(shownDocument(document)) }] }
  }
  for (const [name, { uri, title, description, line }] of Object.entries(resources)) {
    server.registerResource(name, uri, { title, description, mimeType }, (asked, context) => read(asked, line, context))
  }
  for (const [name, { uriTemplate, title, description, line }] of Object.entries(families)) {
    const template = new ResourceTemplate(uriTemplate, { list: undefined })
    server.registerResource(name, template, { title, description, mimeType }, (asked, { id }, context) =>
      read(asked, line(decodeURIComponent(String(id))), context),
    )
  }
}

const mimeType = 'application/json'
