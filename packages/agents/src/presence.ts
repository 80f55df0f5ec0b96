import { withDescendants } from '@coordlog/coordination/lookup'
import { writeHooksLog } from '@coordlog/runtime/hooksLog'
import { errorCode } from '@coordlog/runtime/problems'
import { sessionBriefing, subagentBriefing } from './briefing.js'
import type { Answer, HookEvent } from './contract.js'
import { act, enrol, instanceOf, type Scene, wholeState } from './enrolment.js'
import { ownCommands } from './ownCommands.js'
import { noteReads } from './reading.js'
import { exportInstance, writeInstanceFile } from './shellEnvironment.js'
import { firstLine } from './wording.js'

type Of<E extends HookEvent['event']> = Scene<Extract<HookEvent, { event: E }>>

const taskCharactersMax = 120
const silent: Answer = { kind: 'silent' }

/** Registers the session, counts out the dead, and says who else is here. */
export async function startSession(scene: Of<'session-start'>): Promise<Answer> {
  const { coordination, event } = scene
  const { id } = await enrol(scene)
  if (event.replaces) await endFormerSessions(scene, id)
  const { staleMs } = coordination.config.instance
  await coordination.execute<'cleanup'>({ type: 'cleanup', by: id, manual: false, staleMs })
  handOver(scene, id)
  const state = await wholeState(coordination)
  const own = ownCommands(event, coordination.place, id)
  const agent = sessionBriefing(state, coordination.present(state), id, own)
  const [problem] = coordination.configProblems
  return { kind: 'inform', agent, instance: id, ...(problem !== undefined && { person: `coordlog: ${problem}` }) }
}

/** Sessions that this process has left; their own end is not always announced. */
async function endFormerSessions({ coordination, event }: Of<'session-start'>, id: string): Promise<void> {
  const state = await wholeState(coordination)
  const own = state.instances[id]?.process
  if (own === undefined) return
  const former = Object.values(state.instances).filter(
    ({ id: other, host, parent, phase, process }) =>
      other !== id &&
      parent === undefined &&
      phase !== 'ended' &&
      host === event.host &&
      process?.pid === own.pid &&
      process.startedAt === own.startedAt &&
      process.bootId === own.bootId,
  )
  for (const { id: instance } of former) {
    const reason = `its process went on with another session (${event.source})`
    await coordination.execute<'instance.end'>({ type: 'instance.end', by: instance, instance, reason, manual: false })
  }
}

/** The shell of the session learns its id. When that cannot be written, everything else still works. */
function handOver({ coordination, event }: Of<'session-start'>, id: string): void {
  try {
    writeInstanceFile(coordination.place.worktree, id)
    if (event.environmentFile !== undefined) {
      exportInstance(event.environmentFile, id, coordination.place.worktree)
    }
  } catch (error) {
    if (errorCode(error) === undefined || !(error instanceof Error)) throw error
    const line = `the id of ${id} could not be handed to its shell: ${error.message}`
    writeHooksLog(coordination.place, coordination.clock.now(), line)
  }
}

export async function startSubagent(scene: Of<'subagent-start'>): Promise<Answer> {
  const { coordination } = scene
  const { id } = await enrol(scene)
  const state = await wholeState(coordination)
  const agent = subagentBriefing(state, coordination.present(state), id)
  return agent === undefined ? { kind: 'silent', instance: id } : { kind: 'inform', agent, instance: id }
}

export async function startTurn(scene: Of<'prompt'>): Promise<Answer> {
  const { coordination, event } = scene
  const task = coordination.config.instance.taskFromPrompt ? firstLine(event.prompt, taskCharactersMax) : ''
  const { turn } = event
  await act<'turn.start'>(scene, ({ id }) => ({
    type: 'turn.start',
    by: id,
    manual: false,
    ...(task !== '' && { task }),
    ...(turn !== undefined && { turn }),
  }))
  return silent
}

export async function endTurn(scene: Of<'turn-end' | 'turn-failed'>): Promise<Answer> {
  const outcome = scene.event.event === 'turn-end' ? 'completed' : 'failed'
  await act<'turn.end'>(scene, ({ id }) => ({ type: 'turn.end', by: id, manual: false, outcome }))
  return silent
}

export async function move(scene: Of<'moved'>): Promise<Answer> {
  const { place } = scene.coordination
  await act<'instance.update'>(scene, ({ id }) => ({
    type: 'instance.update',
    by: id,
    manual: false,
    cwd: scene.event.cwd,
    worktree: place.worktree,
    ...(place.branch !== undefined && { branch: place.branch }),
  }))
  return silent
}

/** Leases that no call holds any more end, and with them every call that left no other trace. */
export async function endCalls(scene: Of<'calls-over'>): Promise<Answer> {
  const { turn, agent, calls = 'all' } = scene.event
  if (turn !== undefined && agent === undefined) {
    const { turn: own } = await enrol(scene)
    if (own !== undefined && own !== turn) return stillHere(scene)
  }
  const isReadRecorded = await noteReads(scene)
  const { recorded } = await act<'calls.end'>(scene, ({ id }) => ({
    type: 'calls.end',
    by: id,
    manual: false,
    calls,
  }))
  return recorded || isReadRecorded ? silent : stillHere(scene)
}

/**
 * A sender that is not registered has nothing to end. A subagent whose end is announced while it goes on (clients before
 * 2.1.311 did that) registers again with its next event.
 */
export async function end(scene: Of<'session-end' | 'subagent-end'>): Promise<Answer> {
  const { coordination, event } = scene
  const state = await wholeState(coordination)
  const id = instanceOf(state, event)?.id
  if (id === undefined) return silent
  if (event.event === 'session-end' && event.mayGoOn && withDescendants(state, id).length > 1) {
    await coordination.execute<'turn.end'>({ type: 'turn.end', by: id, manual: false, outcome: 'completed' })
    return silent
  }
  const reason = event.event === 'session-end' ? event.reason : 'completed'
  await coordination.execute<'instance.end'>({ type: 'instance.end', by: id, instance: id, reason, manual: false })
  return silent
}

/** A sign of life, unless there was one lately. */
export async function stillHere(scene: Scene): Promise<Answer> {
  const minIntervalMs = scene.coordination.config.instance.heartbeatMs
  await act<'instance.heartbeat'>(scene, ({ id }) => ({
    type: 'instance.heartbeat',
    by: id,
    manual: false,
    minIntervalMs,
  }))
  return silent
}
