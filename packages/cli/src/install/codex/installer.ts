import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { AgentInstaller, WiringRequest } from '../agent.js'
import type { FileChange } from '../plan.js'
import { trust } from './trust.js'
import { agent, client, hooks, hooksFile } from './wiring.js'

const { files, wirings, calls } = hooks

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

function notes({ target, scope, home }: WiringRequest, changes: readonly FileChange[]): string[] {
  const path = join(scope === 'user' ? home : target.worktree, hooksFile)
  const isChanged = changes.some((change) => change.path === path && change.kind !== 'keep')
  const lines = isChanged
    ? [
        'note    Codex runs new and changed hooks only once you trust them: start codex here and type /hooks. Until then it skips them in silence; coord doctor says whether it trusts them',
      ]
    : []
  const main = target.mainCheckout
  if (scope === 'project' && main !== undefined && main !== target.worktree) {
    const read = shown(join(main, hooksFile))
    lines.push(`note    in a linked worktree Codex runs the hooks of ${read}, if the worktree has a .codex folder`)
  }
  return lines
}
