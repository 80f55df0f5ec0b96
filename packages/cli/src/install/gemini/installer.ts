import type { AgentInstaller, WiringRequest } from '../agent.js'
import { trust } from './trust.js'
import { agent, hooks } from './wiring.js'

const { files, wirings, calls } = hooks

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

function notes({ scope }: WiringRequest): string[] {
  if (scope === 'user') return []
  return [
    'note    Gemini runs the hooks of a repository only in a folder that it trusts (it asks at its start, or type /permissions), and only when it is started in the folder that holds .gemini; elsewhere it skips them in silence. coord doctor looks the trust up',
  ]
}
