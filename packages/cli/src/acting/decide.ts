import { shown } from '@coordlog/coordination/shownText'
import type { Decision } from '@coordlog/coordination/state'
import { limits } from '@coordlog/coordination/vocabulary'
import type { Coordination } from '@coordlog/runtime/coordination'
import { randomId } from '@coordlog/runtime/identity'
import { publishDecisions } from '../adr/publish.js'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { type Failure, refused, usage } from '../exit/failure.js'
import { didYouMean } from '../nearest.js'
import { answer } from '../output/answer.js'
import { executeAs } from './instance.js'
import { leaseKeys } from './paths.js'

/** What the flags of a decision give. */
export interface DecisionFacts {
  title: string
  description: string
  scope: Decision['scope'] | undefined
  problem: string | undefined
  rationale: string | undefined
  alternative: string[] | undefined
  file: string[] | undefined
  dependency: string[] | undefined
  instance: string | undefined
}

export async function recordDecision(
  call: Call<GlobalValues & DecisionFacts>,
  coordination: Coordination,
  kind: { category: Decision['category']; status: Decision['status']; supersedes?: string },
): Promise<ExitCode> {
  const { flags, context } = call
  const { title, description, problem, rationale, alternative = [], file = [], dependency = [] } = flags
  for (const [name, list] of Object.entries({ alternative, dependency })) {
    if (list.length > limits.list) throw usage(`--${name} was given ${list.length} times; the limit is ${limits.list}.`)
  }
  const files = leaseKeys(coordination, call, file).paths
  const { reply, sequence } = await executeAs<'decision.add'>(coordination, context, flags.instance, (by) => ({
    type: 'decision.add',
    by,
    manual: true,
    ...kind,
    title,
    description,
    scope: flags.scope ?? 'module',
    ...(problem !== undefined && { problem }),
    ...(rationale !== undefined && { rationale }),
    alternatives: alternative,
    files,
    ...(dependency.length > 0 && { dependencies: dependency }),
    requestId: context.requestId ?? randomId(),
  }))
  if (reply.kind === 'unknown-decision') throw unknownDecision(reply.id, (await coordination.load()).state.decisions)
  await answer(call, { ok: true, sequence, id: reply.id }, () => [reply.id])
  await publishDecisions(coordination, context)
  return exitCodes.done
}

export function unknownDecision(id: string, decisions: readonly Decision[]): Failure {
  const hint = didYouMean(
    id,
    decisions.map((decision) => decision.id),
    shown,
  )
  return refused(
    'unknown-decision',
    `There is no decision "${shown(id.slice(0, 200))}".${hint} Run: coord decisions list`,
    { id },
  )
}
