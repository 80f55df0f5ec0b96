import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAbsence, type Place } from '@coordlog/runtime/place'
import { fromSystem } from '@coordlog/runtime/problems'
import { projectedFiles } from '@coordlog/runtime/projection/projectedFiles'
import type { AgentInstaller } from './agent.js'
import { installers, usual } from './agents.js'
import { agentFolders, configTemplate, homeFile, type OwnFile, ownFiles, ownFolders } from './files.js'
import { mcpFile } from './mcpFile.js'
import type { FileChange, InstallPlan, InstallRequest } from './plan.js'
import { changeLines, ignoreRules, portRemoval, shortPath } from './planInstall.js'
import { type Scope, scopes } from './scope.js'
import { backupRemoval, planTake } from './sharedFile.js'
import { shellWord } from './shellWord.js'
import { backupMark, backupsOf, namesIn, readSnapshot } from './snapshot.js'
import { isUntouched } from './stamp.js'

/** Without a scope: whatever init put anywhere for these agents in this place. */
export type UninstallRequest = Omit<InstallRequest, 'at' | 'scope'> & { scope?: Scope }

/**
 * Takes out what init put in and nothing else: entries first, files after. What somebody changed stays, with a line that says so.
 * Files that entries of another scope or agent still need stay too. Reads, writes nothing. Throws RuntimeProblem.
 */
export function planUninstall(request: UninstallRequest): InstallPlan {
  const { target, coordlogRoot, agents } = request
  const going = request.scope === undefined ? scopes : [request.scope]
  const entries = agents.flatMap((agent) => going.flatMap((scope) => planAgentRemoval(agent, { ...request, scope })))
  if (agents.includes(usual)) {
    if (going.includes('local')) entries.push(...portRemoval(target))
    if (going.includes('project')) entries.push(...planTake(mcpFile(target, 'coord uninstall')))
  }
  const needing = needingFiles(request, entries)
  if (needing.length > 0) {
    const line = `note    the files stay: ${needing.map((path) => shortPath(path, target)).join(', ')} still uses them`
    const folders = agentFolders(target, request.home, agents)
    return { changes: entries, folders, lines: [...changeLines(entries, target), line] }
  }
  const isShared = otherWorktrees(target).some(isSetUp)
  const ignores = scopes.flatMap((scope) => {
    const file = isShared && scope !== 'project' ? undefined : ignoreRules(target, scope, agents)
    return file === undefined ? [] : planTake(file)
  })
  const own = ownFiles(target.worktree, coordlogRoot).flatMap(planOwnRemoval)
  const config = configTemplate(target, coordlogRoot)
  const settings = config === undefined ? [] : planConfigRemoval(config)
  const traces = [...(isShared ? [] : homeRemoval(homeFile(target, coordlogRoot))), ...traceRemovals(target)]
  const changes = unique([...entries, ...ignores, ...own, ...settings, ...traces, ...compatRemovals(target)])
  return {
    changes,
    folders: ownFolders(target, request.home, agents),
    lines: [...changeLines(changes, target), ...keptLines(target, changes, agents)],
  }
}

function planAgentRemoval(agent: AgentInstaller, request: UninstallRequest & { scope: Scope }): FileChange[] {
  if (!agent.scopes.includes(request.scope)) return []
  const { own, shared } = agent.files(request, `coord uninstall --agent ${agent.name}`)
  return [...shared.flatMap(planTake), ...own.flatMap(planOwnRemoval)]
}

/** Entries that stay and name files in this worktree. Those of the user's scope name the program itself. */
function needingFiles(request: UninstallRequest, going: readonly FileChange[]): string[] {
  const paths = installers.flatMap((agent) =>
    scopes
      .filter((scope) => scope !== 'user')
      .flatMap((scope) => planAgentRemoval(agent, { ...request, scope }))
      .filter(({ kind }) => kind !== 'keep')
      .map(({ path }) => path),
  )
  return [...new Set(paths)].filter(
    (path) => !path.includes(backupMark) && !going.some((change) => change.path === path),
  )
}

/** Two scopes share the exclude file: planned once. */
function unique(changes: FileChange[]): FileChange[] {
  return changes.filter((change, index) => changes.findIndex(({ path }) => path === change.path) === index)
}

