import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decide } from '@coordlog/coordination/decide'
import type { DomainEvent } from '@coordlog/coordination/events'
import { fold } from '@coordlog/coordination/fold'
import { isLive } from '@coordlog/coordination/lookup'
import type { State } from '@coordlog/coordination/state'
import type { Policy } from '@coordlog/coordination/vocabulary'
import type { Log } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { processIdentity } from '@coordlog/runtime/liveness'
import { asNewEvent } from './logWriter.js'
import { logOf, type Workbench } from './workbench.js'

/** What a hook finds when it is called. */
export interface WorldSize {
  /** Others that live; the asking session comes on top. */
  readonly instances: number
  /** Held by them. */
  readonly leases: number
  /** Of history, before. */
  readonly events: number
}

export interface World {
  readonly size: WorldSize
  /** A git repository with a coordination directory of that size. */
  readonly repository: string
  readonly directory: string
  /** A payload file for one hook call; each is for another tool call. */
  payload(kind: 'grant' | 'refused' | 'heartbeat', contentBytes: number): string
}

export const session = '3f0c9a52-7d41-4c1e-9b1a-5e2f8a6d7c10'
/** Somebody else holds it. */
export const heldFile = 'src/held/file-0.ts'

const turn = 'b7a0a0e2-55f1-4f0e-8c55-0f6d1f6f7a01'
const dayMs = 86_400_000
const policy: Policy = { enforce: 'deny', hold: 'session', ttlMs: dayMs, worktrees: 'shared' }
const pathsPerLease = 100

export async function buildWorld(bench: Workbench, size: WorldSize): Promise<World> {
  const name = `repository-${size.instances}-${size.leases}-${size.events}`
  const repository = join(mkdtempSync(join(bench.folder, 'world-')), name)
  mkdirSync(repository)
  const made = spawnSync('git', ['init', '--quiet', repository], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`git init ended with ${made.status}: ${made.stderr}`)
  const directory = join(repository, '.git/coordlog')
  cpSync(await logOf(bench, size.events), directory, { recursive: true })
  await populate(directory, repository, size)
  const payloads = `${repository}-payloads`
  mkdirSync(payloads)
  let calls = 0
  return {
    size,
    repository,
    directory,
    payload: (kind, contentBytes) => {
      calls += 1
      const file = join(payloads, `${calls}.json`)
      writeFileSync(file, JSON.stringify(payloadOf(kind, repository, calls, contentBytes)))
      return file
    },
  }
}

/** The fields that the client sends (packages/agents/test/fixtures); the content is as long as asked for. */
function payloadOf(kind: 'grant' | 'refused' | 'heartbeat', repository: string, call: number, contentBytes: number) {
  const path = kind === 'refused' ? heldFile : `src/free/file-${call}.ts`
  const content = 'export const value = 1\n'.repeat(Math.ceil(contentBytes / 23)).slice(0, contentBytes)
  const file_path = join(repository, path)
  return {
    session_id: session,
    transcript_path: join(repository, 'transcript.jsonl'),
    cwd: repository,
    prompt_id: turn,
    permission_mode: 'acceptEdits',
    hook_event_name: 'PreToolUse',
    tool_name: kind === 'heartbeat' ? 'Read' : 'Write',
    tool_input: kind === 'heartbeat' ? { file_path } : { file_path, content },
    tool_use_id: `toolu_01${String(call).padStart(22, '0')}`,
  }
}

/** The history's own sessions end; then those come that the world is to have. */
async function populate(directory: string, worktree: string, size: WorldSize): Promise<void> {
  const log = await openFileLog(directory)
  const { state } = await log.load(fold)
  const at = new Date().toISOString()
  for (const { id, parent } of Object.values(state.instances).filter(isLive)) {
    if (parent !== undefined) continue
    const ask = { at, by: id, manual: false, instance: id, reason: 'exit' } as const
    await append(log, (now) => decide(now, { type: 'instance.end', ...ask }).event)
  }
  const others: string[] = []
  for (let index = 0; index < size.instances; index += 1) {
    others.push(await register(log, at, worktree, `claude-code/other-${index}`))
  }
  const own = await register(log, at, worktree, `claude-code/${session}`)
  // As its prompt has told.
  const start = { type: 'turn.start', at, by: own, manual: false, task: 'rework queries', turn } as const
  await append(log, (now) => decide(now, start).event)
  for (let first = 0; first < size.leases; first += pathsPerLease) {
    const paths = Array.from({ length: Math.min(pathsPerLease, size.leases - first) }, (_, index) =>
      first + index === 0 ? heldFile : `src/held/file-${first + index}.ts`,
    )
    const by = others[(first / pathsPerLease) % others.length] ?? ''
    const ask = { at, by, manual: false, paths, worktree, reason: 'Write', policy, requestId: `${first}`, liveness: {} }
    await append(log, (now) => decide(now, { type: 'lock.acquire', ...ask }).event)
  }
  await log.writeSnapshotIfDue(fold)
  log.close()
}

async function append(log: Log, decided: (state: State) => DomainEvent | undefined): Promise<void> {
  const { state, sequence } = await log.load(fold)
  const event = decided(state)
  if (event === undefined) throw new Error('a world could not be populated')
  await log.append({ ...asNewEvent(event), durable: false }, sequence)
}

async function register(log: Log, at: string, worktree: string, sessionText: string): Promise<string> {
  const identity = processIdentity(process.pid)
  let id = ''
  await append(log, (state) => {
    const { event, reply } = decide(state, {
      type: 'instance.register',
      at,
      manual: false,
      session: sessionText,
      idPrefix: 'claude',
      nonce: String(state.sequence).padStart(32, '0'),
      host: 'claude-code',
      role: 'main',
      task: 'rework queries of orders in api',
      worktree,
      cwd: worktree,
      ...(identity && { process: identity }),
    })
    id = reply.instance
    return event
  })
  return id
}
