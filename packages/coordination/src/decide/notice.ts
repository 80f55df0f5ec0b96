import type { Decided, DeliverNotice } from '../commands.js'
import { acting, ownLeases, unknownInstance } from '../lookup.js'
import { policyFor, untoldClaims } from '../priority.js'
import type { State } from '../state.js'

/** From this event on a higher rank may count on it that the holder knows. */
export function deliverNotice(state: State, command: DeliverNotice): Decided<'notice.deliver'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const found = ownLeases(state, command.by).flatMap((lease) =>
    untoldClaims(state, command, lease).map(({ claim, told }) => ({ told, lease, sequence: claim.sequence })),
  )
  const reply = { kind: 'told', claims: found.map(({ told }) => told) } as const
  if (found.length === 0) return { reply }
  const asked = found.map(({ told: { path, by, takeableAt }, lease: { token }, sequence }) => {
    return { path, token, by, sequence, ...(takeableAt !== undefined && { takeableAt }) }
  })
  const policy = policyFor(
    command.policy,
    asked.map(({ path }) => path),
  )
  return {
    event: {
      type: 'notice.delivered',
      ts: command.at,
      by: command.by,
      data: { asked, policy },
      durable: command.manual,
    },
    reply,
  }
}
