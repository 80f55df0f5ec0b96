import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rehearsal } from '@coordlog/agents/rehearsal'
import { rehearsalFor } from '@coordlog/agents/rehearsals'
import { shown } from '@coordlog/coordination/shownText'
import type { AgentInstaller, HookCall, Wiring } from '../install/agent.js'
import { readText } from '../install/wirings.js'
import { type Check, fault, ok, type Patient } from './check.js'

/**
 * A refusal for trial: the hook that the agent is told to run gets two recorded payloads, of two sessions that want the same file of a
 * scratch repository. The second must come back refused, in the agent's own protocol.
 */
export function trialCheck(patient: Patient, agent: AgentInstaller, wirings: readonly Wiring[]): Check[] {
  const rehearsal = rehearsalFor(agent.name)
  if (rehearsal === undefined) return []
  return wirings.flatMap((wiring) => {
    const call = agent
      .calls(readText(wiring.path), patient.place)
      .find(({ isBeforeEdit, start }) => isBeforeEdit && start !== undefined)
    if (call === undefined) return []
    const problem = inScratch((scratch) => refusalProblem(patient, rehearsal, call, scratch))
    return problem === undefined
      ? [ok(agent.name, `a trial refusal came back from the hook of ${shown(wiring.path)}`)]
      : [fault(agent.name, `the hook of ${shown(wiring.path)} does not refuse: ${problem}`, 'coord hook --help')]
  })
}

function refusalProblem(patient: Patient, rehearsal: Rehearsal, call: HookCall, cwd: string): string | undefined {
  const path = join(cwd, 'trial.txt')
  const first = runHook(patient, call, cwd, rehearsal.beforeEdit({ session: 'trial-holder', cwd, path }))
  if (first.problem !== undefined) return first.problem
  if (rehearsal.refusalIn(first.stdout) !== undefined)
    return `it refused a free file: ${shown(first.stdout.slice(0, 200))}`
  const second = runHook(patient, call, cwd, rehearsal.beforeEdit({ session: 'trial-other', cwd, path }))
  if (second.problem !== undefined) return second.problem
  if (rehearsal.refusalIn(second.stdout)?.includes('trial.txt is locked by instance')) return undefined
  const said = second.stdout === '' ? 'it said nothing' : `it said ${shown(second.stdout.slice(0, 200))}`
  return `a held file was to be refused, and ${said} ${shown(second.stderr.slice(0, 300))}`.trim()
}

interface Ended {
  stdout: string
  stderr: string
  problem?: string
}

const limitMs = 10_000

/** As the client starts it, in the worktree; the payload alone says that it is about the scratch repository. */
function runHook({ place, context }: Patient, { start }: HookCall, cwd: string, payload: string): Ended {
  const { file, args, env } = start ?? { file: '', args: [], env: {} }
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('{cwd}', cwd)]))
  const { COORD_DIR: _directory, ...inherited } = context.env
  const ended = spawnSync(file, args, {
    cwd: place.worktree,
    env: { ...inherited, COORD_RESIDENT: 'off', ...own },
    input: payload,
    encoding: 'utf8',
    timeout: limitMs,
  })
  const { stdout, stderr, error, status } = ended
  if (error !== undefined) return { stdout, stderr, problem: shown(error.message) }
  if (status !== 0)
    return { stdout, stderr, problem: `it ended with exit code ${status}: ${shown(stderr.slice(0, 300))}` }
  return { stdout, stderr }
}

/** A folder that is a repository as far as coordlog looks. */
function inScratch<T>(use: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-trial-')))
  try {
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
