import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { isAbsence, realOrSame } from './place.js'
import { errorCode } from './problems.js'

/** What git keeps for one worktree, found by looking at files. */
export interface GitFolder {
  /** Where its index and HEAD are. */
  folder: string
  /** Git's own name of a linked worktree; none: the main checkout. */
  linked: string | undefined
}

export function gitFolderOf(worktree: string): GitFolder {
  const dotGit = join(worktree, '.git')
  const target = /^gitdir: (.+)$/m.exec(textOf(dotGit) ?? '')?.[1]
  if (target === undefined) return { folder: dotGit, linked: undefined }
  const folder = realOrSame(resolve(worktree, target.trim()))
  return { folder, linked: basename(dirname(folder)) === 'worktrees' ? basename(folder) : undefined }
}

/** What git would find in a file: nothing that it knows, something else than in the index, or the same. */
export type Work = 'untracked' | 'changed' | 'clean'

/**
 * By what the index says of the file, as git itself looks first. undefined: there is no index, or one whose names are not
 * written out (version 4).
 */
export function workIn({ folder }: GitFolder, path: string, file: string): Work | undefined {
  const index = bytesOf(join(folder, 'index'))
  if (index === undefined || index.length < headBytes || index.readUInt32BE(4) > 3) return undefined
  const entry = entryIn(index, path)
  if (entry === undefined) return 'untracked'
  const found = statSync(file, { throwIfNoEntry: false, bigint: true })
  if (found === undefined) return 'changed'
  const isSameTime = found.mtimeNs === BigInt(entry.seconds) * 1_000_000_000n + BigInt(entry.nanoseconds)
  return isSameTime && Number(found.size & 0xffff_ffffn) === entry.size ? 'clean' : 'changed'
}

const headBytes = 12
/** An entry: times (8, 8), device, inode, mode, user, group, size (4 each), hash (20), flags (2), in version 3 perhaps 2 more; the name. */
const entryBytes = 62
const nameLengthMask = 0xfff

interface Entry {
  seconds: number
  nanoseconds: number
  size: number
}

function entryIn(index: Buffer, path: string): Entry | undefined {
  const name = Buffer.from(`${path}\0`)
  const length = Math.min(name.length - 1, nameLengthMask)
  for (let at = index.indexOf(name, headBytes + entryBytes); at >= 0; at = index.indexOf(name, at + 1)) {
    for (const start of [at - entryBytes, at - entryBytes - 2]) {
      if (start < headBytes || (index.readUInt16BE(start + 60) & nameLengthMask) !== length) continue
      return {
        seconds: index.readUInt32BE(start + 8),
        nanoseconds: index.readUInt32BE(start + 12),
        size: index.readUInt32BE(start + 36),
      }
    }
  }
  return undefined
}

function textOf(file: string): string | undefined {
  return bytesOf(file)?.toString('utf8')
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    const code = errorCode(error)
    if (isAbsence(error) || code === 'EISDIR' || code === 'EACCES') return undefined
    throw error
  }
}
