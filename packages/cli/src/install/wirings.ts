import { RuntimeProblem } from '@coordlog/runtime/problems'
import type { Wiring } from './agent.js'
import { JsonProblem } from './jsonTree.js'
import { type HookForm, oursIn } from './settings.js'
import { readSnapshot, textOf } from './snapshot.js'

/** Those of the files in which a handler of ours stands. A file that cannot be read counts as without. */
export function wiringsAmong(files: readonly Wiring[], form: HookForm): Wiring[] {
  return files.filter(({ path }) => holds(path, (text) => oursIn(text, form).length > 0))
}

export function holds(path: string, isOurs: (text: string) => boolean): boolean {
  try {
    return isOurs(textOf(readSnapshot(path)))
  } catch (error) {
    if (error instanceof JsonProblem || error instanceof RuntimeProblem) return false
    throw error
  }
}

/** Empty when there is no such file. Throws RuntimeProblem. */
export function readText(path: string): string {
  return textOf(readSnapshot(path))
}
