import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Asks Codex which hooks it knows for a folder: `hooks/list` of its app server, one JSON document a line. */

export interface ListedHook {
  command: string
  enabled: boolean
  /** "trusted", "untrusted", or what later versions add. */
  trustStatus: string
}

type Answer = { hooks: ListedHook[] } | { problem: string }

const limitMs = 10_000
const listId = 2

export async function listedHooks(
  program: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Answer> {
  const server = spawn(program, ['app-server'], { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] })
  const limit = setTimeout(() => server.kill('SIGKILL'), limitMs)
  try {
    return await Promise.race([failure(server), answerOf(server, cwd)])
  } finally {
    clearTimeout(limit)
    server.kill('SIGKILL')
  }
}

function failure(server: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve({ problem: error.message }))
    server.stdin?.once('error', (error) => resolve({ problem: error.message }))
  })
}

async function answerOf({ stdin, stdout }: ChildProcess, cwd: string): Promise<Answer> {
  if (stdin === null || stdout === null) return { problem: 'it was started without pipes' }
  const clientInfo = { name: 'coordlog', title: 'coordlog', version: '1' }
  for (const message of [
    { id: 1, method: 'initialize', params: { clientInfo } },
    { method: 'initialized' },
    { id: listId, method: 'hooks/list', params: { cwds: [cwd] } },
  ]) {
    stdin.write(`${JSON.stringify(message)}\n`)
  }
  for await (const line of createInterface({ input: stdout })) {
    const message = parsed(line)
    if (memberAt(message, 'id') === listId) return hooksIn(message)
  }
  return { problem: `codex app-server gave no answer within ${limitMs / 1_000} s` }
}

function hooksIn(message: unknown): Answer {
  const refusal = memberAt(memberAt(message, 'error'), 'message')
  if (typeof refusal === 'string') return { problem: refusal }
  const folders = listAt(memberAt(message, 'result'), 'data')
  const hooks = folders.flatMap((folder) => listAt(folder, 'hooks')).flatMap(hookOf)
  return { hooks }
}

function hookOf(value: unknown): ListedHook[] {
  const command = memberAt(value, 'command')
  const trustStatus = memberAt(value, 'trustStatus')
  if (typeof command !== 'string' || typeof trustStatus !== 'string') return []
  return [{ command, trustStatus, enabled: memberAt(value, 'enabled') !== false }]
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    // Whatever else it prints.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function listAt(value: unknown, key: string): unknown[] {
  const found = memberAt(value, key)
  return Array.isArray(found) ? found : []
}

function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}
