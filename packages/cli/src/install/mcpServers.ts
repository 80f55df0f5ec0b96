import { isDeepStrictEqual } from 'node:util'
import { appendMember, removeChild, replaceNode, spliced } from './jsonEdit.js'
import {
  type JsonNode,
  JsonProblem,
  type Member,
  memberOf,
  type ObjectNode,
  parseJson,
  plainValue,
} from './jsonTree.js'

/** Our server in the text of an .mcp.json: pure, from text to text. Nobody else's bytes change. */

const serverName = 'coordlog'

/** How a client starts the server: with arguments, without a shell. */
export interface McpServerEntry {
  type: 'stdio'
  command: string
  args: string[]
}

/** Throws JsonProblem, also where another server has our name. */
export function withServer(text: string, entry: McpServerEntry): string {
  const current = text.trim() === '' ? '{}\n' : text
  const root = parseJson(current)
  if (root.kind !== 'object') throw new JsonProblem(current, root.start, 'no object stands here')
  const servers = memberOf(root, 'mcpServers')?.value
  if (servers === undefined) {
    return spliced(current, appendMember(current, root, root, 'mcpServers', { [serverName]: entry }))
  }
  if (servers.kind !== 'object') throw new JsonProblem(current, servers.start, '"mcpServers" must be an object')
  const own = memberOf(servers, serverName)
  if (own === undefined) return spliced(current, appendMember(current, root, servers, serverName, entry))
  if (isDeepStrictEqual(plainValue(own.value), entry)) return text
  if (!isOurs(own)) {
    throw new JsonProblem(current, own.value.start, `another server has the name "${serverName}"`)
  }
  return spliced(current, replaceNode(current, own.value, entry))
}

/** The text without our server, and without the object that is empty for want of it. Throws JsonProblem. */
export function withoutServer(text: string): string {
  const found = text.trim() === '' ? undefined : ourServer(parseJson(text))
  if (found === undefined) return text
  const { root, servers, own } = found
  const isLast = servers.members.length === 1
  const [container, value]: [ObjectNode, JsonNode] = isLast ? [root, servers] : [servers, own.value]
  return spliced(
    text,
    removeChild(
      container,
      container.members.findIndex((member) => member.value === value),
    ),
  )
}

export function hasServer(text: string): boolean {
  return text.trim() !== '' && ourServer(parseJson(text)) !== undefined
}

function ourServer(root: JsonNode): { root: ObjectNode; servers: ObjectNode; own: Member } | undefined {
  const servers = memberOf(root, 'mcpServers')?.value
  if (root.kind !== 'object' || servers?.kind !== 'object') return undefined
  const own = memberOf(servers, serverName)
  return own === undefined || !isOurs(own) ? undefined : { root, servers, own }
}

function isOurs({ value }: Member): boolean {
  const entry = plainValue(value)
  if (typeof entry !== 'object' || entry === null || !('command' in entry) || !('args' in entry)) return false
  const { command, args } = entry
  return typeof command === 'string' && /[/\\]bin[/\\]coord$/.test(command) && isDeepStrictEqual(args, ['mcp'])
}
