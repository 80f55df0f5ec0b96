import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { State } from '@coordlog/coordination/state'
import type { LogRecord } from '@coordlog/log/contract'
import type { Clock } from '@coordlog/runtime/clock'
import { type Coordination, openCoordination } from '@coordlog/runtime/coordination'
import type { HookIo } from '../src/hookIo.js'
import { runHook } from '../src/runHook.js'

/** A scratch repository and what Claude Code would send and read there. Tests look at the log and at files, not at promises. */

export interface Ran {
  code: number
  stdout: string
  stderr: string
  /** Standard output, parsed; undefined when nothing was said. */
  answer: { systemMessage?: string; hookSpecificOutput?: Record<string, string> } | undefined
}

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  advance(ms: number): void
}

export function testClock(start = '2026-01-08T12:00:00.000Z'): TestClock {
  let at = Date.parse(start)
  return {
    now: () => new Date(at).toISOString(),
    monotonicMs: () => at,
    advance(ms) {
      at += ms
    },
  }
}

const scratch: string[] = []

/** A folder that looks like a repository: what coordlog reads of git is files. */
export function repository(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-agents-')))
  scratch.push(folder)
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  mkdirSync(join(folder, '.claude'))
  return folder
}

/** A linked worktree of it, as git leaves it on disk. */
export function worktreeOf(main: string, branch: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-agents-')))
  scratch.push(folder)
  const gitDir = join(main, '.git', 'worktrees', branch)
  mkdirSync(gitDir, { recursive: true })
  writeFileSync(join(gitDir, 'HEAD'), `ref: refs/heads/${branch}\n`)
  writeFileSync(join(gitDir, 'commondir'), '../..\n')
  writeFileSync(join(folder, '.git'), `gitdir: ${gitDir}\n`)
  return folder
}

export function removeScratch(): void {
  for (const folder of scratch.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export interface Session {
  readonly repo: string
  readonly clock: TestClock
  send(payload: object, more?: Partial<HookIo>): Promise<Ran>
  /** Before and after a Write of this file. */
  before(path: string, more?: object): Promise<Ran>
  after(path: string, more?: object): Promise<Ran>
}

/** One Claude Code session in `repo`. `processId`: by default this process, which lives. */
export function session(
  repo: string,
  id: string,
  clock: TestClock,
  { processId = process.pid, env = {} }: { processId?: number; env?: Record<string, string> } = {},
): Session {
  const base = { session_id: id, transcript_path: '/dev/null', cwd: repo }
  const hookEnv = { CLAUDE_PROJECT_DIR: repo, CLAUDE_PID: String(processId), ...env }
  const send = (payload: object, more: Partial<HookIo> = {}) =>
    run(JSON.stringify({ ...base, ...payload }), { env: hookEnv, cwd: repo, clock, ...more })
  const write = (hook_event_name: string, path: string, more: object) =>
    send({
      hook_event_name,
      tool_name: 'Write',
      tool_use_id: `toolu_${path}`,
      prompt_id: 'prompt-1',
      tool_input: { file_path: join(repo, path), content: 'x' },
      ...more,
    })
  return {
    repo,
    clock,
    send,
    before: (path, more = {}) => write('PreToolUse', path, more),
    after: (path, more = {}) => write('PostToolUse', path, more),
  }
}

export async function run(
  payload: string | Uint8Array,
  more: Partial<HookIo> & { cwd: string },
  agentName = 'claude-code',
): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const code = await runHook(agentName, {
    stdin: input(payload),
    env: {},
    callerPid: 0,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    ...more,
  })
  return { code, stdout, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) }
}

/** In pieces of 64 KiB, as a pipe brings it. */
export async function* input(payload: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(payload)
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

export function denied(ran: Ran): string | undefined {
  const output = ran.answer?.hookSpecificOutput
  return output?.['permissionDecision'] === 'deny' ? output['permissionDecisionReason'] : undefined
}

export function context(ran: Ran): string | undefined {
  return ran.answer?.hookSpecificOutput?.['additionalContext']
}

async function opened<T>(repo: string, use: (coordination: Coordination) => Promise<T>): Promise<T> {
  const coordination = await openCoordination({ cwd: repo, env: {}, lockDeadlineMs: 1_000 })
  try {
    return await use(coordination)
  } finally {
    coordination.close()
  }
}

export function records(repo: string): Promise<LogRecord[]> {
  return opened(repo, async ({ log }) => {
    const found: LogRecord[] = []
    for await (const record of log.read()) found.push(record)
    return found
  })
}

export async function types(repo: string): Promise<string[]> {
  return (await records(repo)).map(({ type }) => type)
}

export function state(repo: string): Promise<State> {
  return opened(repo, async (coordination) => (await coordination.load()).state)
}

/** Path → holder. */
export async function leases(repo: string): Promise<Record<string, string>> {
  const found = await state(repo)
  return Object.fromEntries(Object.values(found.leases).flatMap((all) => all.map(({ path, holder }) => [path, holder])))
}

export function hooksLog(repo: string): string {
  try {
    return readFileSync(join(repo, '.claude', 'logs', 'hooks.log'), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
