import { join } from 'node:path'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { JsonProblem, memberOf, parseJson, plainValue } from './jsonTree.js'
import { readSnapshot, textOf } from './snapshot.js'

/** A person's settings in which the plugin is switched on; undefined: it is not. A file that cannot be read counts as without. */
export function pluginSettings(home: string): string | undefined {
  const path = join(home, '.claude/settings.json')
  try {
    const text = textOf(readSnapshot(path))
    const enabled = text.trim() === '' ? undefined : memberOf(parseJson(text), 'enabledPlugins')?.value
    if (enabled?.kind !== 'object') return undefined
    const isOn = enabled.members.some(({ key, value }) => key.startsWith('coordlog@') && plainValue(value) === true)
    return isOn ? path : undefined
  } catch (error) {
    if (error instanceof JsonProblem || error instanceof RuntimeProblem) return undefined
    throw error
  }
}
