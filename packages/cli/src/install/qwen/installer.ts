import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Place } from '@coordlog/runtime/place'
import { type Check, fault, type Patient } from '../../doctor/check.js'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import { folderTrustChecks, memberAt, valueIn } from '../folderTrust.js'
import { oursIn, withHooks, withoutHooks } from '../settings.js'
import { isVoidJson } from '../sharedFile.js'
import { programIn, shellCommand } from '../shellCommand.js'
import { wiringsAmong } from '../wirings.js'
import { agent, commandOf, form, hookEntries } from './wiring.js'

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

function settingsPath(folder: string): string {
  return join(folder, '.qwen/settings.json')
}

function files({ target, scope, home, coordlogRoot }: WiringRequest, command: string): AgentFiles {
  const entries = hookEntries(shellCommand(agent, scope, coordlogRoot))
  const settings = {
    path: settingsPath(scope === 'user' ? home : target.worktree),
    put: (text: string) => withHooks(text, entries, form),
    take: (text: string) => withoutHooks(text, form),
    isVoid: isVoidJson,
    command,
  }
  return { own: [], shared: [settings] }
}

function wirings({ worktree }: Place, home: string): Wiring[] {
  return wiringsAmong(
    [
      { path: settingsPath(worktree), scope: 'project', isOfMainCheckout: false },
      { path: settingsPath(home), scope: 'user', isOfMainCheckout: false },
    ],
    form,
  )
}

function calls(text: string): HookCall[] {
  return oursIn(text, form).map(({ event, handler }) => {
    const command = commandOf(handler) ?? ''
    const program = programIn(command)
    return {
      event,
      isBeforeEdit: event === 'PreToolUse',
      ...(program !== undefined && { program }),
      start: { file: 'bash', args: ['-c', command], env: { QWEN_PROJECT_DIR: '{cwd}' } },
    }
  })
}

function trust({ place, home, context }: Patient, found: readonly Wiring[]): Check[] {
  const { worktree } = place
  const disabled = [settingsPath(worktree), settingsPath(home)].filter(
    (path) => memberAt(valueIn(path), 'disableAllHooks') === true,
  )
  const faults = disabled.map((path) =>
    fault(agent, `${shown(path)} has "disableAllHooks": true, so that no hook runs`, `edit ${shown(path)}`),
  )
  const rule = { agent: qwen, folder: join(home, '.qwen'), worktree, env: context.env, isAskedByDefault: false }
  return [...faults, ...folderTrustChecks(rule, found)]
}
