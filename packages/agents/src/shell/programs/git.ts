import { resolve } from 'node:path'
import type { ResourceName } from '@coordlog/coordination/resources'
import { parseOptions } from '../options.js'
import { type Call, type Program, uses, writeEach } from '../program.js'
import { readingGit } from '../readOnly.js'
import type { Field } from '../scope.js'
import { checkout, clean, remove, rename, reset, restore, stash, switchBranch } from './gitFiles.js'
import { gitApply } from './patches.js'
import { stage, stageAll } from './pathspec.js'

/**
 * What git does to the worktree, and what it uses that two sessions must not use at once: the index and HEAD of the worktree, and
 * the stash of all worktrees. Refs git guards itself: it moves no branch that another worktree has checked out.
 */

/** Called in its subcommand's place: `args` are the words after it. */
export type GitCommand = (call: Call, args: readonly Field[], top: string | undefined) => void

/** Done when the command is done; what it began and could not finish (a conflict) stays in the index. */
function during(call: Call, ...names: ResourceName[]): void {
  for (const name of names) uses(call, name, { success: false, failure: true })
}

/** Other files may be brought in; which ones, only git knows. It overwrites no uncommitted change of them. */
const bringsIn: GitCommand = (call, args, top) => {
  if (args.some(({ text }) => text === '--show-current-patch')) return
  during(call, '@git/index', '@git/head')
  call.walk.collector.maybeBelow(top ?? call.scope.cwd)
}

function add(call: Call, args: readonly Field[], top: string | undefined): void {
  const { has, operands } = parseOptions(args, { long: ['chmod', 'pathspec-from-file'] })
  if (has('n', 'dry-run')) return
  uses(call, '@git/index', { success: true, failure: true })
  const isOnlyTracked = has('u', 'update')
  if (has('A', 'all', 'u', 'update') && operands.length === 0)
    stageAll(call, top, isOnlyTracked ? 'tracked' : undefined)
  for (const field of operands) stage(call, field, isOnlyTracked ? 'tracked' : undefined)
}

function commit(call: Call, args: readonly Field[], top: string | undefined): void {
  const { has, operands } = parseOptions(args, {
    short: 'mFCctS',
    attached: 'u',
    long: [
      'message',
      'file',
      'author',
      'date',
      'reuse-message',
      'reedit-message',
      'fixup',
      'squash',
      'cleanup',
      'trailer',
    ],
  })
  if (has('dry-run')) return
  // A hook that refuses leaves what was staged before.
  uses(call, '@git/index', { success: false, failure: false })
  uses(call, '@git/head', { success: false, failure: false })
  if (has('a', 'all')) stageAll(call, top, 'tracked')
  for (const field of operands) stage(call, field)
}

const indexOnly: GitCommand = (call) => uses(call, '@git/index', { success: true, failure: true })

const commands: ReadonlyMap<string, GitCommand> = new Map<string, GitCommand>(
  Object.entries({
    add,
    stage: add,
    commit,
    merge: bringsIn,
    pull: bringsIn,
    rebase: bringsIn,
    'cherry-pick': bringsIn,
    revert: bringsIn,
    am: bringsIn,
    bisect: bringsIn,
    checkout,
    switch: switchBranch,
    restore,
    reset,
    stash,
    clean,
    rm: remove,
    mv: rename,
    apply: gitApply,
    'update-index': indexOnly,
    'read-tree': indexOnly,
    'checkout-index': ({ walk }, _args, top) => walk.collector.maybeBelow(top),
    submodule: ({ walk }, _args, top) => walk.collector.maybeBelow(top),
    'sparse-checkout': bringsIn,
    worktree: (call, args) => {
      const [action, ...operands] = args.filter(({ text }) => text?.startsWith('-') !== true)
      const [folder] = action?.text === 'remove' ? operands : []
      const path =
        folder?.text === undefined || call.scope.cwd === undefined ? undefined : resolve(call.scope.cwd, folder.text)
      if (path !== undefined) call.walk.collector.add({ path, reach: 'below', sure: true, act: 'write' })
    },
  } satisfies Record<string, GitCommand>),
)

/** Nothing of this worktree: what is made lies elsewhere. */
const elsewhere: ReadonlySet<string> = new Set([
  'clone',
  'init',
  'lfs',
  'daemon',
  'send-email',
  'format-patch',
  'hash-object',
  'update-ref',
])

/** gh pr checkout brings in another branch; the rest of it does nothing here. */
export const gh: Program = (call) => {
  const [topic, action] = call.args
  if (topic?.text !== 'pr' || action?.text !== 'checkout') return
  const top = call.scope.cwd === undefined ? undefined : call.walk.surroundings.topOf(call.scope.cwd)
  switchBranch(call, [], top)
}

/** git [-C FOLDER] [-c NAME=VALUE] COMMAND …. */
export const git: Program = (call) => {
  const { operands, values, has } = parseOptions(call.args, {
    short: 'Cc',
    long: ['git-dir', 'work-tree', 'namespace', 'exec-path'],
    stops: true,
  })
  const [command, ...args] = operands
  if (command === undefined) return
  const scope = { ...call.scope }
  for (const { text } of values('C')) {
    scope.cwd = text === undefined || scope.cwd === undefined ? undefined : resolve(scope.cwd, text)
  }
  const run = commands.get(command.text ?? '')
  if (command.text === undefined || has('git-dir', 'work-tree')) return call.walk.collector.opaque()
  if (run !== undefined) {
    const top = scope.cwd === undefined ? undefined : call.walk.surroundings.topOf(scope.cwd)
    run({ ...call, scope }, args, top)
  } else if (readingGit.has(command.text)) {
    // git diff --output=FILE, git archive -o FILE.
    const outputs = parseOptions(args, { short: 'o', long: ['output'] }).values(
      'output',
      command.text === 'archive' ? 'o' : '',
    )
    writeEach({ ...call, scope }, outputs)
  } else if (!elsewhere.has(command.text)) call.walk.collector.opaque()
}
