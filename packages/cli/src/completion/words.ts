import type { Command } from '../define.js'
import { flagChoices, flagValue } from '../help/labels.js'

/** What the scripts of all shells are made of. */
export interface Completable {
  /** "lock acquire" */
  id: string
  summary: string
  flags: readonly CompletableFlag[]
  /** Closed list that its first argument is one of; empty: free. */
  choices: readonly string[]
  takesPath: boolean
}

export interface CompletableFlag {
  name: string
  summary: string
  takesValue: boolean
  choices: readonly string[]
  takesPath: boolean
}

export function completables(commands: Readonly<Record<string, Command>>): Completable[] {
  return Object.entries(commands).map(([id, { summary, flags, args }]) => ({
    id,
    summary,
    flags: Object.entries(flags).map(([name, flag]) => ({
      name,
      summary: flag.summary ?? '',
      takesValue: flagValue(flag) !== undefined,
      choices: flagChoices(flag),
      takesPath: flagValue(flag) === 'DIR' || flagValue(flag) === 'PATH',
    })),
    choices: Object.values(args).flatMap(({ options = [] }) => options),
    takesPath: Object.keys(args).some((name) => name === 'path' || name === 'dir'),
  }))
}

/** First words, each once; and what may follow each of them. */
export function wordTree(all: readonly Completable[]): Map<string, string[]> {
  const tree = new Map<string, string[]>()
  for (const { id } of all) {
    const [first = '', second] = id.split(' ')
    tree.set(first, [...(tree.get(first) ?? []), ...(second === undefined ? [] : [second])])
  }
  return tree
}
