import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Ran, repository, type Session, session, type TestClock, testClock } from '../session.js'

/** Two sessions in one repository, one of which runs shell commands. What a command does to files the test does itself. */

export interface Stage {
  repo: string
  clock: TestClock
  alice: Session
  bob: Session
}

export function stage(env: Record<string, string> = {}): Stage {
  const repo = repository()
  const clock = testClock()
  return { repo, clock, alice: session(repo, 'alice', clock, { env }), bob: session(repo, 'bob', clock, { env }) }
}

export function put(repo: string, path: string, text: string): void {
  mkdirSync(dirname(join(repo, path)), { recursive: true })
  writeFileSync(join(repo, path), text)
}

export function textOf(repo: string, path: string): string {
  return readFileSync(join(repo, path), 'utf8')
}

/** The file is written, and the write is told of. */
export async function edits({ repo, send, ...who }: Session, path: string, text: string): Promise<void> {
  await who.before(path)
  put(repo, path, text)
  await who.after(path)
}

interface Shell {
  tool?: string
  call?: string
  background?: boolean
}

function call(
  hook_event_name: string,
  command: string,
  { tool = 'Bash', call: id = command, background }: Shell,
): object {
  const tool_input = { command, ...(background && { run_in_background: true }) }
  return { hook_event_name, tool_name: tool, tool_use_id: `toolu_${id}`, prompt_id: 'prompt-1', tool_input }
}

export function before(who: Session, command: string, shell: Shell = {}): Promise<Ran> {
  return who.send(call('PreToolUse', command, shell))
}

export function after(who: Session, command: string, shell: Shell & { response?: object } = {}): Promise<Ran> {
  return who.send({
    ...call('PostToolUse', command, shell),
    tool_response: shell.response ?? { stdout: '', stderr: '' },
  })
}

export function failed(who: Session, command: string, shell: Shell = {}): Promise<Ran> {
  return who.send({ ...call('PostToolUseFailure', command, shell), error: 'Exit code 1' })
}
