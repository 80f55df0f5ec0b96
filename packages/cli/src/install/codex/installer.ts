import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Place } from '@coordlog/runtime/place'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import type { FileChange } from '../plan.js'
import { oursIn, withHooks, withoutHooks } from '../settings.js'
import { isVoidJson } from '../sharedFile.js'
import { programIn, shellCommand } from '../shellCommand.js'
import { wiringsAmong } from '../wirings.js'
import { trust } from './trust.js'
import { agent, client, commandOf, form, hookEntries } from './wiring.js'

/** Codex: `.codex/hooks.json` of a repository, or of a person for all repositories. It has no file for one person in one repository. */
export const codex: AgentInstaller = {
  name: agent,
  title: 'Codex',
  ...client,
  folders: ['.codex'],
  scopes: ['project', 'user'],
  ignored: [],
  files,
  wirings,
  calls,
  notes,
  trust,
}

function hooksPath(folder: string): string {
  return join(folder, '.codex/hooks.json')
}

function files({ target, scope, home, coordlogRoot }: WiringRequest, command: string): AgentFiles {
  const entries = hookEntries(shellCommand(agent, scope, coordlogRoot))
  const hooks = {
    path: hooksPath(scope === 'user' ? home : target.worktree),
    put: (text: string) => withHooks(text, entries, form),
    take: (text: string) => withoutHooks(text, form),
    isVoid: isVoidJson,
    command,
  }
  return { own: [], shared: [hooks] }
}

/** In a linked worktree the client reads the main checkout's file, and its own only as the sign that there is one. */
function wirings({ worktree, mainCheckout }: Place, home: string): Wiring[] {
  const isLinked = mainCheckout !== undefined && mainCheckout !== worktree
  const project = hooksPath(isLinked ? mainCheckout : worktree)
  return wiringsAmong(
    [
      { path: project, scope: 'project', isOfMainCheckout: isLinked },
      { path: hooksPath(home), scope: 'user', isOfMainCheckout: false },
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
      start: { file: 'sh', args: ['-c', command], env: {} },
    }
  })
}

function notes({ target, scope, home }: WiringRequest, changes: readonly FileChange[]): string[] {
  const path = hooksPath(scope === 'user' ? home : target.worktree)
  const isChanged = changes.some((change) => change.path === path && change.kind !== 'keep')
  const lines = isChanged
    ? [
        'note    Codex runs new and changed hooks only once you trust them: start codex here and type /hooks. Until then it skips them in silence; coord doctor says whether it trusts them',
      ]
    : []
  const main = target.mainCheckout
  if (scope === 'project' && main !== undefined && main !== target.worktree) {
    lines.push(
      `note    in a linked worktree Codex runs the hooks of ${shown(hooksPath(main))}, if the worktree has a .codex folder`,
    )
  }
  return lines
}
