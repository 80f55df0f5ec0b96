import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { type Check, fault, type Patient } from '../../doctor/check.js'
import type { AgentInstaller, Wiring } from '../agent.js'
import { folderTrustChecks, memberAt, valueIn } from '../folderTrust.js'
import { agent, hooks, settingsFile } from './wiring.js'

const { files, wirings, calls } = hooks

/** Qwen Code: `.qwen/settings.json` of a repository, or of a person for all repositories. */
export const qwen: AgentInstaller = {
  name: agent,
  title: 'Qwen Code',
  programs: ['qwen'],
  homeFolder: '.qwen',
  folders: ['.qwen'],
  scopes: ['project', 'user'],
  ignored: [],
  files,
  wirings,
  calls,
  notes: () => [],
  trust: async (patient, found) => trust(patient, found),
}

function trust({ place, home, context }: Patient, found: readonly Wiring[]): Check[] {
  const { worktree } = place
  const disabled = [join(worktree, settingsFile), join(home, settingsFile)].filter(
    (path) => memberAt(valueIn(path), 'disableAllHooks') === true,
  )
  const faults = disabled.map((path) =>
    fault(agent, `${shown(path)} has "disableAllHooks": true, so that no hook runs`, `edit ${shown(path)}`),
  )
  const rule = { agent: qwen, folder: join(home, '.qwen'), worktree, env: context.env, isAskedByDefault: false }
  return [...faults, ...folderTrustChecks(rule, found)]
}
