import { lstatSync } from 'node:fs'
import { relative } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { hookPortFile, hookPortText } from '@coordlog/resident/hookPort'
import type { Place } from '@coordlog/runtime/place'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { configTemplate, homeFile, type OwnFile, ownFiles } from './files.js'
import { settingsFile, type Wiring, wiringsOf } from './hookSettings.js'
import { ignoreFile, rulesFor, withBlock, withoutBlock } from './ignoreBlock.js'
import type { FileChange, InstallPlan, InstallRequest } from './plan.js'
import { areHooksDisabled } from './settings.js'
import { planPut, type SharedFile } from './sharedFile.js'
import { backupPath, readSnapshot, refuseOutside, refuseReadOnly } from './snapshot.js'
import { isUntouched } from './stamp.js'
import type { Scope } from './wiring.js'

/** Reads, writes nothing. Throws RuntimeProblem if anything stands in the way, so that all is done or nothing. */
export function planInstall(request: InstallRequest): InstallPlan {
  const { target, coordlogRoot, scope, at, home } = request
  const own = ownFiles(target.worktree, coordlogRoot).map((file) => planOwn(file, at))
  const config = configTemplate(target, coordlogRoot)
  const ignore = ignoreRules(target, scope)
  const wirings = wiringsOf(target, home)
  const settings = isReachedAlready(request, wirings)
    ? []
    : [planPut(settingsFile(request, `coord init --scope ${scope}`), at)]
  const changes = [
    ...own,
    ...(config === undefined ? [] : [planConfig(config)]),
    planHome(homeFile(target, coordlogRoot)),
    ...(ignore === undefined ? [] : [planPut(ignore, at)]),
    ...planPort(request),
    ...settings,
  ]
  refuseWaysOut(changes, request)
  return { changes, folders: [], lines: [...changeLines(changes, target), ...notes(request, wirings, changes)] }
}

export function ignoreRules(target: Place, scope: InstallRequest['scope']): SharedFile | undefined {
  const path = ignoreFile(target, scope)
  if (path === undefined) return undefined
  return {
    path,
    put: (text) => withBlock(text, rulesFor(scope)),
    take: withoutBlock,
    isVoid: (text) => text === '',
    command: 'coord init',
  }
}

function planOwn({ path, content: after, mode: wanted }: OwnFile, at: string): FileChange {
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
  const isOurs = before.equals(after) || isUntouched(before.toString('utf8'))
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

export function portRemoval({ directory }: Place): FileChange[] {
  const path = hookPortFile(directory)
  const { bytes: before, mode = 0o600 } = readSnapshot(path)
  return before === undefined ? [] : [{ path, target: path, kind: 'remove', before, mode }]
}

/** The main checkout's local file is read in this worktree too, and its entries are absolute: once is enough. */
function isReachedAlready({ scope }: InstallRequest, wirings: Wiring[]): boolean {
  return scope === 'local' && wirings.some((wiring) => wiring.isOfMainCheckout)
}

function refuseWaysOut(changes: FileChange[], { target, scope, home }: InstallRequest): void {
  for (const { path } of changes) {
    if (target.commonDir !== undefined && path.startsWith(`${target.commonDir}/`)) continue
    if (path === hookPortFile(target.directory)) continue
    if (scope === 'user' && path.startsWith(`${home}/.claude/`)) continue
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

function notes(request: InstallRequest, wirings: Wiring[], changes: FileChange[]): string[] {
  const { target, scope } = request
  const isLinked = target.mainCheckout !== undefined && target.mainCheckout !== target.worktree
  const lines = wirings.flatMap((wiring) => wiringNote(wiring, scope))
  if (isLinked) {
    lines.push(
      `note    the settings in force are those of ${shown(target.mainCheckout ?? '')}/.claude/coordination/config.json`,
    )
  }
  if (scope === 'project' && target.kind === 'git') {
    lines.push('note    other worktrees and clones have the hooks once .claude is committed and checked out there')
  }
  if (scope === 'local' && target.kind === 'git' && !isLinked) {
    lines.push('note    linked worktrees have the hooks too (Claude Code 2.1.211 or newer, not on Windows)')
  }
  if (request.hookPort !== undefined) {
    lines.push(
      'note    hooks are posted to the resident: without it nothing guards an edit until the next prompt brings it back (docs/resident.md)',
    )
  }
  const settings = changes.at(-1)
  if (settings?.path.endsWith('.json') && areHooksDisabled(settings.after?.toString('utf8') ?? '')) {
    lines.push(`note    ${shown(settings.path)} has "disableAllHooks": true, so no hook runs`)
  }
  return lines
}

/** Entries that differ in their command run both; the client runs once only what is the same in each file. */
function wiringNote({ path, scope, isOfMainCheckout }: Wiring, asked: Scope): string[] {
  if (isOfMainCheckout && asked === 'local') {
    return [`note    ${shown(path)} has the hook entries already, and is read in every worktree`]
  }
  if (scope === asked && !isOfMainCheckout) return []
  const where = isOfMainCheckout ? ' in the main checkout' : ''
  return [
    `note    ${shown(path)} has hook entries too: each event runs twice. Run${where}: coord uninstall --scope ${scope}`,
  ]
}
