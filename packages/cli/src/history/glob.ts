import type { Coordination } from '@coordlog/runtime/coordination'
import { leaseKeys } from '../acting/paths.js'
import type { Call, GlobalValues } from '../define.js'

/** Whether a path is meant as a pattern: "*", "?" and "[" stand in few file names and in every glob. */
function isGlob(path: string): boolean {
  return /[*?[]/.test(path)
}

/** `**` is any number of folders, `*` and `?` stay within one name, `[ab]` is one of those characters. */
export function globMatcher(glob: string): (path: string) => boolean {
  const pattern = glob.replace(/^\.\//, '').replaceAll(/\*\*\/?|\*|\?|\[!?[^\]/]+\]|[\\^$.|+(){}[\]]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 2) return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`
    return `\\${part}`
  })
  const whole = new RegExp(`^${pattern}$`, 'u')
  return (path) => whole.test(path)
}

/** A file as it was typed, or a pattern of paths from the repository's root. */
export function pathTest(
  coordination: Coordination,
  call: Call<GlobalValues>,
  typed: string,
): (path: string) => boolean {
  if (isGlob(typed)) return globMatcher(typed)
  const key = leaseKeys(coordination, call, [typed]).paths[0] ?? typed
  return (path) => path === key
}
