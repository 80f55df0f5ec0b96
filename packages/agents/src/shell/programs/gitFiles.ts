import { basename } from 'node:path'
import { pathOf } from '../collector.js'
import { parseOptions } from '../options.js'
import { type Call, inside, isFolder, isThere, uses, writeAll, writeEach } from '../program.js'
import type { Field } from '../scope.js'
import { restoreFrom } from './pathspec.js'

/** Commands of git that change files of the worktree, or which commit it shows. */

function indexAndHead(call: Call, after: { success: boolean; failure: boolean }): void {
  uses(call, '@git/index', { success: false, failure: after.failure })
  uses(call, '@git/head', after)
}

/** The worktree shows another branch until the turn is over: whoever commits meanwhile must know. */
export function switchBranch(call: Call, args: readonly Field[], top: string | undefined): void {
  const { has } = parseOptions(args, { short: 'cC', long: ['create', 'force-create', 'orphan', 'conflict'] })
  indexAndHead(call, { success: true, failure: false })
  const makesBranch = has('c', 'C', 'create', 'force-create', 'orphan')
  if (!makesBranch || args.length > 2) call.walk.collector.maybeBelow(top ?? call.scope.cwd)
}

/** Splits the words at "--". */
function parted(args: readonly Field[]): { before: Field[]; paths: Field[] | undefined } {
  const at = args.findIndex(({ text }) => text === '--')
  return at < 0 ? { before: [...args], paths: undefined } : { before: args.slice(0, at), paths: args.slice(at + 1) }
}

/** Another branch, or files as they were. */
export function checkout(call: Call, args: readonly Field[], top: string | undefined): void {
  const { before, paths } = parted(args)
  const { has, operands } = parseOptions(before, { short: 'bB', long: ['orphan', 'conflict', 'pathspec-from-file'] })
  if (has('b', 'B', 'orphan')) {
    indexAndHead(call, { success: true, failure: false })
    if (operands.length > 0) call.walk.collector.maybeBelow(top ?? call.scope.cwd)
    return
  }
  const files = paths ?? pathsAmong(call, operands)
  if (files.length === 0) {
    switchBranch(call, before, top)
    return
  }
  uses(call, '@git/index', { success: operands.length > (paths === undefined ? files.length : 0), failure: true })
  for (const field of files) restoreFrom(call, field)
}

/** git checkout [COMMIT] FILE…, without "--": what is there as a file is one. */
function pathsAmong(call: Call, operands: readonly Field[]): Field[] {
  const [first, ...others] = operands
  if (first === undefined) return []
  const isFile =
    first.text !== undefined && first.text !== '-' && (/^\.{1,2}(\/|$)/.test(first.text) || isThere(call, first))
  return isFile ? [...operands] : others
}

export function restore(call: Call, args: readonly Field[]): void {
  const { has, operands } = parseOptions(args, { short: 's', long: ['source', 'pathspec-from-file'] })
  const isStaged = has('S', 'staged')
  uses(call, '@git/index', { success: isStaged, failure: isStaged })
  if (isStaged && !has('W', 'worktree')) return
  for (const field of operands) restoreFrom(call, field)
}

export function reset(call: Call, args: readonly Field[], top: string | undefined): void {
  const { has } = parseOptions(args)
  const { before, paths } = parted(args)
  const { operands } = parseOptions(before)
  const isOfFiles =
    paths !== undefined ||
    operands.some((field, at) => (at > 0 || operands.length > 1 || isThere(call, field)) && field.text !== undefined)
  if (isOfFiles) {
    uses(call, '@git/index', { success: true, failure: true })
    return
  }
  indexAndHead(call, { success: false, failure: true })
  if (has('soft')) uses(call, '@git/index', { success: true, failure: true })
  if (top === undefined) {
    call.walk.collector.opaque()
    return
  }
  if (has('hard')) call.walk.collector.add({ path: top, reach: 'below', sure: true, act: 'write', only: 'tracked' })
  else if (has('merge', 'keep')) call.walk.collector.maybeBelow(top)
}

/** What is put away is gone from the worktree, whoever wrote it; what comes back may meet others' changes. */
export function stash(call: Call, args: readonly Field[], top: string | undefined): void {
  const [first, ...rest] = args
  const isAction = first?.text !== undefined && !first.text.startsWith('-')
  const action = isAction ? first.text : 'push'
  const { collector } = call.walk
  if (action === 'list' || action === 'show') return
  if (action === 'drop' || action === 'clear' || action === 'store' || action === 'create') {
    uses(call, '@git/stash', { success: false, failure: false })
    return
  }
  if (action === 'push' || action === 'save') {
    uses(call, '@git/stash', { success: true, failure: false })
    uses(call, '@git/index', { success: false, failure: false })
    putAway(call, isAction ? rest : args, action, top)
    return
  }
  uses(call, '@git/stash', { success: false, failure: true })
  uses(call, '@git/index', { success: false, failure: true })
  collector.maybeBelow(top ?? call.scope.cwd)
}

function putAway(call: Call, args: readonly Field[], action: string, top: string | undefined): void {
  const { collector } = call.walk
  const { has, operands } = parseOptions(args, { short: 'm', long: ['message', 'pathspec-from-file'] })
  if (action === 'push' && operands.length > 0) {
    for (const field of operands) restoreFrom(call, field)
  } else if (has('S', 'staged', 'p', 'patch')) collector.maybeBelow(top)
  else if (top === undefined) collector.opaque()
  else {
    const only = has('u', 'include-untracked', 'a', 'all') ? 'uncommitted' : 'tracked'
    collector.add({ path: top, reach: 'below', sure: true, act: 'write', only })
  }
}

export function clean(call: Call, args: readonly Field[]): void {
  const { has, operands } = parseOptions(args, { short: 'e', long: ['exclude'] })
  if (has('n', 'dry-run') || !has('f', 'force')) return
  const folders = operands.length > 0 ? operands : [{ text: '.' }]
  for (const field of folders) {
    const path = pathOf(field, call.scope)
    if (path === undefined || path === '') call.walk.collector.opaque()
    else {
      const reach = isFolder(call, field) ? 'below' : 'file'
      call.walk.collector.add({ path, reach, sure: true, act: 'write', only: 'untracked' })
    }
  }
}

export function remove(call: Call, args: readonly Field[]): void {
  const { has, operands } = parseOptions(args, { long: ['pathspec-from-file'] })
  if (has('n', 'dry-run')) return
  uses(call, '@git/index', { success: true, failure: true })
  if (!has('cached')) for (const field of operands) writeAll(call, field)
}

export function rename(call: Call, args: readonly Field[]): void {
  const { has, operands } = parseOptions(args)
  const destination = operands.at(-1)
  if (destination === undefined || operands.length < 2 || has('n', 'dry-run')) return
  uses(call, '@git/index', { success: true, failure: true })
  const intoFolder = operands.length > 2 || isFolder(call, destination)
  for (const source of operands.slice(0, -1)) {
    writeAll(call, source)
    const arrival = intoFolder && source.text !== undefined ? inside(destination, basename(source.text)) : destination
    if (isFolder(call, source)) call.walk.collector.maybeBelow(pathOf(arrival, call.scope))
    else writeEach(call, [arrival])
  }
}
