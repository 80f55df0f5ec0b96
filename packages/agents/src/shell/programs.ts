import { basename } from 'node:path'
import type { Program } from './program.js'
import { builtins } from './programs/builtins.js'
import { copying } from './programs/copying.js'
import { downloads } from './programs/downloads.js'
import { formatters } from './programs/formatters.js'
import { gh, git } from './programs/git.js'
import { inPlace } from './programs/inPlace.js'
import { interpreters } from './programs/interpreters.js'
import { packageManagers } from './programs/packages.js'
import { patches } from './programs/patches.js'
import { plainFiles } from './programs/plainFiles.js'
import { wrappers } from './programs/wrappers.js'
import { readers } from './readOnly.js'
import type { Field, Input, Scope } from './scope.js'
import type { Walk } from './walk.js'

const programs: ReadonlyMap<string, Program> = new Map<string, Program>(
  Object.entries({
    ...builtins,
    ...copying,
    ...downloads,
    ...formatters,
    ...inPlace,
    ...interpreters,
    ...packageManagers,
    ...patches,
    ...plainFiles,
    ...wrappers,
    git,
    gh,
  }),
)

/** One simple command, its name first. */
export function runFields(walk: Walk, fields: readonly Field[], scope: Scope, input: Input): void {
  const [first, ...args] = fields
  if (first === undefined) return
  if (first.text === undefined) {
    walk.collector.opaque()
    return
  }
  const body = scope.functions.get(first.text)
  if (body !== undefined) {
    walk.callFunction(body, args, scope, input)
    return
  }
  const name = basename(first.text)
  // A script of the repository may be called like a program of the system.
  const isOwn =
    first.text.includes('/') &&
    !/^\/(usr|bin|sbin|opt)\//.test(first.text) &&
    !first.text.includes('/.venv/') &&
    !first.text.includes('node_modules/.bin/')
  const program = isOwn ? undefined : programs.get(name)
  if (program !== undefined) {
    program({ name, args, scope, input, walk })
    return
  }
  if (isOwn || !readers.has(name)) walk.collector.opaque()
}
