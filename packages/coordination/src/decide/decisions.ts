import type { AddDecision, Decided, ImportItem, SetDecisionStatus } from '../commands.js'
import { decisionOfRequest, decisionWithId } from '../decisionIndex.js'
import { acting, unknownInstance } from '../lookup.js'
import type { State } from '../state.js'

export function addDecision(state: State, command: AddDecision): Decided<'decision.add'> {
  // Whoever brings in the decisions of others need not be one of them.
  if (command.original === undefined && acting(state, command.by) === undefined) return unknownInstance(command.by)
  const same = decisionOfRequest(state.decisions, command.requestId)
  if (same !== undefined) return { reply: { kind: 'decided', id: same.id } }
  const { supersedes } = command
  if (supersedes !== undefined && decisionWithId(state.decisions, supersedes) === undefined) {
    return { reply: { kind: 'unknown-decision', id: supersedes } }
  }
  const { type: _type, at, by, manual: _manual, ...facts } = command
  const id = freeOriginalId(state, command) ?? nextId(state, at)
  return {
    event: { type: 'decision.recorded', ts: at, by, data: { id, ...facts }, durable: true },
    reply: { kind: 'decided', id },
  }
}

function freeOriginalId(state: State, { original }: AddDecision): string | undefined {
  const id = original?.id
  if (id === undefined || !/^[A-Za-z][\w.-]{0,63}$/.test(id)) return undefined
  return decisionWithId(state.decisions, id) === undefined ? id : undefined
}

/** DEC-20260108-0001: UTC day, counted per day from 1. It is worked out at the position where it is appended. */
function nextId(state: State, at: string): string {
  const day = at.slice(0, 10).replaceAll('-', '')
  return `DEC-${day}-${String((state.decisionNumbers[day] ?? 0) + 1).padStart(4, '0')}`
}

export function setDecisionStatus(state: State, command: SetDecisionStatus): Decided<'decision.status'> {
  if (acting(state, command.by) === undefined) return unknownInstance(command.by)
  const decision = decisionWithId(state.decisions, command.id)
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

export function importItem(state: State, command: ImportItem): Decided<'item.import'> {
  const { at, by, kind, source, id, originalAt, text, requestId } = command
  if (state.imported[requestId] !== undefined) return { reply: { kind: 'kept' } }
  const data = { kind, source, ...(id !== undefined && { id }), ...(originalAt !== undefined && { at: originalAt }) }
  return {
    event: { type: 'item.imported', ts: at, by, data: { ...data, text, requestId }, durable: true },
    reply: { kind: 'kept' },
  }
}
