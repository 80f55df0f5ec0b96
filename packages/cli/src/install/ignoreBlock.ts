import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import type { Scope } from './scope.js'

/**
 * Keeping what belongs to one machine out of git. In project scope the whole set-up is committed, so the rules travel with it in
 * `.claude/.gitignore`: a colleague's first session writes a log and an instance file before anybody has run init there, and an
 * agent's `git add -A` must not take them. In local and user scope nothing of it is to be committed: `info/exclude` of the
 * repository hides all of it, in every worktree, without a change that git would show.
 */
const begin = '# coordlog: begin (coord uninstall takes these lines out)'
const end = '# coordlog: end'

const committedRules = ['/.instance_env', '/logs/hooks.log*', '*.coordlog-backup-*']
const localRules = [
  '/.claude/settings.local.json',
  '/.claude/.instance_env',
  '/.claude/logs/hooks.log*',
  '/.claude/coordination/',
  '/.claude/hooks/lifecycle/coordination-init.sh',
  '/.claude/**/*.coordlog-backup-*',
  '/.claude/*.coordlog-backup-*',
]

/** None outside git in local and user scope: there is nothing that could be committed. */
export function ignoreFile(place: Place, scope: Scope): string | undefined {
  if (scope === 'project') return join(place.worktree, '.claude/.gitignore')
  return place.commonDir === undefined ? undefined : join(place.commonDir, 'info/exclude')
}

export function rulesFor(scope: Scope, ofAgents: readonly string[]): readonly string[] {
  return scope === 'project' ? committedRules : [...localRules, ...ofAgents]
}

/** The text with our block holding exactly these rules: in its place if it is there, else at the end. */
export function withBlock(text: string, rules: readonly string[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const block = [begin, ...rules, end, ''].join(eol)
  const found = findBlock(text)
  if (found !== undefined) return text.slice(0, found.start) + block + text.slice(found.end)
  const gap = text === '' || text.endsWith('\n') ? '' : eol
  return text + gap + block
}

/** The text without our block. */
export function withoutBlock(text: string): string {
  const found = findBlock(text)
  return found === undefined ? text : text.slice(0, found.start) + text.slice(found.end)
}

function findBlock(text: string): { start: number; end: number } | undefined {
  const start = text.startsWith(begin) ? 0 : text.indexOf(`\n${begin}`) + 1
  if (start === 0 && !text.startsWith(begin)) return undefined
  const tail = text.indexOf(`\n${end}`, start)
  if (tail < 0) return undefined
  const lineEnd = text.indexOf('\n', tail + 1)
  return { start, end: lineEnd < 0 ? text.length : lineEnd + 1 }
}
