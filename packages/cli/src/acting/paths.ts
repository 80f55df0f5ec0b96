import { resolve } from 'node:path'
import { resourceOf } from '@coordlog/coordination/resources'
import { shown } from '@coordlog/coordination/shownText'
import { limits } from '@coordlog/coordination/vocabulary'
import type { Coordination } from '@coordlog/runtime/coordination'
import { leaseKey } from '@coordlog/runtime/leasePath'
import type { Call, GlobalValues } from '../define.js'
import { usage } from '../exit/failure.js'

export interface Keys {
  /** Lease keys, in the order given, each once. */
  paths: string[]
  /** Each path with the file that it was given as: absolute, links not resolved; a resource is no file. */
  files: { path: string; file: string }[]
  worktree: string
}

/**
 * Paths as they were typed → lease keys. All of them must be files of one worktree of this repository. With --repo they are
 * relative to that folder, as if one stood there.
 */
export function leaseKeys({ place }: Coordination, call: Call<GlobalValues>, typed: readonly string[]): Keys {
  const cwd = resolve(call.context.cwd, call.flags.repo ?? '')
  if (typed.length > limits.list) {
    throw usage(`${typed.length} paths at once; the limit is ${limits.list}.`, {
      length: typed.length,
      limit: limits.list,
    })
  }
  const files = new Map<string, string>()
  let worktree: string | undefined
  for (const path of typed) {
    // A file of such a name is written ./@git/index.
    if (resourceOf(path) !== undefined) {
      files.set(path, '')
      continue
    }
    const key = leaseKey(place, cwd, path)
    const label = shown(path.slice(0, 200))
    if (key.kind === 'refused') throw usage(`Path "${label}": ${key.reason}.`, { path, reason: key.reason })
    if (key.kind === 'outside') {
      throw usage(
        `Path "${label}" is outside the repository ${shown(place.worktree)}; only its files can be locked. ` +
          'Stand in its own repository, or give --repo DIR.',
        { path, worktree: place.worktree },
      )
    }
    if (worktree !== undefined && worktree !== key.worktree) {
      throw usage(
        `Path "${label}" is in the worktree ${shown(key.worktree)}, another one in ${shown(worktree)}; ` +
          'lock the files of one worktree at a time.',
        { path, worktrees: [worktree, key.worktree] },
      )
    }
    worktree = key.worktree
    files.set(key.path, resolve(cwd, path))
  }
  return {
    paths: [...files.keys()],
    files: [...files].filter(([, file]) => file !== '').map(([path, file]) => ({ path, file })),
    worktree: worktree ?? place.worktree,
  }
}
