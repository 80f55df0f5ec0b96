import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { type Check, fault } from '../../doctor/check.js'
import type { Wiring } from '../agent.js'
import { type FolderTrust, folderTrustChecks, memberAt, valueIn } from '../folderTrust.js'
import { agent, hooks } from './wiring.js'

export function trust(worktree: string, home: string, env: FolderTrust['env'], wirings: readonly Wiring[]): Check[] {
  const folder = join(home, '.gemini')
  const settings = [join(worktree, '.gemini/settings.json'), join(folder, 'settings.json')]
  const off = settings.flatMap((path) => disabled(path))
  const rule = { agent: { name: agent, title: 'Gemini CLI' }, folder, worktree, env, isAskedByDefault: true }
  return [...off, ...folderTrustChecks({ ...rule, variable: 'GEMINI_CLI_TRUST_WORKSPACE' }, wirings)]
}

function disabled(path: string): Check[] {
  const config = memberAt(valueIn(path), 'hooksConfig')
  if (memberAt(config, 'enabled') === false) {
    return [
      fault(agent, `${shown(path)} has "hooksConfig.enabled": false, so that no hook runs`, `edit ${shown(path)}`),
    ]
  }
  const names = memberAt(config, 'disabled')
  const ours = (Array.isArray(names) ? names : []).filter(
    (name) => name === 'coordlog' || hooks.commandOf({ command: name }) !== undefined,
  )
  if (ours.length === 0) return []
  return [fault(agent, `${shown(path)} lists our hooks in "hooksConfig.disabled"`, `edit ${shown(path)}`)]
}
