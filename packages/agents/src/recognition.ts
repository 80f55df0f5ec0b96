import type { Environment, Happening, Recognised, Sender } from './contract.js'
import { checked, unrecognised } from './fields.js'

/** What clients of Claude Code's kind have in common: one document for each event, and the event's name in it. */

export interface Frame {
  session_id: string
  agent_id?: string | null | undefined
  agent_type?: string | null | undefined
  cwd: string
  hook_event_name: string
}

/** What one event's payload says. Throws what its schema throws. */
export type Reader<Common extends Frame> = (payload: unknown, common: Common, env: Environment) => Happening

export interface Protocol<Common extends Frame> {
  /** The fields of every payload. */
  commonOf(payload: unknown): Common
  senderOf(common: Common, env: Environment, payload: unknown): Sender
  readers: ReadonlyMap<string, Reader<Common>>
  /** Events that tell nothing but that their session lives. */
  otherEvents: ReadonlySet<string>
}

/** Never throws: what cannot be read is said. */
export function recogniseAs<Common extends Frame>(
  { commonOf, senderOf, readers, otherEvents }: Protocol<Common>,
  payload: unknown,
  env: Environment,
): Recognised {
  let name = 'payload'
  return checked(
    () => name,
    () => {
      const common = commonOf(payload)
      name = common.hook_event_name
      const read = readers.get(name)
      if (read === undefined && !otherEvents.has(name)) return unrecognised(`unknown event ${name}`)
      const happening = read === undefined ? { event: 'other' as const } : read(payload, common, env)
      return { kind: 'event', event: { ...senderOf(common, env, payload), ...happening } }
    },
  )
}

/** `host`: as in `coord hook AGENT`. */
export function senderFrom(
  host: string,
  idPrefix: string,
  { session_id, agent_id, agent_type, cwd, hook_event_name }: Frame,
): Sender {
  return {
    host,
    idPrefix,
    session: session_id.toWellFormed(),
    ...(agent_id && { agent: agent_id.toWellFormed() }),
    ...(agent_type && { agentType: agent_type.toWellFormed() }),
    cwd: cwd.toWellFormed(),
    name: hook_event_name,
  }
}
