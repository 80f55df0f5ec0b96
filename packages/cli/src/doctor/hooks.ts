import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { isCode } from '@coordlog/log/errors'
import type { Place } from '@coordlog/runtime/place'
import { homeFile } from '../install/files.js'
import { type Wiring, wiringsOf } from '../install/hookSettings.js'
import { parseJson, plainValue } from '../install/jsonTree.js'
import { areHooksDisabled } from '../install/settings.js'
import { isOurs } from '../install/wiring.js'
import { shellWord } from '../output/shellWord.js'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** Whether the agent's settings call us, whether what they call is there, and whether other worktrees do too. */
export function hookChecks(patient: Patient): Check[] {
  const { place, home } = patient
  const wirings = wiringsOf(place, home)
  if (wirings.length === 0) {
    return [
      warn(
        'hooks',
        `no settings file calls coordlog in ${shown(place.worktree)}: agents here are not coordinated`,
        'coord init',
      ),
    ]
  }
  return [
    ...wirings.map((wiring) => wiringCheck(wiring, place)),
    ...programChecks(patient, wirings),
    worktreeCheck(patient),
  ]
}

function wiringCheck({ path, scope }: Wiring, place: Place): Check {
  const text = readFileSync(path, 'utf8')
  if (areHooksDisabled(text)) {
    return fault('hooks', `${shown(path)} has "disableAllHooks": true, so that no hook runs`, `edit ${shellWord(path)}`)
  }
  const programs = [
    ...new Set(commandsIn(text).map((command) => command.replace('${CLAUDE_PROJECT_DIR}', place.worktree))),
  ]
  const missing = programs.filter((program) => !isExecutable(program))
  if (missing.length > 0) {
    const names = missing.map(shown).join(', ')
    return fault(
      'hooks',
      `${shown(path)} calls ${names}, which cannot be run: those hooks do nothing`,
      `coord init --scope ${scope}`,
    )
  }
  return ok('hooks', `${shown(path)} calls ${programs.map(shown).join(' and ')}`)
}

/** The programs of our entries, as they stand in a settings file. */
function commandsIn(text: string): string[] {
  const settings = plainValue(parseJson(text))
  const groups = Object.values(member(settings, 'hooks') ?? {}).flat()
  return groups
    .flatMap((group) => Object.values(member(group, 'hooks') ?? {}))
    .filter(isOurs)
    .flatMap((handler) => {
      const command = member(handler, 'command')
      return typeof command === 'string' ? [command] : []
    })
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false
    throw error
  }
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

/** Worktrees that are there and whose agents would not be coordinated. */
function worktreeCheck({ place, home }: Patient): Check {
  const without = otherWorktrees(place).filter((worktree) => wiringsOf({ ...place, worktree }, home).length === 0)
  if (without.length === 0) return ok('worktrees', 'every worktree of this repository has the hooks')
  const [first = ''] = without
  return warn('worktrees', `without hooks: ${without.map(shown).join(', ')}`, `coord init ${shellWord(first)}`)
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
