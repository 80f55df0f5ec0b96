import type { AddDecision, Decided, SetDecisionStatus } from '../commands.js'
import { acting, unknownInstance } from '../lookup.js'
import type { State } from '../state.js'

export function addDecision(state: State, command: AddDecision): Decided<'decision.add'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const same = state.decisions.findLast((decision) => decision.requestId === command.requestId)
  if (same !== undefined) return { reply: { kind: 'decided', id: same.id } }
  const { supersedes } = command
  if (supersedes !== undefined && !state.decisions.some((decision) => decision.id === supersedes)) {
    return { reply: { kind: 'unknown-decision', id: supersedes } }
  }
  const { type: _type, at, by, manual: _manual, ...facts } = command
  const id = nextId(state, at)
  return {
    event: { type: 'decision.recorded', ts: at, by, data: { id, ...facts }, durable: true },
    reply: { kind: 'decided', id },
  }
}

/** DEC-20260108-0001: UTC day, counted per day from 1. It is worked out at the position where it is appended. */
function nextId(state: State, at: string): string {
  const day = at.slice(0, 10).replaceAll('-', '')
  return `DEC-${day}-${String((state.decisionNumbers[day] ?? 0) + 1).padStart(4, '0')}`
}

export function setDecisionStatus(state: State, command: SetDecisionStatus): Decided<'decision.status'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const decision = state.decisions.find((d) => d.id === command.id)
  if (decision === undefined) return { reply: { kind: 'unknown-decision', id: command.id } }
  const reply = { kind: 'done', decision: { ...decision, status: command.status } } as const
  if (decision.status === command.status) return { reply }
  const { id, reason } = command
  const data = { id, from: decision.status, to: command.status, ...(reason !== undefined && { reason }) }
  return {
    event: { type: 'decision.status_changed', ts: command.at, by: command.by, data, durable: true },
    reply,
  }
}
