import { join } from 'node:path'
import type { Replies } from '@coordlog/coordination/commands'
import type { FileContent } from '@coordlog/coordination/events'
import { resourceOf } from '@coordlog/coordination/resources'
import type { Policy } from '@coordlog/coordination/vocabulary'
import type { Ask } from '@coordlog/runtime/coordination'
import { notedContent } from '@coordlog/runtime/fileContent'
import { writeHooksLog } from '@coordlog/runtime/hooksLog'
import { randomId } from '@coordlog/runtime/identity'
import { leaseKey } from '@coordlog/runtime/leasePath'
import type { Answer, EditCall, HookEvent } from './contract.js'
import { act, type Enrolled, enrol, type Scene } from './enrolment.js'
import { changedBy, denial, grantContext, lockedBy, staleness, warning } from './messages.js'
import { ownCommands } from './ownCommands.js'
import { stillHere } from './presence.js'
import { named } from './wording.js'

type BeforeEdit = Extract<HookEvent, { event: 'before-edit' }>
type BeforeShell = Extract<HookEvent, { event: 'before-shell' }>
type AfterEdit = Extract<HookEvent, { event: 'after-edit' }>
type Unmade = Extract<HookEvent, { event: 'call-failed' | 'call-denied' }>

/** Leases what the call will write, or refuses it. */
export async function beforeEdit(scene: Scene<BeforeEdit>): Promise<Answer> {
  const { event } = scene
  const targets = targetsOf(scene)
  if (targets === undefined) return stillHere(scene)
  const sender = await sweepFormerTurns(scene)
  const { call, turn, request } = event
  let asker = ''
  const ask = ({ id }: Enrolled): Ask<'lock.acquire'> => {
    asker = id
    return {
      type: 'lock.acquire',
      by: id,
      manual: false,
      paths: targets.paths,
      worktree: targets.worktree,
      reason: event.tool,
      policy: policyFor(scene),
      requestId: request ?? call ?? randomId(),
      ...(call !== undefined && { call }),
      ...(turn !== undefined && { turn }),
    }
  }
  const { reply } = await act<'lock.acquire'>(scene, ask, sender)
  return answerTo(scene, asker, reply)
}

/** Whoever does not tell what it reads would be refused for files that it has read. */
function policyFor({ coordination: { policy }, event }: Scene<BeforeEdit>): Policy {
  return policy.reads === 'refuse' && event.tellsReads !== true ? { ...policy, reads: 'tell' } : policy
}

function answerTo(scene: Scene<BeforeEdit>, asker: string, reply: Replies['lock.acquire']): Answer {
  const { coordination, event } = scene
  const now = coordination.clock.now()
  switch (reply.kind) {
    case 'denied': {
      logConflict(scene, reply)
      const own = ownCommands(event, coordination.place, asker)
      if (reply.enforced) return { kind: 'deny', reason: denial(reply.refusals, now, own) }
      return { kind: 'inform', agent: warning(reply.refusals, now) }
    }
    case 'granted': {
      const context = grantContext(reply, now)
      return context === undefined ? { kind: 'silent' } : { kind: 'inform', agent: context }
    }
    case 'stale': {
      for (const edit of reply.edits) noteInLog(scene, `${changedBy(edit)}, unread`, 'refused once')
      return { kind: 'deny', reason: staleness(reply.edits, now) }
    }
    case 'unknown-instance':
      throw new Error(`instance ${reply.instance} was registered twice and is still unknown`)
  }
}

export function logConflict(
  scene: Scene<BeforeEdit | BeforeShell>,
  { refusals, enforced }: Extract<Replies['lock.acquire'], { kind: 'denied' }>,
): void {
  const outcome = enforced ? 'refused' : 'let through with a warning'
  for (const refusal of refusals) noteInLog(scene, lockedBy(refusal), outcome)
}

function noteInLog(
  { coordination, event, afterwards }: Scene<BeforeEdit | BeforeShell>,
  what: string,
  outcome: string,
): void {
  const asker = `${event.host} session ${named(event.session)}${event.agent ? `, subagent ${named(event.agent)}` : ''}`
  const line = `${what}; ${event.tool} of ${asker} was ${outcome}`
  const now = coordination.clock.now()
  afterwards(() => writeHooksLog(coordination.place, now, line))
}

/**
 * What a call of an earlier turn left behind after an interrupt, when not even the next prompt was announced. A subagent
 * may go on over several turns of its session, so for it a turn says nothing. Returns the sender.
 */
export async function sweepFormerTurns(scene: Scene<BeforeEdit | BeforeShell>): Promise<Enrolled> {
  const { turn, agent } = scene.event
  const sender = await enrol(scene)
  const { id, holds, turn: known } = sender
  if (turn === undefined || agent !== undefined || known === turn || !isAny(holds)) return sender
  const ask = { type: 'calls.end', by: id, manual: false, calls: { notOfTurn: turn } } as const
  await scene.coordination.execute<'calls.end'>(ask)
  return enrol(scene)
}

function isAny(entries: object): boolean {
  for (const _key in entries) return true
  return false
}

export async function afterEdit(scene: Scene<AfterEdit>): Promise<Answer> {
  const { coordination, event } = scene
  const targets = targetsOf(scene)
  if (targets === undefined) return stillHere(scene)
  const { paths, worktree, contents } = targets
  await act<'file.edit'>(scene, ({ id }) => ({
    type: 'file.edit',
    by: id,
    manual: false,
    paths,
    worktree,
    contents: contents(),
    tool: event.tool,
    policy: coordination.policy,
    ...(event.call !== undefined && { call: event.call }),
    ...(event.request !== undefined && { requestId: event.request }),
  }))
  return { kind: 'silent' }
}

/** Nothing was written, so nothing stays leased for it. */
export async function unmade(scene: Scene<Unmade>): Promise<Answer> {
  const { call } = scene.event
  if (call === undefined) return stillHere(scene)
  await act<'calls.end'>(scene, ({ id }) => ({ type: 'calls.end', by: id, manual: false, calls: [call] }))
  return { kind: 'silent' }
}

interface Targets {
  paths: string[]
  worktree: string
  /** What the files hold now. */
  contents(): FileContent[]
}

/** A lease says in which worktree its file lies; one that lies in another is not watched. */
export function contentsOf(keys: ReadonlyMap<string, string>, worktree: string): FileContent[] {
  return [...keys].flatMap(([path, where]) => {
    if (where !== worktree || resourceOf(path) !== undefined) return []
    return notedContent(path, join(where, path)) ?? []
  })
}

/** Lease keys of what the call writes in this repository; undefined if that is nothing. */
function targetsOf({ coordination, event }: Scene<HookEvent & EditCall>): Targets | undefined {
  const { place } = coordination
  const keys = new Map<string, string>()
  let worktree = place.worktree
  for (const path of event.paths) {
    const found = leaseKey(place, event.cwd, path)
    if (found.kind === 'refused') {
      const line = `${event.name} ${event.tool}: no lease for ${named(path.toWellFormed())}: ${found.reason}`
      writeHooksLog(place, coordination.clock.now(), line)
    }
    if (found.kind !== 'key') continue
    if (keys.size === 0) worktree = found.worktree
    keys.set(found.path, found.worktree)
  }
  if (keys.size === 0) return undefined
  return { paths: [...keys.keys()], worktree, contents: () => contentsOf(keys, worktree) }
}
