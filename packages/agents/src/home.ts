import { findPlace } from '@coordlog/runtime/place'
import type { Environment, Sender } from './contract.js'

/**
 * The folder at which the sender is coordinated. The working folder decides as long as it is in the repository in which
 * the session started: another worktree of it is another worktree. When it has wandered off into another repository, or
 * out of any, the session stays where it began, or its leases would lie in one log and their end in another.
 */
export function homeOf({ cwd, startFolder }: Sender, env: Environment): string {
  if (startFolder === undefined || startFolder === cwd) return cwd
  const here = findPlace({ cwd, env })
  const start = findPlace({ cwd: startFolder, env })
  if (here.kind === 'folder') return startFolder
  return start.kind === 'folder' || start.commonDir === here.commonDir ? cwd : startFolder
}
