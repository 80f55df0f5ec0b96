import { hostname, platform } from 'node:os'
import type { Replies, UnknownInstance } from '@coordlog/coordination/commands'
import { acting } from '@coordlog/coordination/lookup'
import { shown } from '@coordlog/coordination/shownText'
import type { State } from '@coordlog/coordination/state'
import { limits, type ProcessIdentity } from '@coordlog/coordination/vocabulary'
import type { Ask, Coordination } from '@coordlog/runtime/coordination'
import { nonceFor, terminalSession } from '@coordlog/runtime/identity'
import { string } from '@oclif/core/flags'
import type { Context } from '../context.js'
import { usage } from '../exit/failure.js'

/** Who acts: --instance, else COORD_INSTANCE_ID or CLAUDE_INSTANCE_ID, else the terminal. */

export const actingFlags = {
  instance: string({
    helpValue: 'ID',
    summary: "act as this instance (env COORD_INSTANCE_ID, CLAUDE_INSTANCE_ID); default: the terminal's own",
  }),
}

export function namedInstance({ env }: Pick<Context, 'env'>, flag: string | undefined): string | undefined {
  if (flag !== undefined) return checkedId('--instance', flag)
  for (const name of ['COORD_INSTANCE_ID', 'CLAUDE_INSTANCE_ID']) {
    const id = env[name]
    if (id !== undefined && id !== '') return checkedId(name, id)
  }
  return undefined
}

function checkedId(from: string, id: string): string {
  const most = limits.instanceId
  if (id !== '' && id.length <= most && /^[^\s\p{C}]+$/u.test(id)) return id
  throw usage(
    `${from} "${shown(id.slice(0, 60))}" is no instance id: 1 to ${most} characters without blanks. Run: coord instance list`,
    { value: id, limit: most },
  )
}

/** The acting instance's id, if it is known to the log; nothing is registered. */
export function knownInstance(state: State, context: Context, flag: string | undefined): string | undefined {
  const named = namedInstance(context, flag)
  if (named !== undefined) return acting(state, named)?.id
  return acting(state, state.sessions[terminalSession(context.callerPid).session] ?? '')?.id
}

/** The acting instance's id; one that is not registered, or has ended, is registered with the role "manual". */
async function actingInstance(coordination: Coordination, context: Context, flag: string | undefined): Promise<string> {
  const { state } = await coordination.load()
  return knownInstance(state, context, flag) ?? registerByHand(coordination, context, namedInstance(context, flag))
}

async function registerByHand(
  coordination: Coordination,
  context: Context,
  named: string | undefined,
): Promise<string> {
  const terminal = terminalSession(context.callerPid)
  const { reply } = await coordination.execute<'instance.register'>(
    named === undefined
      ? registration(coordination, context, { ...terminal, role: 'manual', task: '' })
      : registration(coordination, context, { ...namedSession(named), role: 'manual', task: '' }),
  )
  return reply.instance
}

export function namedSession(id: string): { session: string; id: string; idPrefix: string } {
  return { session: `named:${id}`, id, idPrefix: 'manual' }
}

interface Registrant {
  session: string
  idPrefix: string
  role: string
  task: string
  id?: string
  parent?: string
  process?: ProcessIdentity
}

export function registration(
  { place }: Coordination,
  { cwd, env }: Context,
  registrant: Registrant,
): Ask<'instance.register'> {
  const user = env['USER'] || env['LOGNAME']
  return {
    type: 'instance.register',
    ...registrant,
    nonce: nonceFor(registrant.session),
    host: hostname(),
    worktree: place.worktree,
    cwd,
    ...(place.branch !== undefined && { branch: place.branch }),
    ...(user !== undefined && user !== '' && { user }),
    os: platform(),
    source: 'cli',
    manual: true,
  }
}

/** What is asked by hand in an instance's name. */
type Asked = 'lock.acquire' | 'lock.release' | 'decision.add' | 'decision.status'

export interface ExecutedAs<T extends Asked> {
  reply: Exclude<Replies[T], UnknownInstance>
  sequence: number
  by: string
}

/** Executes as the acting instance; one that was ended in between is registered again, once. */
export async function executeAs<T extends Asked>(
  coordination: Coordination,
  context: Context,
  flag: string | undefined,
  ask: (by: string) => Ask<T>,
): Promise<ExecutedAs<T>> {
  for (let tries = 1; ; tries++) {
    const by = await actingInstance(coordination, context, flag)
    const executed = await coordination.execute<T>(ask(by))
    const { sequence } = executed
    const reply: { kind: string } = executed.reply
    if (isKnown<T>(reply)) return { reply, sequence, by }
    if (tries === 2) throw usage(`Instance ${by} was ended twice while this ran. Run: coord instance show ${by}`)
  }
}

function isKnown<T extends Asked>(reply: { kind: string }): reply is Exclude<Replies[T], UnknownInstance> {
  return reply.kind !== 'unknown-instance'
}
