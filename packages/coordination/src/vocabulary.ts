import * as z from 'zod/mini'
import { once } from './once.js'
import { object } from './schema.js'

/** The closed word lists and limits of the domain. One place; the command line, the schemas and the docs read them here. */

/** Longest texts, in UTF-16 units (path: UTF-8 bytes). A longer one is refused with the limit, never cut in silence. */
export const limits = {
  pathBytes: 4096,
  title: 200,
  description: 4000,
  reason: 500,
  task: 200,
  role: 64,
  instanceId: 128,
  list: 100,
} as const

/** A lease may be asked for 1 second to 24 hours. */
export const ttlMsMin = 1_000
export const ttlMsMax = 86_400_000

export const enforceModes = ['deny', 'warn'] as const
export const holdModes = ['operation', 'turn', 'session'] as const
export const worktreeModes = ['shared', 'warn', 'separate'] as const
export const priorityModes = ['queue', 'preempt'] as const
export const readModes = ['refuse', 'tell', 'off'] as const

export const categories = [
  'architecture',
  'api-design',
  'database-schema',
  'security',
  'performance',
  'testing',
  'workflow',
  'ui-pattern',
  'integration',
] as const
export const scopes = ['local', 'module', 'service', 'system', 'global'] as const
export const importedKinds = ['instance', 'heartbeat', 'lock', 'decision', 'file'] as const
export const decisionStatuses = ['proposed', 'accepted', 'implemented', 'deprecated', 'superseded'] as const

/** For files that match `paths`, roles from the highest to the lowest; a role that is not listed ranks below all of them. */
export interface PriorityRule {
  paths: string
  roles: string[]
}

export const Priority = object(() => ({
  /** queue: a higher rank is first in line. preempt: it may besides take the file from a lower one that has been told. */
  mode: z.enum(priorityModes),
  /** How long after that. */
  graceMs: z.number(),
  /** For a path the first one that matches counts. Recorded are those that counted. */
  rules: z.array(z.object({ paths: z.string(), roles: z.array(z.string()) })),
}))
export type Priority = z.infer<ReturnType<typeof Priority>>

/** The rules in force when something was decided; recorded with it, so that history can be decided again under others. */
export const Policy = object(() => ({
  /** What a conflict does to the edit. */
  enforce: z.enum(enforceModes),
  /** Which end comes first for a lease: the tool call's, the turn's or the session's. */
  hold: z.enum(holdModes),
  /** A lease may be taken by others this long after its holder's last edit of the file. */
  ttlMs: z.number(),
  /** Whether other worktrees of the repository meet in one lease, are only warned, or are on their own. */
  worktrees: z.enum(worktreeModes),
  /** Absent: no role goes before another. */
  priority: z.exactOptional(Priority()),
  /** What becomes of an edit of a file that another instance has changed unseen. Absent in older records: tell. */
  reads: z.exactOptional(z.enum(readModes)),
}))
export type Policy = z.infer<ReturnType<typeof Policy>>

/** What the system said of an instance's process. "unknown" (no pid, another host or pid namespace): only time counts. */
export const Liveness = once(() => z.enum(['alive', 'dead', 'unknown']))
export type Liveness = z.infer<ReturnType<typeof Liveness>>

/** Enough to tell later whether the same process still runs: a pid alone is used again. */
export const ProcessIdentity = object(() => ({
  pid: z.number(),
  /** Start time as the system counts it (clock ticks since boot on Linux, a date text elsewhere): compared, not read. */
  startedAt: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
}))
export type ProcessIdentity = z.infer<ReturnType<typeof ProcessIdentity>>

/** Why one instance may take a lease that another one holds. */
export const TakeoverCause = once(() => z.enum(['expired', 'dead', 'parent', 'priority']))
export type TakeoverCause = z.infer<ReturnType<typeof TakeoverCause>>
