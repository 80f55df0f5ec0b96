import { shown } from '@coordlog/coordination/shownText'
import { readConfig } from '@coordlog/runtime/config'
import { agentChecks } from './agents.js'
import { type Check, ok, type Patient, warn } from './check.js'
import { historyChecks } from './history.js'
import { hookChecks } from './hooks.js'
import { hooksLogCheck, logChecks } from './log.js'
import { notifyChecks } from './notify.js'
import { residentChecks } from './resident.js'
import { directoryCheck, fileSystemCheck, flockCheck, nodeCheck } from './system.js'

export async function examine(patient: Patient): Promise<Check[]> {
  const log = await logChecks(patient)
  const hooks = hookChecks(patient)
  return [
    nodeCheck(),
    placeCheck(patient),
    directoryCheck(patient),
    fileSystemCheck(patient),
    await flockCheck(patient),
    ...log.checks,
    ...(await historyChecks(patient)),
    ...configChecks(patient),
    ...hooks,
    ...(await agentChecks(
      patient,
      log.state,
      hooks.every(({ result }) => result !== 'fault'),
    )),
    ...(await residentChecks(patient)),
    ...(await notifyChecks(patient)),
    hooksLogCheck(patient),
  ]
}

function placeCheck({ place }: Patient): Check {
  const { kind, worktree, branch } = place
  if (kind === 'git')
    return ok('place', `git worktree ${shown(worktree)}${branch === undefined ? '' : `, branch ${shown(branch)}`}`)
  return warn('place', `${shown(worktree)} is no git repository: only agents that start in this folder meet here`)
}

function configChecks({ place }: Patient): Check[] {
  const { file, problems } = readConfig(place)
  if (problems.length === 0) return [ok('config', shown(file))]
  return problems.map((problem) => warn('config', shown(problem), 'coord config list'))
}
