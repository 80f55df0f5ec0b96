import type { HereDoc, Redirection } from 'unbash'
import { pathOf } from './collector.js'
import { type Field, type Input, noInput, type Scope } from './scope.js'
import type { Walk } from './walk.js'
import { fieldOf } from './words.js'
import type { Surroundings } from './writes.js'

const writing: ReadonlySet<string> = new Set(['>', '>>', '>|', '&>', '&>>', '<>', '>&'])

/** The file that a redirection writes. */
export function redirect({ collector, surroundings }: Walk, redirection: Redirection, scope: Scope): void {
  if (redirection.type !== 'Redirect' || !writing.has(redirection.operator)) return
  const { target, operator } = redirection
  if (target === undefined || target.parts?.some(({ type }) => type === 'ProcessSubstitution')) return
  // 2>&1 and >&- name descriptors.
  if (operator === '>&' && /^(\d+-?|-)$/.test(target.value)) return
  collector.write(fieldOf(target, scope, surroundings), scope)
}

/** What the command is given to read by its redirections, the last one first. */
export function inputOf(
  redirections: readonly Redirection[],
  scope: Scope,
  surroundings: Surroundings,
): Input | undefined {
  for (const redirection of redirections.toReversed()) {
    if (redirection.type === 'HereDoc') return { ...noInput, ...bodyOf(redirection) }
    const { target } = redirection
    const isFile = redirection.type === 'Redirect'
    if (target === undefined || (isFile && redirection.operator !== '<')) continue
    const field = fieldOf(target, scope, surroundings)
    const text = isFile ? contentOf(field, scope, surroundings) : field.text
    return { below: isFile && scope.cwd !== undefined ? [scope.cwd] : [], ...(text !== undefined && { text }) }
  }
  return undefined
}

function contentOf(field: Field, scope: Scope, surroundings: Surroundings): string | undefined {
  const path = pathOf(field, scope)
  return path ? surroundings.read(path) : undefined
}

/** A body with anything to expand in it is not known. */
function bodyOf({ delimiter, body }: HereDoc): { text?: string } {
  const isPlain = delimiter?.quoted === true || (body.parts?.every(({ type }) => type === 'Literal') ?? true)
  return isPlain ? { text: body.text } : {}
}
