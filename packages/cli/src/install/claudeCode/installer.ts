import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Place } from '@coordlog/runtime/place'
import { fault } from '../../doctor/check.js'
import type { AgentFiles, AgentInstaller, HookCall, Wiring, WiringRequest } from '../agent.js'
import { type Scope, scopes } from '../scope.js'
import { areHooksDisabled, type HookForm, oursIn, withHooks, withoutHooks } from '../settings.js'
import { isVoidJson } from '../sharedFile.js'
import { readText, wiringsAmong } from '../wirings.js'
import { hookEntries, isForOurScript, isOurs, lineOf, pathOf, programOf } from './wiring.js'

/** Claude Code's settings files: one for each scope. */

export const form: HookForm = { isOurs, isReplaced: isForOurScript }

const name = 'claude-code'

export const claudeCode: AgentInstaller = {
  name,
  title: 'Claude Code',
  programs: ['claude'],
  homeFolder: '.claude',
  folders: [],
  scopes,
  ignored: [],
  files,
  isReached: ({ target, scope, home }) =>
    scope === 'local' && wirings(target, home).some(({ isOfMainCheckout }) => isOfMainCheckout),
  wirings,
  calls,
  notes,
  async trust(_patient, found) {
    const disabled = found.filter(({ path }) => areHooksDisabled(readText(path)))
    return disabled.map(({ path }) =>
      fault(name, `${shown(path)} has "disableAllHooks": true, so that no hook runs`, `edit ${shown(path)}`),
    )
  },
}

function settingsPath(place: Place, scope: Scope, home: string): string {
  const file = scope === 'local' ? 'settings.local.json' : 'settings.json'
  return join(scope === 'user' ? home : place.worktree, '.claude', file)
}

function files(request: WiringRequest, command: string): AgentFiles {
  const { target, scope, home, hookPort } = request
  const entries = hookEntries(request)
  const settings = {
    path: settingsPath(target, scope, home),
    put: (text: string) => withHooks(text, entries, form),
    take: (text: string) => withoutHooks(text, form),
    isVoid: isVoidJson,
    command,
    ...(hookPort !== undefined && { isSecret: true }),
  }
  return { own: [], shared: [settings] }
}

/** The main checkout's local file is read in linked worktrees too, and its entries are absolute: once is enough. */
function wirings(place: Place, home: string): Wiring[] {
  const own = scopes.map((scope) => ({ path: settingsPath(place, scope, home), scope, isOfMainCheckout: false }))
  const main = place.mainCheckout
  const inherited =
    main === undefined || main === place.worktree
      ? []
      : [{ path: join(main, '.claude/settings.local.json'), scope: 'local' as const, isOfMainCheckout: true }]
  return wiringsAmong([...own, ...inherited], form)
}

function calls(text: string, { worktree }: Place): HookCall[] {
  return oursIn(text, form).map(({ event, handler }) => {
    const isBeforeEdit = event === 'PreToolUse'
    const word = programOf(handler)
    if (word === undefined) return { event, isBeforeEdit }
    const env = { CLAUDE_PROJECT_DIR: '{cwd}', CLAUDECODE: '1' }
    const start = { file: 'sh', args: ['-c', lineOf(handler, worktree)], env }
    return { event, isBeforeEdit, program: pathOf(word, worktree), start }
  })
}

function notes({ target, scope, home, hookPort }: WiringRequest): string[] {
  const lines: string[] = []
  const isLinked = target.mainCheckout !== undefined && target.mainCheckout !== target.worktree
  if (scope === 'local' && target.kind === 'git' && !isLinked) {
    lines.push('note    linked worktrees have the hooks too (Claude Code 2.1.211 or newer, not on Windows)')
  }
  if (hookPort !== undefined) {
    lines.push(
      'note    hooks are posted to the resident: without it nothing guards an edit until the next prompt brings it back (docs/resident.md)',
    )
  }
  const settings = settingsPath(target, scope, home)
  if (areHooksDisabled(readText(settings))) {
    lines.push(`note    ${shown(settings)} has "disableAllHooks": true, so no hook runs`)
  }
  return lines
}
