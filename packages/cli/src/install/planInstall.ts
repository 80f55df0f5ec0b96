import { lstatSync } from 'node:fs'
import { relative } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { hookPortFile, hookPortText } from '@coordlog/resident/hookPort'
import type { Place } from '@coordlog/runtime/place'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import type { AgentInstaller, Wiring, WiringRequest } from './agent.js'
import { usual } from './agents.js'
import { configTemplate, homeFile, type OwnFile, ownFiles } from './files.js'
import { ignoreFile, rulesFor, withBlock, withoutBlock } from './ignoreBlock.js'
import { isMcpWired, mcpFile } from './mcpFile.js'
import type { FileChange, InstallPlan, InstallRequest } from './plan.js'
import { planPut, type SharedFile } from './sharedFile.js'
import { backupPath, readSnapshot, refuseOutside, refuseReadOnly } from './snapshot.js'
import { isUntouched } from './stamp.js'

/** Reads, writes nothing. Throws RuntimeProblem if anything stands in the way, so that all is done or nothing. */
export function planInstall(request: InstallRequest): InstallPlan {
  const { target, coordlogRoot, scope, at, agents } = request
  const own = ownFiles(target.worktree, coordlogRoot).map((file) => planOwn(file, at))
  const config = configTemplate(target, coordlogRoot)
  const ignore = ignoreRules(target, scope, agents)
  const settings = agents.flatMap((agent) => planAgent(agent, request))
  const changes = [
    ...own,
    ...(config === undefined ? [] : [planConfig(config)]),
    planHome(homeFile(target, coordlogRoot)),
    ...(ignore === undefined ? [] : [planPut(ignore, at)]),
    ...planPort(request),
    ...planMcp(request),
    ...settings,
  ]
  refuseWaysOut(changes, request)
  return { changes, folders: [], lines: [...changeLines(changes, target), ...notes(request, changes)] }
}

/** Own files first: no entry may name a file that is not there. */
function planAgent(agent: AgentInstaller, request: InstallRequest): FileChange[] {
  if (agent.isReached?.(request)) return []
  const { own, shared } = agent.files(request, `coord init --agent ${agent.name} --scope ${request.scope}`)
  return [...own.map((file) => planOwn(file, request.at)), ...shared.map((file) => planPut(file, request.at))]
}

export function ignoreRules(
  target: Place,
  scope: InstallRequest['scope'],
  agents: readonly AgentInstaller[],
): SharedFile | undefined {
  const path = ignoreFile(target, scope)
  if (path === undefined) return undefined
  return {
    path,
    put: (text) =>
      withBlock(
        text,
        rulesFor(
          scope,
          agents.flatMap(({ ignored }) => ignored),
        ),
      ),
    take: withoutBlock,
    isVoid: (text) => text === '',
    command: 'coord init',
  }
}

function planOwn(file: OwnFile, at: string): FileChange {
  const { path, content: after, mode: wanted } = file
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new RuntimeProblem(
      'unsafe',
      `${path} is a symbolic link; it must be a file of its own. Nothing was changed; remove it first.`,
      { path },
    )
  }
  const snapshot = readSnapshot(path)
  const { bytes: before } = snapshot
  if (before === undefined || snapshot.mode === undefined)
    return { path, target: path, kind: 'create', after, mode: wanted }
  // Whoever may read a program may run it.
  const mode = snapshot.mode | ((wanted & 0o100) === 0 ? 0 : (snapshot.mode & 0o444) >> 2)
  if (before.equals(after) && mode === snapshot.mode) return { path, target: path, kind: 'keep', before, after, mode }
  refuseReadOnly(snapshot)
  const isOurs = before.equals(after) || (file.isUntouched ?? isUntouched)(before.toString('utf8'))
  return { path, target: path, kind: 'change', before, after, mode, ...(!isOurs && { backup: backupPath(path, at) }) }
}

/** Somebody's choice once it is there. */
function planConfig({ path, content: after, mode }: OwnFile): FileChange {
  const { bytes: before, target } = readSnapshot(path)
  if (before === undefined) return { path, target, kind: 'create', after, mode }
  return { path, target, kind: 'keep', before, after: before, mode }
}

