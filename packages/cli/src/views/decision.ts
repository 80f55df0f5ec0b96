import { shown, shownBlock } from '@coordlog/coordination/shownText'
import type { Decision } from '@coordlog/coordination/state'
import { orNone } from '../output/columns.js'
import { timeText } from '../output/times.js'

/** The guide's four lines. */
export function decisionLines(decision: Decision): string[] {
  return [
    `[${shown(decision.id)}] ${shown(decision.title)}`,
    `  Category: ${decision.category}`,
    `  Made At: ${timeText(decision.at)}`,
    `  Status: ${decision.status}`,
  ]
}

/** All of it. */
export function wholeDecisionLines(decision: Decision): string[] {
  const { supersedes, supersededBy, problem, rationale, alternatives, files, dependencies = [] } = decision
  return [
    ...decisionLines(decision),
    `  Scope: ${decision.scope}`,
    `  Made By: ${shown(decision.by)} (${shown(orNone(decision.role))})`,
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

function block(text: string): string[] {
  return shownBlock(text)
    .split('\n')
    .map((line) => `    ${line}`)
}

function list(label: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`  ${label}:`, ...entries.map((entry) => `    - ${shown(entry)}`)]
}
