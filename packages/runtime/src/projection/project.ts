import { join } from 'node:path'
import type { State } from '@coordlog/coordination/state'
import type { Present } from '@coordlog/coordination/views'
import type { Loaded } from '@coordlog/log/contract'
import { realFileSystem as fs, loadFlock } from '@coordlog/log/fileSystem'
import { sleep } from '@coordlog/log/pause'
import { isAbsence, type Place } from '../place.js'
import { isShownSoFar } from './decisionFile.js'
import { type Projection, projectionOf, writeFiles } from './files.js'
import { isTouched, keepHandwork, type RemovedLock, removedLocks } from './handwork.js'
import { type Marker, readMarker, readMarkerHead } from './marker.js'
import { isGoing, takeBack } from './vanishing.js'
import { coordinationFolder, installedWorktrees, isInstalled, ownDirectory } from './worktrees.js'

/** What projecting needs of an open coordination. */
export interface Source {
  readonly place: Place
  readonly decisionsMax: number | undefined
  load(): Promise<Loaded<State>>
  present(state: State): Present
  now(): string
  /** Records that the lease of that token has ended because its file was removed; nothing if it has ended already. */
  releaseByHand(lock: RemovedLock): Promise<void>
  /** A line for people: what was done by hand, and what became of it. */
  tell(worktree: string, line: string): void
}

/** Before anything is decided: was something done by hand here? If so it is taken notice of at once. */
export async function noticeHandwork(source: Source): Promise<void> {
  const { place } = source
  if (place.directory !== ownDirectory(place) || !isTouched(coordinationFolder(place.worktree))) return
  if (isInstalled(place.worktree)) await project(source, 1)
}

const triesMax = 3

/**
 * Writes the predecessor's files into every worktree that has coordlog, as the fold of the newest event. Nobody reads them as
 * truth. Under a lock of its own, and the state is loaded under it: so no older fold overwrites a newer one. Somebody
 * else at it will not have seen our last event, if at all, only because it came a moment ago: hence the second try.
 */
export async function project(source: Source, tries = triesMax): Promise<void> {
  const { place } = source
  const { sequence, damage } = await source.load()
  if (damage !== undefined) return
  const worktrees = installedWorktrees(place).filter((worktree) => !isGoing(place, worktree))
  const isDone = (worktree: string) => {
    const folder = coordinationFolder(worktree)
    const head = readMarkerHead(folder)
    return head?.sequence === sequence && isShownSoFar(head.decisions, source.decisionsMax) && !isTouched(folder)
  }
  if (worktrees.every(isDone)) return
  await loadFlock()
  const descriptor = fs.open(join(place.directory, 'projection.lock'), 'update')
  try {
    for (let attempt = 1; !fs.tryLock(descriptor); attempt++) {
      if (attempt >= tries) return
      await sleep(2 * attempt)
    }
    await writeAll(source, worktrees)
  } finally {
    fs.close(descriptor)
  }
}

interface Target {
  worktree: string
  folder: string
  marker: Marker | undefined
}

async function writeAll(source: Source, worktrees: readonly string[]): Promise<void> {
  const found = worktrees.map((worktree): Target => {
    const folder = coordinationFolder(worktree)
    return { worktree, folder, marker: readMarker(folder) }
  })
  const { sequence } = await source.load()
  // A marker from the future is of a log that was replaced since: nothing follows from it.
  const targets = found.map((target) =>
    target.marker !== undefined && target.marker.head.sequence > sequence ? { ...target, marker: undefined } : target,
  )
  for (const { folder, marker } of targets) {
    for (const lock of marker === undefined ? [] : removedLocks(folder, marker)) await source.releaseByHand(lock)
  }
  for (const { worktree, folder, marker } of targets) {
    if (isGoing(source.place, worktree)) continue
    for (const line of keepHandwork(folder, marker, source.now())) source.tell(worktree, line)
  }
  const { state, damage } = await source.load()
  if (damage !== undefined) return
  const projection = projectionOf(state, source.present(state), source.decisionsMax)
  for (const target of targets) writeInto(source.place, target, projection)
}

/** One that goes meanwhile must neither be made again nor keep the others from theirs. */
function writeInto(place: Place, { worktree, folder, marker }: Target, projection: Projection): void {
  if (isGoing(place, worktree)) return
  try {
    writeFiles(folder, projection, marker)
  } catch (error) {
    if (!isAbsence(error) || !isGoing(place, worktree)) throw error
  }
  const { locks, heartbeats } = projection
  if (isGoing(place, worktree)) takeBack(worktree, { locks: locks.keys(), heartbeats: heartbeats.keys() })
}