function planHome({ path, content: after, mode }: OwnFile): FileChange {
  const { bytes: before, target } = readSnapshot(path)
  if (before === undefined) return { path, target, kind: 'create', after, mode }
  return { path, target, kind: before.equals(after) ? 'keep' : 'change', before, after, mode }
}

/** Noted beside the log, where the resident looks for it; gone again with the entries that name it. */
function planPort({ target, scope, hookPort }: InstallRequest): FileChange[] {
  const path = hookPortFile(target.directory)
  const { bytes: before } = readSnapshot(path)
  if (hookPort === undefined) return scope === 'local' ? portRemoval(target) : []
  const after = Buffer.from(hookPortText(hookPort))
  const isKept = before?.equals(after) ?? false
  const kind = before === undefined ? 'create' : isKept ? 'keep' : 'change'
  return [{ path, target: path, kind, after, mode: 0o600, ...(before !== undefined && { before }) }]
}

function planMcp({ target, mcp, at, scope }: InstallRequest): FileChange[] {
  const isWanted = mcp || (scope === 'project' && isMcpWired(target))
  return isWanted ? [planPut(mcpFile(target, 'coord init --mcp'), at)] : []
}

export function portRemoval({ directory }: Place): FileChange[] {
  const path = hookPortFile(directory)
  const { bytes: before, mode = 0o600 } = readSnapshot(path)
  return before === undefined ? [] : [{ path, target: path, kind: 'remove', before, mode }]
}

function refuseWaysOut(changes: FileChange[], { target, scope, home, agents }: InstallRequest): void {
  for (const { path } of changes) {
    if (target.commonDir !== undefined && path.startsWith(`${target.commonDir}/`)) continue
    if (path === hookPortFile(target.directory)) continue
    if (scope === 'user' && agents.some(({ homeFolder }) => path.startsWith(`${home}/${homeFolder}/`))) continue
    refuseOutside(target.worktree, path)
  }
}

export function changeLines(changes: FileChange[], target: Place): string[] {
  return changes.map(({ kind, path, backup }) => {
    const kept = backup === undefined ? '' : `  (as it was: ${shortPath(backup, target)})`
    return `${kind.padEnd(6)}  ${shortPath(path, target)}${kept}`
  })
}

export function shortPath(path: string, target: Place): string {
  const way = relative(target.worktree, path)
  return shown(way === '' || way.startsWith('..') ? path : way)
}

function notes(request: InstallRequest, changes: FileChange[]): string[] {
  const { target, scope, home, agents } = request
  const isLinked = target.mainCheckout !== undefined && target.mainCheckout !== target.worktree
  const lines = agents.flatMap((agent) =>
    agent.wirings(target, home).flatMap((wiring) => wiringNote(agent, wiring, request)),
  )
  if (isLinked) {
    lines.push(
      `note    the settings in force are those of ${shown(target.mainCheckout ?? '')}/.claude/coordination/config.json`,
    )
  }
  if (scope === 'project' && target.kind === 'git') {
    const folders = ['.claude', ...agents.flatMap((agent) => agent.folders.slice(-1))]
    const are = folders.length === 1 ? 'is' : 'are'
    lines.push(
      `note    other worktrees and clones have the hooks once ${folders.join(', ')} ${are} committed and checked out there`,
    )
  }
  return [...lines, ...agents.flatMap((agent) => agent.notes(request, changes))]
}

/** Entries that differ in their command run both; the client runs once only what is the same in each file. */
function wiringNote(agent: AgentInstaller, wiring: Wiring, request: WiringRequest): string[] {
  const { path, scope, isOfMainCheckout } = wiring
  if (isOfMainCheckout && agent.isReached?.(request)) {
    return [`note    ${shown(path)} has the hook entries already, and is read in every worktree`]
  }
  if (scope === request.scope) return []
  const where = isOfMainCheckout ? ' in the main checkout' : ''
  const which = agent === usual ? '' : ` --agent ${agent.name}`
  return [
    `note    ${shown(path)} has hook entries too: each event runs twice. Run${where}: coord uninstall${which} --scope ${scope}`,
  ]
}
