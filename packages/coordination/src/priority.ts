import type { Prospect, ToldClaim } from './commands.js'
import { acting, covers, isFamily, livenessIn } from './lookup.js'
import { pathMatcher } from './pathPattern.js'
import type { Claim, Lease, State } from './state.js'
import type { Liveness, Policy, PriorityRule } from './vocabulary.js'

/** Which role goes before which for a path, and what it gains by that. Where the policy says nothing of it, nothing. */

/** A request, as far as rank is concerned. */
export interface RankedRequest {
  at: string
  by: string
  worktree: string
  policy: Policy
  liveness: Record<string, Liveness>
}

const matchers = new Map<string, (path: string) => boolean>()
const matchersMax = 1_000

function matches({ paths }: PriorityRule, path: string): boolean {
  let matcher = matchers.get(paths)
  if (matcher === undefined) {
    if (matchers.size >= matchersMax) matchers.clear()
    matcher = pathMatcher(paths)
    matchers.set(paths, matcher)
  }
  return matcher(path)
}

/** The first that matches. Where a conflict only warns, nobody waits, and so nobody goes first. */
function ruleFor({ enforce, priority }: Policy, path: string): PriorityRule | undefined {
  return enforce === 'deny' ? priority?.rules.find((rule) => matches(rule, path)) : undefined
}

/** The policy as it is recorded: of the rules only those that counted for these paths. */
export function policyFor(policy: Policy, paths: readonly string[]): Policy {
  if (policy.priority === undefined) return policy
  const { priority, ...rest } = policy
  const rules = new Set(paths.map((path) => ruleFor(policy, path)))
  const counted = priority.rules.filter((rule) => rules.has(rule))
  return counted.length === 0 ? rest : { ...rest, priority: { ...priority, rules: counted } }
}

/** 0 is the highest; who is not listed comes after all who are. */
function rankOf(state: State, { roles }: PriorityRule, id: string): number {
  const rank = roles.indexOf(state.instances[id]?.role ?? '')
  return rank === -1 ? roles.length : rank
}

function ranksAbove(state: State, policy: Policy, path: string, one: string, other: string): boolean {
  const rule = ruleFor(policy, path)
  return rule !== undefined && rankOf(state, rule, one) < rankOf(state, rule, other)
}

/** Whether a refusal of this path puts the asker in line: it has a rank there, and a higher one than all who hold it. */
export function mayClaim(
  state: State,
  { policy, by }: RankedRequest,
  path: string,
  blocking: readonly Lease[],
): boolean {
  const rule = ruleFor(policy, path)
  if (rule === undefined) return false
  const rank = rankOf(state, rule, by)
  return rank < rule.roles.length && blocking.every(({ holder }) => rank < rankOf(state, rule, holder))
}

export function claimOf(state: State, request: RankedRequest, path: string): Claim | undefined {
  return state.claims[path]?.find((claim) => claim.by === request.by && isStanding(state, claim, request))
}

/** Its time is not over, and who made it lives. Whoever asks does. */
function isStanding(state: State, claim: Claim, { at, by, liveness, ...place }: RankedRequest): boolean {
  const isDead = claim.by !== by && livenessIn(liveness, claim.by) === 'dead'
  const isAlive = acting(state, claim.by) !== undefined && !isDead
  return claim.until > at && isAlive && covers(claim, place)
}

/** The first in line for a path before the asker. Nobody is before those it works for or that work for it. */
export function aheadOf(state: State, request: RankedRequest, path: string): Claim | undefined {
  const { policy, by } = request
  if (policy.priority === undefined) return undefined
  return state.claims[path]?.find(
    (claim) =>
      isStanding(state, claim, request) &&
      !isFamily(state, claim.by, by) &&
      ranksAbove(state, policy, path, claim.by, by),
  )
}

/** What the asker's rank gives it towards a lease; undefined: nothing. Its claim counts if it is made by now. */
export function prospectOf(state: State, request: RankedRequest, lease: Lease): Prospect | undefined {
  const { policy, by } = request
  const { priority } = policy
  if (priority === undefined || !ranksAbove(state, policy, lease.path, by, lease.holder)) return undefined
  const told = tellingOf(claimOf(state, request, lease.path), lease)
  const isBusy = isInUse(lease)
  const takeableAt = told !== undefined && priority.mode === 'preempt' && !lease.byHand
  return {
    mode: priority.mode,
    ...(told !== undefined && { toldAt: told.at }),
    ...(takeableAt && { takeableAt: plus(told.at, priority.graceMs) }),
    isBusy,
  }
}

/** After a notice to the holder and the grace, and never under a tool call of its. */
export function mayPreempt(state: State, request: RankedRequest, lease: Lease): boolean {
  if (request.policy.priority?.mode !== 'preempt') return false
  const prospect = prospectOf(state, request, lease)
  return prospect?.takeableAt !== undefined && prospect.takeableAt <= request.at && !prospect.isBusy
}

function isInUse(lease: Lease): boolean {
  return lease.byHand === true || lease.calls.length > 0
}

export function tellingOf(claim: Claim | undefined, { holder, token }: Lease): Claim['told'][number] | undefined {
  return claim?.told.find((told) => told.holder === holder && told.token === token)
}

/** Who asked for a lease of `holder` by rank, of which it has not been told under this token. */
export function untoldClaims(
  state: State,
  request: Omit<RankedRequest, 'worktree' | 'liveness'>,
  lease: Lease,
): { claim: Claim; told: ToldClaim }[] {
  const { policy, at, by } = request
  const { priority } = policy
  if (priority === undefined) return []
  const place = { at, by, policy, worktree: lease.worktree, liveness: {} }
  return (state.claims[lease.path] ?? [])
    .filter((claim) => isStanding(state, claim, place) && tellingOf(claim, lease) === undefined)
    .filter((claim) => ranksAbove(state, policy, lease.path, claim.by, by))
    .map((claim) => {
      const { role = '', task = '' } = state.instances[claim.by] ?? {}
      const isTakeable = priority.mode === 'preempt' && !lease.byHand
      const takeableAt = isTakeable ? { takeableAt: plus(at, priority.graceMs) } : {}
      return { claim, told: { path: lease.path, by: claim.by, role, task, ...takeableAt } }
    })
}

function plus(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}
