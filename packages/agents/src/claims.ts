import type { AgentAdapter, Answer, HookEvent } from './contract.js'
import { instanceOf, type Scene, wholeState } from './enrolment.js'
import { claimsContext } from './messages.js'

/**
 * Where roles have ranks: who holds a file that somebody of higher rank asked for learns of it here, beside whatever else the
 * answer says. Only where the client takes context with this event, because what is recorded as told must have been heard.
 */
export async function tellClaims(scene: Scene, adapter: AgentAdapter, answer: Answer): Promise<Answer> {
  const { coordination, event } = scene
  const { policy } = coordination
  if (policy.priority === undefined || answer.kind === 'deny' || !takesContext(adapter, event)) return answer
  const state = await wholeState(coordination)
  const instance = instanceOf(state, event)
  if (instance === undefined) return answer
  if (!Object.keys(instance.holds).some((path) => state.claims[path] !== undefined)) return answer
  const ask = { type: 'notice.deliver', by: instance.id, manual: false, policy } as const
  const { reply } = await coordination.execute<'notice.deliver'>(ask)
  if (reply.kind !== 'told' || reply.claims.length === 0) return answer
  const said = answer.kind === 'inform' ? answer : { kind: 'inform' as const }
  const told = claimsContext(reply.claims, coordination.clock.now())
  return { ...said, agent: said.agent === undefined ? told : `${said.agent}\n${told}` }
}

function takesContext(adapter: AgentAdapter, event: HookEvent): boolean {
  return adapter.render(event, { kind: 'inform', agent: 'x' }) !== ''
}
