import { resolve } from 'node:path'
import type { Call, Programs } from '../program.js'
import { copyOf, type Field, type Scope } from '../scope.js'

/** What the shell itself does that changes where, or with which words, later commands run. */

function changeFolder({ args, scope, walk }: Call): void {
  scope.cwd = folderAfter(args, scope, walk.surroundings.home)
}

function folderAfter(args: readonly Field[], { cwd }: Scope, home: string | undefined): string | undefined {
  const [target] = args.filter(({ text }) => text !== '--' && text !== '-P' && text !== '-L' && text !== '-q')
  if (target === undefined) return home
  const { text } = target
  if (text === undefined || text === '-' || text.startsWith('+')) return undefined
  if (text.startsWith('/')) return resolve(text)
  return cwd === undefined ? undefined : resolve(cwd, text)
}

/** export, declare, local, readonly: NAME=value among the words. */
function declare({ args, scope }: Call): void {
  for (const { text } of args) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text ?? '') ?? []
    if (name !== undefined && value !== undefined) scope.variables.set(name, { texts: [value] })
  }
}

/** read, mapfile: variables whose value comes from outside. */
function readVariables({ args, scope, input }: Call): void {
  const below = input.below[0] ?? scope.cwd
  for (const { text } of args)
    if (text !== undefined && /^[A-Za-z_]\w*$/.test(text)) scope.variables.set(text, { below })
}

export const builtins: Programs = {
  cd: changeFolder,
  chdir: changeFolder,
  pushd(call) {
    call.scope.stack.push(call.scope.cwd)
    changeFolder(call)
  },
  popd({ scope }) {
    scope.cwd = scope.stack.pop()
  },
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  read: readVariables,
  mapfile: readVariables,
  readarray: readVariables,
  unset({ args, scope }) {
    for (const { text } of args) if (text !== undefined) scope.variables.delete(text)
  },
  eval({ args, scope, walk, input }) {
    const words = args.map(({ text }) => text)
    if (words.includes(undefined)) walk.collector.opaque()
    else walk.script(words.join(' '), scope, input)
  },
  /** What is to be done at the end. */
  trap({ args, scope, walk }) {
    const [action] = args
    if (args.length > 1 && action?.text !== undefined) walk.script(action.text, copyOf(scope))
  },
  source: ({ walk }) => walk.collector.opaque(),
  '.': ({ walk }) => walk.collector.opaque(),
}
