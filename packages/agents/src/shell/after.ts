import { isAbsolute, join, resolve } from 'node:path'
import type { FileContent } from '@coordlog/coordination/events'
import { ownLeases } from '@coordlog/coordination/lookup'
import { resourceOf } from '@coordlog/coordination/resources'
import type { Lease } from '@coordlog/coordination/state'
import { changedContent } from '@coordlog/runtime/fileContent'
import { realOrSame } from '@coordlog/runtime/place'
import type { Answer, HookEvent } from '../contract.js'
import { enrol, type Scene, wholeState } from '../enrolment.js'
import { stillHere } from '../presence.js'
import { changesByOther, reportChanges } from '../watch.js'
import { writesIn } from './before.js'
import { keyOf } from './claim.js'

type AfterShell = Extract<HookEvent, { event: 'after-shell' }>

/** What the command has written is the session's edit; what it has not is given back; what others held is looked at. */
export async function afterShell(scene: Scene<AfterShell>): Promise<Answer> {
  const { coordination, event } = scene
  if (coordination.config.shell.guard === 'off') return stillHere(scene)
  const { id } = await enrol(scene)
  const state = await wholeState(coordination)
  const own = ownLeases(state, id)
  const inFlight = own.filter(({ calls }) => calls.some((call) => call.id === event.call))
  if (event.background) return keepForTurn(scene, id, inFlight)
  const changed = contentsChanged(own)
  const { kept, settled } = await resourcesAfter(scene, own, inFlight)
  const isEdited = await recordEdit(scene, id, [...changed.keys(), ...kept], [...changed.values()])
  const released = settled.map(({ path }) => path)
  if (released.length > 0) {
    await coordination.execute<'lock.release'>({ type: 'lock.release', by: id, manual: false, paths: released })
  }
  const isOver = inFlight.every((lease) => changed.has(lease) || kept.includes(lease))
  if (!isOver && event.call !== undefined) {
    await coordination.execute<'calls.end'>({ type: 'calls.end', by: id, manual: false, calls: [event.call] })
  }
  const changes = changesByOther(state, id, coordination.clock.now(), reportedFiles(event))
  await reportChanges(scene, id, changes, { suspect: id, tool: event.tool })
  const isSilent = !isEdited && released.length === 0 && changes.length === 0 && isOver
  return isSilent ? stillHere(scene) : { kind: 'silent' }
}

/** It goes on writing: until the turn is over nothing is taken for somebody else's work. */
async function keepForTurn(scene: Scene<AfterShell>, id: string, leases: readonly Lease[]): Promise<Answer> {
  return (await recordEdit(scene, id, leases, undefined)) ? { kind: 'silent' } : stillHere(scene)
}

async function recordEdit(
  { coordination, event }: Scene<AfterShell>,
  by: string,
  leases: readonly Lease[],
  contents: FileContent[] | undefined,
): Promise<boolean> {
  const [first] = leases
  if (first === undefined) return false
  await coordination.execute<'file.edit'>({
    type: 'file.edit',
    by,
    manual: false,
    paths: leases.map(({ path }) => path),
    worktree: first.worktree,
    tool: event.tool,
    policy: coordination.policy,
    ...(event.call !== undefined && { call: event.call }),
    ...(event.request !== undefined && { requestId: event.request }),
    ...(contents !== undefined && { contents }),
  })
  return true
}

function contentsChanged(leases: readonly Lease[]): Map<Lease, FileContent> {
  const found = new Map<Lease, FileContent>()
  for (const lease of leases) {
    // Noted by hand, it is for a person to compare with.
    if (lease.stamp === undefined || resourceOf(lease.path) !== undefined) continue
    const now = changedContent(lease.path, join(lease.worktree, lease.path), lease)
    if (now !== undefined) found.set(lease, now)
  }
  return found
}

/** Of the resources that the command used: which stay with the session, and which it has done with. */
async function resourcesAfter(
  scene: Scene<AfterShell>,
  own: readonly Lease[],
  inFlight: readonly Lease[],
): Promise<{ kept: Lease[]; settled: Lease[] }> {
  const resources = own.filter(({ path }) => resourceOf(path) !== undefined)
  if (resources.length === 0) return { kept: [], settled: [] }
  const { failed } = scene.event
  const stays = new Map<string, boolean>()
  for (const use of (await writesIn(scene)).resources) {
    const key = keyOf(scene.coordination.place, use)
    if (key !== undefined) stays.set(key, failed ? use.after.failure : use.after.success)
  }
  return {
    kept: resources.filter((lease) => inFlight.includes(lease) && stays.get(lease.path) === true),
    settled: failed ? [] : resources.filter((lease) => stays.get(lease.path) === false),
  }
}

function reportedFiles({ cwd, changed = [] }: AfterShell): Set<string> {
  return new Set(changed.map((path) => realOrSame(isAbsolute(path) ? path : resolve(cwd, path))))
}
