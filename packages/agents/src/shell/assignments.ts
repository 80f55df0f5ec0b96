import type { Assignment } from 'unbash'
import type { Field, Scope, Value } from './scope.js'
import { assignedValue, fieldsOf } from './words.js'
import type { Surroundings } from './writes.js'

/** NAME=value, NAME+=value, NAME=(a b). Gives back the word as a program would be given it. */
export function assign({ name, value, append, index }: Assignment, scope: Scope, surroundings: Surroundings): Field[] {
  const given: Value =
    value.type === 'Word'
      ? assignedValue(value, scope, surroundings)
      : together(value.elements.flatMap((word) => fieldsOf(word, scope, surroundings)))
  const before = scope.variables.get(name)
  scope.variables.set(
    name,
    index === undefined ? joined(before, given, append === true, value.type) : { below: undefined },
  )
  if (value.type !== 'Word') return []
  return [{ text: 'texts' in given ? `${name}=${given.texts[0] ?? ''}` : undefined }]
}

function together(fields: readonly Field[]): Value {
  const texts = fields.flatMap(({ text }) => (text === undefined ? [] : [text]))
  return texts.length === fields.length ? { texts } : { below: fields.find(({ below }) => below !== undefined)?.below }
}

function joined(before: Value | undefined, given: Value, appends: boolean, kind: 'Word' | 'ArrayValue'): Value {
  if (!appends) return given
  if (before === undefined || !('texts' in before) || !('texts' in given)) return { below: undefined }
  return kind === 'ArrayValue'
    ? { texts: [...before.texts, ...given.texts] }
    : { texts: [`${before.texts[0] ?? ''}${given.texts[0] ?? ''}`] }
}
