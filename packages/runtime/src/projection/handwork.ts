import { below } from '../place.js'
import { isAsWritten } from './decisionFile.js'
import { setAsideEarlierFiles, setAsideEdit } from './earlierFiles.js'
import { type Marker, readMarkerHead, traceOf } from './marker.js'
import { namesIn, textIfThere } from './worktrees.js'

/** What people did to the files by hand: a lock's file removed means its release; an edited decision log is kept aside. */

export interface RemovedLock {
  path: string
  token: number
}

/** Costs three looks at file names. Whether there may be something to take notice of; a writer at work looks like it too. */
export function isTouched(folder: string): boolean {
  const head = readMarkerHead(folder)
  if (head === undefined) return false
  return head.lockFolder !== traceOf(lockFolder(folder)) || head.decisionFile !== traceOf(decisionFile(folder))
}

/** Lock files that were written and are not there any more. A folder that is gone as a whole says nothing. */
export function removedLocks(folder: string, marker: Marker): RemovedLock[] {
  if (traceOf(lockFolder(folder)) === 'absent') return []
  const there = new Set(namesIn(lockFolder(folder)))
  return Object.entries(marker.locks)
    .filter(([id]) => !there.has(`${id}.json`))
    .map(([, { path, token }]) => ({ path, token }))
}

/** Keeps what is not ours to overwrite, and returns a line for people about each. */
export function keepHandwork(folder: string, marker: Marker | undefined, at: string): string[] {
  if (marker === undefined) {
    const kept = setAsideEarlierFiles(folder, at)
    if (kept !== undefined) {
      return [
        `files of an earlier system were moved to ${kept}. To take over what they hold, run: coord import ${kept}`,
      ]
    }
  }
  const file = decisionFile(folder)
  if (marker?.head.decisionFile === traceOf(file)) return []
  const text = textIfThere(file)
  if (text === undefined || text === '' || isAsWritten(text)) return []
  const kept = setAsideEdit(folder, file, at)
  return [
    `${file} was edited by hand. It is a copy: the decisions are in the log, all of them, and the edit changed none. ` +
      `The edited file is now ${kept}. To show fewer, run: coord config set compat.decisions 100`,
  ]
}

export function lockFolder(folder: string): string {
  return below(folder, 'locks')
}

export function decisionFile(folder: string): string {
  return below(folder, 'decision-log.json')
}
