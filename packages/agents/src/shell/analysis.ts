import { createCollector } from './collector.js'
import { powershellWrites } from './powershell.js'
import { newScope } from './scope.js'
import { createWalk } from './walk.js'
import type { Dialect, Surroundings, Writes } from './writes.js'

/** What a command line will write. Nothing is run. A bundle of its own, because it brings a parser: load.ts. */
export function writesOf(command: string, dialect: Dialect, surroundings: Surroundings): Writes {
  const collector = createCollector()
  const walk = createWalk(surroundings, collector)
  const scope = newScope(surroundings.cwd)
  if (dialect === 'powershell') powershellWrites(command, scope, walk)
  else walk.script(command, scope)
  return collector.found()
}
