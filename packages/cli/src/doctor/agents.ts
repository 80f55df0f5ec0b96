import { shown } from '@coordlog/coordination/shownText'
import type { Instance, State } from '@coordlog/coordination/state'
import type { AgentInstaller, Wiring } from '../install/agent.js'
import { installers, usual } from '../install/agents.js'
import { type Presence, presenceOf } from '../install/present.js'
import { timeAndAge } from '../output/times.js'
import { type Check, ok, type Patient } from './check.js'
import { trialCheck } from './trial.js'

/** An agent program with what is known of it here. */
export interface Wired {
  agent: AgentInstaller
  wirings: readonly Wiring[]
}

export function wiredAgents({ place, home }: Patient): Wired[] {
  return installers.map((agent) => ({ agent, wirings: agent.wirings(place, home) }))
}

/**
 * One after the other: whether it is on this machine, when it was heard of, whether it trusts our hooks, and whether a refusal comes back
 * from the hook that it is told to run. `isSound`: what the hooks run is there.
 */
export async function agentChecks(patient: Patient, state: State | undefined, isSound: boolean): Promise<Check[]> {
  const checks: Check[] = []
  const absent: string[] = []
  for (const { agent, wirings } of wiredAgents(patient)) {
    const presence = presenceOf(agent, patient.home, patient.context.env)
    const known = instancesOf(state, agent)
    if (wirings.length === 0 && presence.program === undefined && known.length === 0) {
      absent.push(agent.title)
      continue
    }
    checks.push(presenceCheck(agent, presence, wirings, traceText(patient, known)))
    if (wirings.length === 0) continue
    checks.push(...(await agent.trust(patient, wirings)))
    if (isSound) checks.push(...trialCheck(patient, agent, wirings))
  }
  if (absent.length > 0) checks.push(ok('agents', `neither installed nor configured: ${absent.join(', ')}`))
  return checks
}

function presenceCheck(agent: AgentInstaller, presence: Presence, wirings: readonly Wiring[], trace: string): Check {
  const { name, title } = agent
  const where = presence.program === undefined ? `no ${title} in PATH` : shown(presence.program)
  const says = `${where}; ${trace}`
  if (wirings.length > 0) return ok(name, says)
  const command = agent === usual ? 'coord init' : `coord init --agent ${name}`
  return ok(name, `${says}. Its sessions here are not coordinated; to change that: ${command}`)
}

function instancesOf(state: State | undefined, { name }: AgentInstaller): Instance[] {
  return Object.values(state?.instances ?? {}).filter(({ host }) => host === name)
}

function traceText({ context }: Patient, known: readonly Instance[]): string {
  const last = known.toSorted((a, b) => a.lastSeenSequence - b.lastSeenSequence).at(-1)
  if (last === undefined) return 'no event of it was recorded yet'
  const refused = known.flatMap(({ lastRefusal }) => lastRefusal ?? []).sort((a, b) => a.sequence - b.sequence)
  const [refusal] = refused.slice(-1)
  const refusalText =
    refusal === undefined
      ? 'it was never refused'
      : `last refused at sequence ${refusal.sequence}: ${refusal.paths.map(shown).join(', ')}`
  return `last event ${timeAndAge(last.lastSeenAt, context.clock.now())}; ${refusalText}`
}
