import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Place } from '@coordlog/runtime/place'
import type { AgentInstaller, Wiring } from '../install/agent.js'
import { usual } from '../install/agents.js'
import { homeFile } from '../install/files.js'
import { pluginSettings } from '../install/plugin.js'
import { isExecutable } from '../install/present.js'
import { readText } from '../install/wirings.js'
import { shellWord } from '../output/shellWord.js'
import { type Wired, wiredAgents } from './agents.js'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** Whether the agents' configuration calls us, whether what it calls is there, and whether other worktrees' does too. */
export function hookChecks(patient: Patient): Check[] {
  const { place } = patient
  const wired = wiredAgents(patient).filter(({ wirings }) => wirings.length > 0)
  const plugin = pluginChecks(
    patient,
    wired.some(({ agent }) => agent === usual),
  )
  if (wired.length === 0) {
    if (plugin.length > 0) return plugin
    return [
      warn(
        'hooks',
        `no settings file calls coordlog in ${shown(place.worktree)}: agents here are not coordinated`,
        'coord init',
      ),
    ]
  }
  return [
    ...wired.flatMap(({ agent, wirings }) => wirings.map((wiring) => wiringCheck(agent, wiring, place))),
    ...plugin,
    ...programChecks(
      patient,
      wired.flatMap(({ wirings }) => wirings),
    ),
    worktreeCheck(patient, wired),
  ]
}

/** The plugin of the usual agent, where the person has switched it on. */
function pluginChecks({ home }: Patient, isWired: boolean): Check[] {
  const path = pluginSettings(home)
  if (path === undefined) return []
  if (isWired) return [ok('plugin', 'switched on, and silent here: the settings have the hooks')]
  return [ok('hooks', `${shown(path)} has the plugin switched on, and its hooks work here`)]
}

function wiringCheck(agent: AgentInstaller, { path, scope }: Wiring, place: Place): Check {
  const programs = [...new Set(agent.calls(readText(path), place).flatMap(({ program }) => program ?? []))]
  const missing = programs.filter((program) => !isExecutable(program))
  if (missing.length > 0) {
    const names = missing.map(shown).join(', ')
    return fault(
      'hooks',
      `${shown(path)} calls ${names}, which cannot be run: those hooks do nothing`,
      `coord init${agent === usual ? '' : ` --agent ${agent.name}`} --scope ${scope}`,
    )
  }
  return ok('hooks', `${shown(path)} calls ${programs.length === 0 ? 'coordlog' : programs.map(shown).join(' and ')}`)
}

/** The files in a repository find the installation through a file beside the log. */
function programChecks({ place, context }: Patient, wirings: readonly Wiring[]): Check[] {
  if (wirings.every(({ scope }) => scope === 'user')) return []
  const { path } = homeFile(place, context.coordlogRoot)
  if (!existsSync(path))
    return [fault('program', `${shown(path)}, which says where coordlog is installed, is missing`, 'coord init')]
  const root = readFileSync(path, 'utf8').trim()
  if (isExecutable(join(root, 'bin/coord'))) return [ok('program', shown(join(root, 'bin/coord')))]
  return [fault('program', `${shown(path)} names ${shown(root)}, where no bin/coord can be run`, 'coord init')]
}

/** Worktrees that are there and in which sessions of an agent that is wired here would not be coordinated. */
function worktreeCheck({ place, home }: Patient, wired: readonly Wired[]): Check {
  const without = otherWorktrees(place).flatMap((worktree) => {
    const missing = wired.filter(({ agent }) => agent.wirings({ ...place, worktree }, home).length === 0)
    return missing.length === 0 ? [] : [{ worktree, agents: missing.map(({ agent }) => agent) }]
  })
  const [first] = without
  if (first === undefined) return ok('worktrees', 'every worktree of this repository has the hooks')
  const isDefault = first.agents.every((agent) => agent === usual)
  const which = isDefault ? '' : first.agents.map(({ name }) => ` --agent ${name}`).join('')
  const names = without.map(({ worktree }) => shown(worktree)).join(', ')
  return warn('worktrees', `without hooks: ${names}`, `coord init${which} ${shellWord(first.worktree)}`)
}

function otherWorktrees({ commonDir, mainCheckout, worktree }: Place): string[] {
  if (commonDir === undefined) return []
  const folder = join(commonDir, 'worktrees')
  const linked = (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => {
    const file = join(folder, name, 'gitdir')
    return existsSync(file) ? [dirname(readFileSync(file, 'utf8').trim())] : []
  })
  const all = [...linked, ...(mainCheckout === undefined ? [] : [mainCheckout])]
  return all.filter((each) => each !== worktree && existsSync(each))
}
