import { platform } from 'node:os'
import { startedBy } from '@coordlog/agents/startedBy'
import { shown } from '@coordlog/coordination/shownText'
import type { State } from '@coordlog/coordination/state'
import { limits } from '@coordlog/coordination/vocabulary'
import type { Acting } from '@coordlog/mcp/contract'
import { processesFrom } from '@coordlog/runtime/ancestry'
import type { Coordination } from '@coordlog/runtime/coordination'
import { nonceFor, randomId } from '@coordlog/runtime/identity'
import { processIdentity } from '@coordlog/runtime/liveness'
import { namedInstance } from '../acting/instance.js'
import type { Context } from '../context.js'

/** For whom one connection acts. */
export interface Connection {
  /** The id, and nothing is registered that need not be; undefined: there is none. */
  actor(coordination: Coordination, acting: Acting, client: string): Promise<string | undefined>
  /** Ends what was registered for the connection itself. */
  end(coordination: Coordination): Promise<void>
}

/**
 * The instance that the environment names, else the session that started this program, else one of the connection's own: a client
 * without hooks takes part that way, and what it holds ends with the connection.
 */
export function connectionOf(context: Context): Connection {
  const session = `mcp/${randomId()}`
  const above = processesFrom(context.callerPid)
  const known = (state: State) =>
    namedInstance(context, undefined) ?? startedBy(state, context.env, above)?.id ?? state.sessions[session]
  return {
    async actor(coordination, acting, client) {
      if (acting === 'nobody') return undefined
      const { state } = await coordination.load()
      const id = known(state)
      if (id !== undefined || acting === 'known') return id
      return register(coordination, context, session, client)
    },
    async end(coordination) {
      const { state } = await coordination.load()
      const id = state.sessions[session]
      if (id === undefined || state.instances[id]?.phase === 'ended') return
      const reason = 'its MCP connection is closed'
      await coordination.execute<'instance.end'>({ type: 'instance.end', by: id, instance: id, reason, manual: false })
    },
  }
}

async function register(
  { place, execute }: Coordination,
  { cwd, env }: Context,
  session: string,
  client: string,
): Promise<string> {
  const identity = processIdentity(process.pid)
  const user = env['USER'] || env['LOGNAME']
  const { reply } = await execute<'instance.register'>({
    type: 'instance.register',
    session,
    idPrefix: /^[a-z][a-z0-9-]{0,31}$/.test(client) ? client : 'mcp',
    nonce: nonceFor(session),
    host: shown(client).slice(0, limits.role) || 'mcp',
    role: 'mcp client',
    task: '',
    worktree: place.worktree,
    cwd,
    ...(place.branch !== undefined && { branch: place.branch }),
    ...(user && { user }),
    os: platform(),
    ...(identity !== undefined && { process: identity }),
    source: 'mcp',
    manual: false,
  })
  return reply.instance
}
