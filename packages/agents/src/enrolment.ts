import type { CommandType, RegisterInstance } from '@coordlog/coordination/commands'
import { acting } from '@coordlog/coordination/lookup'
import type { Bypass, Instance, State } from '@coordlog/coordination/state'
import { limits } from '@coordlog/coordination/vocabulary'
import { damagedError } from '@coordlog/log/errors'
import { programAbove } from '@coordlog/runtime/ancestry'
import type { Ask, Coordination, Executed } from '@coordlog/runtime/coordination'
import { nonceFor } from '@coordlog/runtime/identity'
import { livenessOf, processIdentity } from '@coordlog/runtime/liveness'
import type { Environment, HookEvent, Sender } from './contract.js'
import { cut } from './wording.js'

/** One hook event and what is needed to handle it. */
export interface Scene<E extends HookEvent = HookEvent> {
  coordination: Coordination
  event: E
  env: Environment
  /** The process that started the hook; 0: not known. */
  callerPid: number
  /** For what need not be done before the answer. */
  afterwards(work: () => void): void
}

/** The instance for which a sender acts, as it stood when it was looked up. */
export interface Enrolled {
  id: string
  turn: string | undefined
  /** The paths that it holds are its keys: now, not when it was looked up. */
  holds: object
}

/** Host, session and subagent in one text that no other three can give. */
function sessionKey({ host, session, agent }: Pick<Sender, 'host' | 'session' | 'agent'>): string {
  const key = `${part(host)}/${part(session)}`
  return agent === undefined ? key : `${key}/${part(agent)}`
}

function part(text: string): string {
  return text.includes('%') || text.includes('/') ? text.replaceAll('%', '%25').replaceAll('/', '%2F') : text
}

/** The state of the whole log. A damaged one is not gone by: what stands after the damage may matter. */
export async function wholeState(coordination: Coordination): Promise<State> {
  const { state, damage } = await coordination.load()
  if (damage !== undefined) throw damagedError(damage)
  return state
}

/** The sender's live instance, if it has one. */
export function instanceOf(state: State, sender: Pick<Sender, 'host' | 'session' | 'agent'>): Instance | undefined {
  return acting(state, state.sessions[sessionKey(sender)] ?? '')
}

/** Changes of the sender's files by others, of which it has not heard. */
export function untoldBypasses(state: State, sender: Sender): Bypass[] {
  const id = instanceOf(state, sender)?.id
  return state.bypasses.filter(({ holder, told }) => holder === id && !told)
}

/** The sender's instance; registers it first if it is not, whatever the event: hooks may be installed in mid-session. */
export async function enrol(scene: Scene): Promise<Enrolled> {
  const { coordination, event } = scene
  const state = await wholeState(coordination)
  const known = instanceOf(state, event)
  if (known === undefined) return register(scene, state)
  if (!isTakenUp(known, event)) {
    return { id: known.id, turn: known.turn, holds: known.holds }
  }
  const { id } = known
  await coordination.execute<'instance.end'>({
    type: 'instance.end',
    by: id,
    instance: id,
    reason: 'its process is gone',
    manual: false,
  })
  return enrol(scene)
}

/**
 * A session that another process has taken up after a crash. What the old one held is nobody's any more. A program that does not say
 * which process it is takes a session up with its start or with a prompt.
 */
function isTakenUp(instance: Instance, { processId, event }: HookEvent): boolean {
  if (instance.process === undefined || instance.process.pid === processId) return false
  if (processId === undefined && event !== 'session-start' && event !== 'prompt') return false
  return livenessOf(instance.process) === 'dead'
}

async function register(scene: Scene, state: State): Promise<Enrolled> {
  const { coordination, event } = scene
  const facts = registration(scene)
  const executed = await coordination.execute<'instance.register'>(
    isSubagent(event) ? { ...facts, ...(await below(scene, state)) } : facts,
  )
  return { id: executed.reply.instance, turn: undefined, holds: {} }
}

function isSubagent({ agent, parentSession }: Sender): boolean {
  return agent !== undefined || parentSession !== undefined
}

/** A subagent works for the session that started it, on its task. An ended parent stays the parent. */
async function below(scene: Scene, state: State): Promise<{ parent: string; task: string }> {
  const { agent: _agent, agentType: _agentType, parentSession, ...sender } = scene.event
  const parentSender = parentSession === undefined ? sender : { ...sender, session: parentSession }
  const known = state.sessions[sessionKey(parentSender)]
  if (known !== undefined) return { parent: known, task: state.instances[known]?.task ?? '' }
  const { id } = await enrol({ ...scene, event: parentSender })
  return { parent: id, task: '' }
}

function registration({ coordination, event, env, callerPid }: Scene): Omit<RegisterInstance, 'at'> {
  const session = sessionKey(event)
  const { worktree, branch } = coordination.place
  const processId = event.processId ?? programAbove(callerPid)
  const identity = processId === undefined ? undefined : processIdentity(processId)
  const user = env['USER'] || env['LOGNAME']
  return {
    type: 'instance.register',
    session,
    idPrefix: event.idPrefix,
    nonce: nonceFor(session),
    host: event.host,
    role: cut(event.agentType || (isSubagent(event) ? 'subagent' : 'main'), limits.role),
    task: '',
    worktree,
    cwd: event.cwd,
    os: process.platform,
    manual: false,
    ...(branch !== undefined && { branch }),
    ...(user && { user: user.toWellFormed() }),
    ...(identity !== undefined && { process: identity }),
    ...(event.event === 'session-start' && { source: cut(event.source, limits.role) }),
  }
}

/**
 * Asks in the sender's name. It may have been counted out between the look and the question: then once more. `known`: who it is, if that
 * was just looked up.
 */
export async function act<T extends CommandType>(
  scene: Scene,
  ask: (by: Enrolled) => Ask<T>,
  known?: Enrolled,
): Promise<Executed<T>> {
  const first = await scene.coordination.execute<T>(ask(known ?? (await enrol(scene))))
  return isUnknown(first.reply) ? scene.coordination.execute<T>(ask(await enrol(scene))) : first
}

function isUnknown(reply: { kind: string }): boolean {
  return reply.kind === 'unknown-instance'
}
