import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import { shimPath } from '../files.js'
import { holds } from '../wirings.js'
import { pluginFiles, pluginName } from './pluginFiles.js'

/** opencode: a plugin, in the repository or among those of a person. */
export const opencode: AgentInstaller = {
  name: 'opencode',
  title: 'opencode',
  programs: ['opencode'],
  homeFolder: '.config/opencode',
  folders: ['.opencode/plugins', '.opencode/node_modules', '.opencode'],
  userFolders: ['.config/opencode/plugins', '.config/opencode/node_modules', '.config/opencode', '.config'],
  scopes: ['project', 'user'],
  ignored: [],
  files,
  wirings,
  calls,
  notes,
  trust: async () => [],
}

function folderOf(scope: 'project' | 'user', worktree: string, home: string): string {
  return scope === 'user' ? join(home, '.config/opencode') : join(worktree, '.opencode')
}

function files({ target, scope, home, coordlogRoot }: WiringRequest): AgentFiles {
  const folder = folderOf(scope === 'user' ? scope : 'project', target.worktree, home)
  return { own: pluginFiles(folder, scope, coordlogRoot), shared: [] }
}

const isOurs = (text: string) => text.includes('coordlog-content:') && text.includes('export const Coordlog')

function wirings({ worktree }: Place, home: string): Wiring[] {
  const candidates = (['project', 'user'] as const).map((scope) => ({
    path: join(folderOf(scope, worktree, home), pluginName),
    scope,
    isOfMainCheckout: false,
  }))
  return candidates.filter(({ path }) => holds(path, isOurs))
}

/** What it runs when no resident answers; that stands for the whole in a trial. */
function calls(text: string, { worktree }: Place): HookCall[] {
  if (!isOurs(text)) return []
  const installation = /^const installation = (".*")$/m.exec(text)?.[1]
  const program =
    installation === undefined ? join(worktree, shimPath) : join(String(JSON.parse(installation)), 'bin/coord')
  const start = { file: program, args: ['hook', 'opencode'], env: {} }
  return [{ event: 'tool.execute.before', isBeforeEdit: true, program, start }]
}

function notes({ scope }: WiringRequest): string[] {
  if (scope === 'user') return []
  return [
    'note    .opencode/package-lock.json and node_modules spare opencode an installation before it starts; git leaves them out, so a clone or another worktree has them once coord init has run there',
  ]
}
