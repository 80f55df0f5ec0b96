import { refusal } from '@coordlog/coordination/decide/refusal'
import type { Lease, State } from '@coordlog/coordination/state'
import type { Policy } from '@coordlog/coordination/vocabulary'
import { writeHooksLog } from '@coordlog/runtime/hooksLog'
import { randomId } from '@coordlog/runtime/identity'
import type { Answer, HookEvent, ShellCall } from '../contract.js'
import { contentsOf, logConflict, sweepFormerTurns } from '../editing.js'
import { act, type Scene, wholeState } from '../enrolment.js'
import { commandDenial, grantContext, lockedBy, uncertain, warning } from '../messages.js'
import { ownCommands } from '../ownCommands.js'
import { stillHere } from '../presence.js'
import { type Claim, claimOf } from './claim.js'
import { shellAnalysis } from './load.js'
import { mayWrite } from './readOnly.js'
import { surroundingsOf } from './surroundings.js'
import type { Writes } from './writes.js'

type BeforeShell = Extract<HookEvent, { event: 'before-shell' }>

/** Leases what the command will write, or refuses it. What is not certain is let through and told. */
export async function beforeShell(scene: Scene<BeforeShell>): Promise<Answer> {
  const { coordination, event } = scene
  if (coordination.config.shell.guard === 'off') return stillHere(scene)
  const writes = await writesIn(scene)
  if (writes.targets.length + writes.resources.length === 0) return stillHere(scene)
  const { id } = await sweepFormerTurns(scene)
  const state = await wholeState(coordination)
  const asker = { place: coordination.place, cwd: event.cwd, by: id, at: coordination.clock.now() }
  const claim = claimOf(asker, writes, state)
  const doubt = tellDoubt(scene, state, claim.maybe)
  if (claim.keys.size + claim.reached.length === 0) {
    await stillHere(scene)
    return doubt === undefined ? { kind: 'silent' } : { kind: 'inform', agent: doubt }
  }
  return withDoubt(await ask(scene, claim, id), doubt)
}

/** Whether it is worth a look; nothing else of such a command is recorded. */
export function isOfInterest({ command, dialect }: ShellCall): boolean {
  return dialect === 'powershell' || mayWrite(command)
}

export async function writesIn({ coordination, event, env }: Scene<HookEvent & ShellCall>): Promise<Writes> {
  const writesOf = await shellAnalysis()
  return writesOf(event.command, event.dialect, surroundingsOf(coordination.place, event.cwd, env))
}

async function ask(scene: Scene<BeforeShell>, claim: Claim, asker: string): Promise<Answer> {
  const { coordination, event } = scene
  const { call, turn, request } = event
  const paths = [...claim.keys.keys(), ...claim.reached.map(({ path }) => path)]
  const [worktree = claim.reached[0]?.worktree ?? coordination.place.worktree] = claim.keys.values()
  const { reply } = await act<'lock.acquire'>(scene, ({ id }) => ({
    type: 'lock.acquire',
    by: id,
    manual: false,
    paths,
    worktree,
    reason: event.tool,
    policy: policyFor(scene),
    requestId: request ?? call ?? randomId(),
    contents: contentsOf(claim.keys, worktree),
    ...(call !== undefined && { call }),
    ...(turn !== undefined && { turn }),
  }))
  const now = coordination.clock.now()
  switch (reply.kind) {
    case 'denied': {
      logConflict(scene, reply)
      const own = ownCommands(event, coordination.place, asker)
      if (reply.enforced) return { kind: 'deny', reason: commandDenial(reply.refusals, now, own) }
      return { kind: 'inform', agent: warning(reply.refusals, now) }
    }
    case 'granted': {
      const context = grantContext(reply, now)
      return context === undefined ? { kind: 'silent' } : { kind: 'inform', agent: context }
    }
    case 'stale':
      throw new Error(`a command was refused for what ${event.host} has not read`)
    case 'unknown-instance':
      throw new Error(`instance ${reply.instance} was registered twice and is still unknown`)
  }
}

/**
 * The stricter of the two settings does not count: a person has chosen the milder one. What a command does to a file need not rest on
 * what was read of it, so that it is told of changes and not refused for them.
 */
function policyFor({ coordination }: Scene): Policy {
  const { policy, config } = coordination
  const reads = policy.reads === 'off' ? 'off' : 'tell'
  return { ...policy, reads, ...(config.shell.guard === 'warn' && { enforce: 'warn' }) }
}

function tellDoubt(
  { coordination, event, afterwards }: Scene<BeforeShell>,
  state: State,
  leases: readonly Lease[],
): string | undefined {
  if (leases.length === 0) return undefined
  const now = coordination.clock.now()
  const holders = leases.flatMap(({ holder }) => state.instances[holder] ?? [])
  const { liveness } = coordination.present(state, holders)
  const refusals = leases
    .map((lease) => refusal(state, lease, liveness))
    .filter(({ holderLiveness }) => holderLiveness !== 'dead')
  if (refusals.length === 0) return undefined
  for (const each of refusals) {
    const line = `${lockedBy(each)}; ${event.tool} may write it and was let through`
    afterwards(() => writeHooksLog(coordination.place, now, line))
  }
  return uncertain(refusals, now)
}

function withDoubt(answer: Answer, doubt: string | undefined): Answer {
  if (doubt === undefined || answer.kind === 'deny') return answer
  const agent = answer.kind === 'inform' && answer.agent !== undefined ? `${answer.agent}\n${doubt}` : doubt
  return { ...(answer.kind === 'inform' && answer), kind: 'inform', agent }
}
