import type { EventData, EventType, OthersEdit } from '../src/events.js'
import type { Policy } from '../src/vocabulary.js'
import { type Fact, time } from './scenario.js'

/** Events with everything filled in that a test does not care about. Times as scenario.time() reads them. */

export const policy: Policy = { enforce: 'deny', hold: 'turn', ttlMs: 300_000, worktrees: 'shared' }

type Rest<T extends EventType> = Partial<EventData<T>> & { at?: string }

export function registered(by: string, { at = '12:00', ...rest }: Rest<'instance.registered'> = {}): Fact {
  const data = {
    session: `session of ${by}`,
    host: 'claude-code',
    role: 'main',
    task: '',
    worktree: 'main',
    cwd: '/repo',
  }
  return { type: 'instance.registered', ts: time(at), by, data: { ...data, ...rest } }
}

export function acquired(by: string, paths: string[], { at = '12:00', ...rest }: Rest<'lock.acquired'> = {}): Fact {
  const used = rest.policy ?? policy
  const expiresAt = later(time(at), used.ttlMs)
  const data = { paths, worktree: 'main', reason: 'edit', expiresAt, policy, requestId: 'request' }
  return { type: 'lock.acquired', ts: time(at), by, data: { ...data, ...rest } }
}

export function renewed(by: string, paths: string[], { at = '12:00', ...rest }: Rest<'lock.renewed'> = {}): Fact {
  const used = rest.policy ?? policy
  const expiresAt = later(time(at), used.ttlMs)
  const data = { paths, worktree: 'main', reason: 'edit', expiresAt, policy, requestId: 'request' }
  return { type: 'lock.renewed', ts: time(at), by, data: { ...data, ...rest } }
}

/** `heldBy`: path, holder, token and expiry of each lease in the way. */
export function denied(
  by: string,
  paths: string[],
  heldBy: [path: string, holder: string, token: number, expiresAt: string][],
  { at = '12:00', ...rest }: Rest<'lock.denied'> = {},
): Fact {
  const data = {
    paths,
    worktree: 'main',
    reason: 'edit',
    heldBy: heldBy.map(([path, holder, token, expiresAt]) => ({ path, holder, token, expiresAt: time(expiresAt) })),
    enforced: true,
    policy,
    requestId: 'request',
    liveness: {},
  }
  return { type: 'lock.denied', ts: time(at), by, data: { ...data, ...rest } }
}

export function released(
  by: string,
  leases: [path: string, holder: string, token: number][],
  { at = '12:00', ...rest }: Rest<'lock.released'> = {},
): Fact {
  const data = { released: refs(leases), cause: 'released' as const }
  return { type: 'lock.released', ts: time(at), by, data: { ...data, ...rest } }
}

export function edited(by: string, paths: string[], { at = '12:00', ...rest }: Rest<'file.edited'> = {}): Fact {
  const used = rest.policy ?? policy
  const expiresAt = later(time(at), used.ttlMs)
  const data = { paths, worktree: 'main', tool: 'Edit', expiresAt, released: [], policy }
  return { type: 'file.edited', ts: time(at), by, data: { ...data, ...rest } }
}

/** `stale` and `seen`: path, editor, sequence and time of each edit. */
export function editRefused(
  by: string,
  paths: string[],
  stale: OthersEdits,
  { at = '12:00', ...rest }: Rest<'edit.refused'> = {},
): Fact {
  const data = { paths, worktree: 'main', reason: 'edit', stale: edits(stale), policy, requestId: 'request' }
  return { type: 'edit.refused', ts: time(at), by, data: { ...data, liveness: {}, ...rest } }
}

export function fileRead(by: string, seen: OthersEdits, { at = '12:00', ...rest }: Rest<'file.read'> = {}): Fact {
  const data = { paths: seen.map(([path]) => path), worktree: 'main', seen: edits(seen) }
  return { type: 'file.read', ts: time(at), by, data: { ...data, ...rest } }
}

type OthersEdits = [path: string, by: string, sequence: number, at: string][]

export function edits(of: OthersEdits): OthersEdit[] {
  return of.map(([path, by, sequence, at]) => ({ path, by, at: time(at), sequence }))
}

export function turnStarted(by: string, { at = '12:00', ...rest }: Rest<'turn.started'> = {}): Fact {
  return { type: 'turn.started', ts: time(at), by, data: { released: [], ...rest } }
}

export function turnEnded(by: string, { at = '12:00', ...rest }: Rest<'turn.ended'> = {}): Fact {
  return { type: 'turn.ended', ts: time(at), by, data: { outcome: 'completed', released: [], ...rest } }
}

export function ended(by: string, { at = '12:00', ...rest }: Rest<'instance.ended'> = {}): Fact {
  const data = { instance: by, reason: 'exit', ended: [by], released: [] }
  return { type: 'instance.ended', ts: time(at), by, data: { ...data, ...rest } }
}

export function decided(by: string, id: string, { at = '12:00', ...rest }: Rest<'decision.recorded'> = {}): Fact {
  const data = {
    id,
    category: 'security' as const,
    title: 'title',
    description: 'description',
    scope: 'module' as const,
    status: 'accepted' as const,
    alternatives: [],
    files: [],
    requestId: `request of ${id}`,
  }
  return { type: 'decision.recorded', ts: time(at), by, data: { ...data, ...rest } }
}

export function refs(leases: [path: string, holder: string, token: number][]) {
  return leases.map(([path, holder, token]) => ({ path, holder, token }))
}

function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}