function planOwnRemoval(file: OwnFile): FileChange[] {
  const { path, content } = file
  const { bytes: before, mode = 0o644, target } = readSnapshot(path)
  if (before === undefined) return []
  if (!before.equals(content) && !(file.isUntouched ?? isUntouched)(before.toString('utf8'))) {
    return [{ path, target, kind: 'keep', before, after: before, mode }]
  }
  const [original] = backupsOf(path)
  if (original?.bytes === undefined) return [{ path, target, kind: 'remove', before, mode }]
  const originalMode = original.mode ?? mode
  return [{ path, target, kind: 'change', before, after: original.bytes, mode: originalMode }, backupRemoval(original)]
}

function planConfigRemoval({ path, content }: OwnFile): FileChange[] {
  const { bytes: before, mode = 0o644, target } = readSnapshot(path)
  if (before === undefined) return []
  if (before.equals(content)) return [{ path, target, kind: 'remove', before, mode }]
  return [{ path, target, kind: 'keep', before, after: before, mode }]
}

function homeRemoval({ path }: OwnFile): FileChange[] {
  const { bytes: before, mode = 0o600 } = readSnapshot(path)
  return before === undefined ? [] : [{ path, target: path, kind: 'remove', before, mode }]
}

/** Of all worktrees: the program's place and the exclude file are theirs together. */
function isSetUp(worktree: string): boolean {
  return readSnapshot(join(worktree, '.claude/coordination/bin/coord')).bytes !== undefined
}

function otherWorktrees({ worktree, mainCheckout, commonDir }: Place): string[] {
  if (commonDir === undefined) return []
  const linked = namesIn(join(commonDir, 'worktrees')).flatMap((name) => {
    const file = join(commonDir, 'worktrees', name, 'gitdir')
    try {
      return [
        readFileSync(file, 'utf8')
          .trim()
          .replace(/\/\.git$/, ''),
      ]
    } catch (error) {
      if (isAbsence(error)) return []
      throw fromSystem(error, 'read', file)
    }
  })
  return [...linked, ...(mainCheckout === undefined ? [] : [mainCheckout])].filter((folder) => folder !== worktree)
}

/** What the hooks wrote while they ran: the instance file, and the hook log if nobody else wrote in it. */
function traceRemovals({ worktree }: Place): FileChange[] {
  const traces = [
    { path: '.claude/.instance_env', line: /^(?:CLAUDE|COORD)_INSTANCE_ID=/ },
    { path: '.claude/logs/hooks.log', line: /^\S+ coordination: / },
    { path: '.claude/logs/hooks.log.1', line: /^\S+ coordination: / },
  ]
  return traces.flatMap(({ path: name, line }) => {
    const path = join(worktree, name)
    const { bytes: before, mode = 0o644 } = readSnapshot(path)
    if (before === undefined) return []
    const lines = before
      .toString('utf8')
      .split('\n')
      .filter((text) => text !== '')
    return lines.every((text) => line.test(text)) ? [{ path, target: path, kind: 'remove' as const, before, mode }] : []
  })
}

/** The compatibility files, which can be made again from the log. What people put beside them or edited stays. */
function compatRemovals({ worktree }: Place): FileChange[] {
  return projectedFiles(worktree).flatMap((path) => {
    const { bytes: before, mode = 0o600 } = readSnapshot(path)
    return before === undefined ? [] : [{ path, target: path, kind: 'remove' as const, before, mode }]
  })
}

function keptLines(target: Place, changes: FileChange[], agents: readonly AgentInstaller[]): string[] {
  const changed = changes
    .filter(({ kind }) => kind === 'keep')
    .map(
      ({ path }) =>
        `note    ${shortPath(path, target)} was changed here and stays; remove it by hand if it is not wanted`,
    )
  const gone = new Set(changes.filter(({ kind }) => kind === 'remove').map(({ path }) => path))
  const folders = ['.claude', ...agents.flatMap((agent) => agent.folders)].map((name) => join(target.worktree, name))
  const backups = folders
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
    .filter((path) => path.includes(backupMark) && !gone.has(path))
    .map((path) => `note    ${shortPath(path, target)} stays: it holds what your file was before an init`)
  const hasLog = namesIn(target.directory).some((name) => name !== 'home')
  const history = hasLog
    ? [
        `note    the history stays in ${shortPath(target.directory, target)}; to remove it too: rm -r ${shellWord(target.directory)}`,
      ]
    : []
  return [...changed, ...backups, ...history]
}
