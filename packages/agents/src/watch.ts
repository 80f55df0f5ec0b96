import { join } from 'node:path'
import { isExpired, ownLeases } from '@coordlog/coordination/lookup'
import { resourceOf } from '@coordlog/coordination/resources'
import type { Lease, State } from '@coordlog/coordination/state'
import type { Ask } from '@coordlog/runtime/coordination'
import { changedContent, contentLike } from '@coordlog/runtime/fileContent'
import type { HookEvent } from './contract.js'
import { instanceOf, type Scene, wholeState } from './enrolment.js'

/**
 * Files under a lease that hold something else than their holder left. They are looked at after the shell commands of others and at
 * every hook of the holder: by what the file system says of them first, so that only a file that was touched is read.
 */

type Change = Ask<'bypass.report'>['changes'][number]

/** What a formatter that runs as a hook of its own needs; then the step of the agent is over. */
const stepMs = 5_000

/**
 * Files of the sender that somebody else changed since its last edit. Its own calls in flight may be changing theirs just now. Returns
 * the state with what was noticed.
 */
export async function noticeChanges(scene: Scene): Promise<State> {
  const { coordination, event } = scene
  const state = await wholeState(coordination)
  const instance = instanceOf(state, event)
  if (instance === undefined) return state
  const changes: (Change & { worktree: string })[] = []
  // A session holds dozens of files, and each of its hooks looks at all of them: plainly, for that is cheap.
  for (const lease of ownLeases(state, instance.id)) {
    const change = changeOf(lease)
    if (change !== undefined) changes.push(change)
  }
  if (changes.length === 0) return state
  const now = coordination.clock.now()
  const isOfStep = (path: string) => event.event === 'calls-over' && isLastEdit(state, instance.id, path, now)
  await noteAnew(
    scene,
    instance.id,
    changes.filter(({ path }) => isOfStep(path)),
  )
  for (const change of changes.filter(({ path }) => !isOfStep(path))) {
    const edit = state.files[change.path]
    const suspect = edit === undefined || edit.by === instance.id ? {} : { suspect: edit.by }
    await reportChanges(scene, instance.id, [change], suspect)
  }
  return wholeState(coordination)
}

/** The edit is the last thing that the instance did, and a moment ago. */
function isLastEdit({ files, instances }: State, id: string, path: string, now: string): boolean {
  const edit = files[path]
  if (edit?.by !== id || instances[id]?.lastSeenSequence !== edit.sequence) return false
  return Date.parse(now) - Date.parse(edit.at) <= stepMs
}

/** Another hook has gone over the file after the edit: that belongs to it. */
async function noteAnew(
  { coordination }: Scene,
  by: string,
  changes: readonly (Change & { worktree: string })[],
): Promise<void> {
  const [first] = changes
  if (first === undefined) return
  await coordination.execute<'file.edit'>({
    type: 'file.edit',
    by,
    manual: false,
    paths: changes.map(({ path }) => path),
    worktree: first.worktree,
    tool: 'another hook',
    policy: coordination.policy,
    contents: changes.map(({ path, content, stamp }) => ({ path, content, ...(stamp !== undefined && { stamp }) })),
  })
}

/** Files of others that are not as they left them. `reported`: by the agent program itself, absolute. */
export function changesByOther(state: State, id: string, now: string, reported: ReadonlySet<string>): Change[] {
  return Object.values(state.leases)
    .flat()
    .filter((lease) => lease.holder !== id && !isExpired(lease, now))
    .flatMap((lease) => {
      const isReported = reported.has(join(lease.worktree, lease.path))
      return changeOf(lease, isReported) ?? []
    })
}

/** What was noted by hand is for a person to change, unless an agent says that it did. */
function changeOf(lease: Lease, isReported = false): (Change & { worktree: string }) | undefined {
  const { path, worktree, holder, content, stamp, calls } = lease
  if (content === undefined || resourceOf(path) !== undefined) return undefined
  if (!isReported && (stamp === undefined || calls.length > 0)) return undefined
  const file = `${worktree}/${path}`
  if (stamp !== undefined) {
    const now = changedContent(path, file, lease)
    return now === undefined ? undefined : { ...now, holder, worktree }
  }
  const now = contentLike(content, file)
  return now === undefined || now === content ? undefined : { path, content: now, holder, worktree }
}

export async function reportChanges(
  { coordination }: Scene<HookEvent>,
  by: string,
  changes: readonly Change[],
  who: { suspect?: string; tool?: string },
): Promise<void> {
  if (changes.length === 0) return
  await coordination.execute<'bypass.report'>({
    type: 'bypass.report',
    by,
    manual: false,
    ...who,
    changes: changes.map(({ path, holder, content, stamp }) => ({
      path,
      holder,
      content,
      ...(stamp !== undefined && { stamp }),
    })),
  })
}
