import { pathOf } from '../collector.js'
import { type Call, isFolder } from '../program.js'
import type { Field } from '../scope.js'
import type { Target } from '../writes.js'

/** Files as git is given them: a file, a folder with all below it, a pattern. */

export function stage(call: Call, field: Field, only?: Target['only']): void {
  reach(call, field, 'stage', only)
}

/** What is there is replaced by what git has of it. */
export function restoreFrom(call: Call, field: Field): void {
  reach(call, field, 'write', 'tracked')
}

export function stageAll({ walk }: Call, top: string | undefined, only?: Target['only']): void {
  if (top === undefined) walk.collector.opaque()
  else walk.collector.add({ path: top, reach: 'below', sure: true, act: 'stage', ...(only !== undefined && { only }) })
}

/** A name is of a folder when there is one; a pattern of git's own, or a magic word, is not gone into. */
function reach(call: Call, field: Field, act: Target['act'], only: Target['only']): void {
  const { collector } = call.walk
  const path = pathOf(field, call.scope)
  const isPattern = field.text !== undefined && (/[*?[]/.test(field.text) || field.text.startsWith(':'))
  if (path === undefined || isPattern) {
    const below = field.below ?? call.scope.cwd
    if (below === undefined) collector.opaque()
    else collector.add({ path: below, reach: 'below', sure: false, act })
  } else if (isFolder(call, field)) {
    collector.add({ path, reach: 'below', sure: true, act, ...(only !== undefined && { only }) })
  } else if (path !== '') collector.add({ path, reach: 'file', sure: true, act })
}
