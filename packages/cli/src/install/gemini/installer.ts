import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import { oursIn, withHooks, withoutHooks } from '../settings.js'
import { isVoidJson } from '../sharedFile.js'
import { programIn, shellCommand } from '../shellCommand.js'
import { wiringsAmong } from '../wirings.js'
import { trust } from './trust.js'
import { agent, commandOf, form, hookEntries } from './wiring.js'

/** Gemini CLI: `.gemini/settings.json` of a repository, or of a person for all repositories. */
export const gemini: AgentInstaller = {
  name: agent,
  title: 'Gemini CLI',
  programs: ['gemini'],
  homeFolder: '.gemini',
  folders: ['.gemini'],
  scopes: ['project', 'user'],
  ignored: [],
  files,
  wirings,
  calls,
  notes,
  trust: async ({ place, home, context }, found) => trust(place.worktree, home, context.env, found),
}

function settingsPath(folder: string): string {
  return join(folder, '.gemini/settings.json')
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
      isBeforeEdit: event === 'BeforeTool',
      ...(program !== undefined && { program }),
      start: { file: 'bash', args: ['-c', command], env: { GEMINI_PROJECT_DIR: '{cwd}' } },
    }
  })
}

function notes({ scope }: WiringRequest): string[] {
  if (scope === 'user') return []
  return [
    'note    Gemini runs the hooks of a repository only in a folder that it trusts (it asks at its start, or type /permissions), and only when it is started in the folder that holds .gemini; elsewhere it skips them in silence. coord doctor looks the trust up',
  ]
}
