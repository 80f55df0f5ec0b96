import { shown, shownBlock } from '@coordlog/coordination/shownText'
import type { Decision } from '@coordlog/coordination/state'
import { orNone } from '../output/columns.js'
import { timeText } from '../output/times.js'

/** The guide's four lines. */
export function decisionLines(decision: Decision): string[] {
  return [
    `[${shown(decision.id)}] ${shown(decision.title)}`,
    `  Category: ${decision.category}`,
    `  Made At: ${timeText(decision.original?.at ?? decision.at)}`,
    `  Status: ${decision.status}`,
  ]
}

/** All of it. */
export function wholeDecisionLines(decision: Decision): string[] {
  const { supersedes, supersededBy, problem, rationale, alternatives, files, dependencies = [] } = decision
  return [
    ...decisionLines(decision),
    `  Scope: ${decision.scope}`,
    ...madeBy(decision),
    `  Sequence: ${decision.sequence}`,
    ...(supersedes === undefined ? [] : [`  Supersedes: ${shown(supersedes)}`]),
    ...(supersededBy === undefined ? [] : [`  Superseded By: ${shown(supersededBy)}`]),
    '  Description:',
    ...block(decision.description),
    ...(problem === undefined ? [] : ['  Problem:', ...block(problem)]),
    ...(rationale === undefined ? [] : ['  Rationale:', ...block(rationale)]),
    ...list('Alternatives', alternatives),
    ...list('Files', files),
    ...list('Depends On', dependencies),
  ]
}

/** Of one that was brought in from an earlier system: who made it there. */
function madeBy({ by, role, original }: Decision): string[] {
  if (original === undefined) return [`  Made By: ${shown(by)} (${shown(orNone(role))})`]
  return [
    `  Made By: ${shown(orNone(original.by))} (${shown(orNone(original.role))})`,
    `  Imported: as ${shown(orNone(original.id))}, from an earlier system`,
  ]
}

function block(text: string): string[] {
  return shownBlock(text)
    .split('\n')
    .map((line) => `    ${line}`)
}

function list(label: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`  ${label}:`, ...entries.map((entry) => `    - ${shown(entry)}`)]
}
