import type { AcknowledgeBypass, Decided, ReportBypass } from '../commands.js'
import type { EventData } from '../events.js'
import { acting, unknownInstance } from '../lookup.js'
import type { State } from '../state.js'

/** Whoever reports has looked at the file; whether that is news, and whose file it is, only the state tells. */
export function reportBypass(state: State, command: ReportBypass): Decided<'bypass.report'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const { suspect, tool } = command
  const changes: EventData<'bypass.detected'>['changes'] = []
  for (const { path, holder, content, stamp } of command.changes) {
    const lease = state.leases[path]?.find((each) => each.holder === holder)
    const was = lease?.content
    const isNews = was !== undefined && was !== content && holder !== suspect
    if (lease === undefined || !isNews || changes.some((known) => known.path === path && known.holder === holder))
      continue
    changes.push({ path, holder, token: lease.token, was, content, ...(stamp !== undefined && { stamp }) })
  }
  const reply = { kind: 'done' } as const
  if (changes.length === 0) return { reply }
  const data = { changes, ...(suspect !== undefined && { suspect }), ...(tool !== undefined && { tool }) }
  return {
    event: { type: 'bypass.detected', ts: command.at, by: command.by, data, durable: command.manual },
    reply,
  }
}

export function tellBypass(state: State, command: AcknowledgeBypass): Decided<'bypass.tell'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const untold = state.bypasses.filter(
    ({ holder, told, path }) => holder === command.by && !told && command.paths.includes(path),
  )
  const reply = { kind: 'done' } as const
  if (untold.length === 0) return { reply }
  const data = { paths: [...new Set(untold.map(({ path }) => path))] }
  return { event: { type: 'bypass.told', ts: command.at, by: command.by, data, durable: command.manual }, reply }
}
