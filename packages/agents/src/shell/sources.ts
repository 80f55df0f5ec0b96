import type { CommandNode } from 'unbash'
import { pathOf } from './collector.js'
import { type Input, noInput, type Scope } from './scope.js'
import { fieldsOf, listers } from './words.js'
import type { Surroundings } from './writes.js'

/** What a command hands on to the next one of its pipeline: the folders it lists, or a text that it only repeats. */
export function sourcesOf(node: CommandNode, scope: Scope, surroundings: Surroundings): Input {
  if (node.type !== 'Command' || node.name === undefined) return { below: scope.cwd === undefined ? [] : [scope.cwd] }
  const fields = node.args.flatMap((arg) => (arg.type === 'Word' ? fieldsOf(arg, scope, surroundings) : []))
  const name = node.name.value
  const text = textOf(
    name,
    fields.map((field) => field.text),
    scope,
    surroundings,
  )
  if (text !== undefined) return { ...noInput, text, below: scope.cwd === undefined ? [] : [scope.cwd] }
  const folders = listers.has(name)
    ? fields.flatMap((field) => {
        const path = pathOf(field, scope)
        return path && surroundings.kindOf(path) === 'folder' ? [path] : []
      })
    : []
  return { below: folders.length > 0 ? folders : scope.cwd === undefined ? [] : [scope.cwd] }
}

function textOf(
  name: string,
  args: readonly (string | undefined)[],
  scope: Scope,
  surroundings: Surroundings,
): string | undefined {
  const [first, ...others] = args
  if (name === 'cat' && first !== undefined && others.length === 0) {
    const path = pathOf({ text: first }, scope)
    return path ? surroundings.read(path) : undefined
  }
  const words = args.flatMap((arg) => (arg === undefined ? [] : [arg]))
  if (words.length < args.length) return undefined
  if (name === 'echo') return `${words.filter((word) => !/^-[neE]+$/.test(word)).join(' ')}\n`
  if (name !== 'printf') return undefined
  return first === '%s' || first === '%s\n' || first === '%s\\n'
    ? words.slice(1).join('\n')
    : others.length === 0
      ? first?.replaceAll('\\n', '\n')
      : undefined
}
