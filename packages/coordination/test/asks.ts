import type { CommandOf, CommandType } from '../src/commands.js'
import { policy } from './facts.js'
import { time } from './scenario.js'

/** Commands with everything filled in that a test does not care about. Times as scenario.time() reads them. */

type Rest<T extends CommandType> = Partial<Omit<CommandOf<T>, 'type'>>
type Ask<T extends CommandType> = CommandOf<T> & { type: T }

function frame(by: string, at = '12:00'): { at: string; by: string; manual: boolean } {
  return { at: time(at), by, manual: false }
}

export function register(session: string, { at = '12:00', ...rest }: Rest<'instance.register'> = {}) {
  const facts = { host: 'claude-code', role: 'main', task: '', worktree: 'main', cwd: '/repo' }
  const id = { idPrefix: 'claude', nonce: 'a3f7b2d1c4e5f60718293a4b5c6d7e8f' }
  const ask: Ask<'instance.register'> = {
    type: 'instance.register',
    at: time(at),
    manual: false,
    session,
    ...id,
    ...facts,
    ...rest,
  }
  return ask
}

export function heartbeat(by: string, { at, ...rest }: Rest<'instance.heartbeat'> = {}): Ask<'instance.heartbeat'> {
  return { type: 'instance.heartbeat', ...frame(by, at), minIntervalMs: 0, ...rest }
}

export function update(by: string, { at, ...rest }: Rest<'instance.update'> = {}): Ask<'instance.update'> {
  return { type: 'instance.update', ...frame(by, at), ...rest }
}

export function end(by: string, { at, ...rest }: Rest<'instance.end'> = {}): Ask<'instance.end'> {
  return { type: 'instance.end', ...frame(by, at), instance: by, reason: 'exit', ...rest }
}

export function startTurn(by: string, { at, ...rest }: Rest<'turn.start'> = {}): Ask<'turn.start'> {
  return { type: 'turn.start', ...frame(by, at), ...rest }
}

export function endTurn(by: string, { at, ...rest }: Rest<'turn.end'> = {}): Ask<'turn.end'> {
  return { type: 'turn.end', ...frame(by, at), outcome: 'completed', ...rest }
}

export function acquire(by: string, paths: string[], { at, ...rest }: Rest<'lock.acquire'> = {}): Ask<'lock.acquire'> {
  const what = { paths, worktree: 'main', reason: 'edit', policy, requestId: 'request', liveness: {} }
  return { type: 'lock.acquire', ...frame(by, at), ...what, ...rest }
}

export function deliverNotice(by: string, { at, ...rest }: Rest<'notice.deliver'> = {}): Ask<'notice.deliver'> {
  return { type: 'notice.deliver', ...frame(by, at), policy, ...rest }
}

export function release(by: string, paths: string[], { at, ...rest }: Rest<'lock.release'> = {}): Ask<'lock.release'> {
  return { type: 'lock.release', ...frame(by, at), paths, ...rest }
}

export function importItem(text: string, { at, ...rest }: Rest<'item.import'> = {}): Ask<'item.import'> {
  const what = { kind: 'lock' as const, source: 'locks/a.json', text, requestId: 'import:1' }
  return { type: 'item.import', ...frame('import', at), ...what, ...rest }
}

export function edit(by: string, paths: string[], { at, ...rest }: Rest<'file.edit'> = {}): Ask<'file.edit'> {
  return { type: 'file.edit', ...frame(by, at), paths, worktree: 'main', tool: 'Edit', policy, ...rest }
}

export function read(by: string, { at, ...rest }: Rest<'file.read'> = {}): Ask<'file.read'> {
  return { type: 'file.read', ...frame(by, at), worktree: 'main', seen: [], ...rest }
}

export function reportBypass(
  by: string,
  changes: CommandOf<'bypass.report'>['changes'],
  { at, ...rest }: Rest<'bypass.report'> = {},
): Ask<'bypass.report'> {
  return { type: 'bypass.report', ...frame(by, at), changes, ...rest }
}

export function tellBypass(by: string, paths: string[], { at, ...rest }: Rest<'bypass.tell'> = {}): Ask<'bypass.tell'> {
  return { type: 'bypass.tell', ...frame(by, at), paths, ...rest }
}

export function endCalls(
  by: string,
  calls: CommandOf<'calls.end'>['calls'],
  { at, ...rest }: Rest<'calls.end'> = {},
): Ask<'calls.end'> {
  return { type: 'calls.end', ...frame(by, at), calls, ...rest }
}

export function cleanup(by: string, { at, ...rest }: Rest<'cleanup'> = {}): Ask<'cleanup'> {
  return { type: 'cleanup', ...frame(by, at), liveness: {}, staleMs: 300_000, ...rest }
}

export function addDecision(by: string, { at, ...rest }: Rest<'decision.add'> = {}): Ask<'decision.add'> {
  const what = {
    category: 'security' as const,
    title: 'title',
    description: 'description',
    scope: 'module' as const,
    status: 'accepted' as const,
    alternatives: [],
    files: [],
    requestId: 'request',
  }
  return { type: 'decision.add', ...frame(by, at), ...what, ...rest }
}

export function setStatus(
  by: string,
  id: string,
  status: CommandOf<'decision.status'>['status'],
  { at, ...rest }: Rest<'decision.status'> = {},
): Ask<'decision.status'> {
  return { type: 'decision.status', ...frame(by, at), id, status, ...rest }
}
