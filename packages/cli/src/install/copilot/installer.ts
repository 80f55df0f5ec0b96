import { join } from 'node:path'
import { hooksFile, userHooksFile } from '@coordlog/agents/copilot/hookFiles'
import type { Place } from '@coordlog/runtime/place'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import type { OwnFile } from '../files.js'
import { parseJson, plainValue } from '../jsonTree.js'
import { programIn, shellCommand } from '../shellCommand.js'
import { holds } from '../wirings.js'
import { agent, handlersIn, hooksText, isOurText } from './wiring.js'

/** GitHub Copilot CLI: a file of our own among those of its hooks folder, in the repository or the person's home folder. */
export const copilot: AgentInstaller = {
  name: agent,
  title: 'GitHub Copilot CLI',
  programs: ['copilot'],
  homeFolder: '.copilot',
  userFolders: ['.copilot/hooks'],
  folders: ['.github/hooks', '.github'],
  scopes: ['project', 'user'],
  ignored: [],
  files,
  wirings,
  calls,
  notes: () => [
    'note    Copilot runs the hooks of a repository only in a folder that it trusts: it asks when it starts there',
  ],
  trust: async () => [],
}

function files({ target, scope, home, coordlogRoot }: WiringRequest): AgentFiles {
  const own: OwnFile = {
    path: scope === 'user' ? join(home, userHooksFile) : join(target.worktree, hooksFile),
    content: Buffer.from(hooksText(shellCommand(agent, 'bash', scope, coordlogRoot))),
    mode: 0o644,
    isUntouched: isOurText,
  }
  return { own: [own], shared: [] }
}

function wirings({ worktree }: Place, home: string): Wiring[] {
  const candidates: Wiring[] = [
    { path: join(worktree, hooksFile), scope: 'project', isOfMainCheckout: false },
    { path: join(home, userHooksFile), scope: 'user', isOfMainCheckout: false },
  ]
  return candidates.filter(({ path }) =>
    holds(path, (text) => text !== '' && handlersIn(plainValue(parseJson(text))).length > 0),
  )
}

function calls(text: string): HookCall[] {
  return handlersIn(plainValue(parseJson(text))).map(({ event, command }) => {
    const program = programIn(command)
    return {
      event,
      isBeforeEdit: event === 'PreToolUse',
      ...(program !== undefined && { program }),
      start: { file: 'bash', args: ['-c', command], env: { COPILOT_CLI: '1' } },
    }
  })
}
