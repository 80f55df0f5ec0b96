import { readdirSync, readFileSync, statSync } from 'node:fs'
import { deepestExisting, findRepository, type Place } from '@coordlog/runtime/place'
import { errorCode } from '@coordlog/runtime/problems'
import type { Environment } from '../contract.js'
import type { Surroundings } from './writes.js'

const namesMax = 5_000
const textBytesMax = 1_048_576

/** The file system, as the analysis of a command may look at it. */
export function surroundingsOf(place: Place, cwd: string, env: Environment): Surroundings {
  return {
    cwd,
    home: env['HOME'],
    topOf: (folder) =>
      findRepository(deepestExisting(folder))?.worktree ?? (place.kind === 'folder' ? place.worktree : undefined),
    list(folder) {
      const names = unlessRefused(() => readdirSync(folder))
      return names === undefined || names.length > namesMax ? undefined : names
    },
    kindOf(path) {
      const found = unlessRefused(() => statSync(path, { throwIfNoEntry: false }))
      if (found === undefined) return 'absent'
      return found.isDirectory() ? 'folder' : 'file'
    },
    read(path) {
      const found = unlessRefused(() => statSync(path, { throwIfNoEntry: false }))
      if (found === undefined || !found.isFile() || found.size > textBytesMax) return undefined
      return unlessRefused(() => readFileSync(path, 'utf8'))
    },
  }
}

/** Names come from a command's text: whatever the system says of them is an answer. */
function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}
