import type { Function as ShellFunction } from 'unbash'

/** Where a part of a command runs, and what is known of its variables. Subshells get a copy. */
export interface Scope {
  /** undefined: not known any more. */
  cwd: string | undefined
  stack: (string | undefined)[]
  variables: Map<string, Value>
  functions: Map<string, ShellFunction>
  /** Of functions and commands inside commands. */
  depth: number
}

/** The texts of a variable (more than one: an array), or the folder below which its value lies, if that much is known. */
export type Value = { texts: string[] } | { below: string | undefined }

/** One word of a command after its expansions. */
export interface Field {
  /** undefined: not known. */
  text: string | undefined
  /** What is known of such a word: it names something below this folder. */
  below?: string | undefined
}

/** What a command reads on its standard input. */
export interface Input {
  text?: string
  /** Folders below which the names lie that it is given. */
  below: string[]
}

export const noInput: Input = { below: [] }

export function newScope(cwd: string): Scope {
  return { cwd, stack: [], variables: new Map(), functions: new Map(), depth: 0 }
}

export function copyOf(scope: Scope): Scope {
  return {
    ...scope,
    stack: [...scope.stack],
    variables: new Map(scope.variables),
    functions: new Map(scope.functions),
  }
}

/** After something that may have run or not: what it changed is not known. */
export function blur(scope: Scope, branch: Scope): void {
  if (branch.cwd !== scope.cwd) scope.cwd = undefined
  for (const [name, value] of branch.variables) {
    if (scope.variables.get(name) !== value) scope.variables.set(name, { below: undefined })
  }
  for (const [name, body] of branch.functions) scope.functions.set(name, body)
}

export function known(text: string): Field {
  return { text }
}
