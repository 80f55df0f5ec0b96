import type { Fold } from './contract.js'
import { writeFilters } from './filterFiles.js'
import { type Folded, type Folding, foldForward, inTurn } from './folding.js'
import { underLock, underMaintenance } from './head.js'
import type { Writer } from './recovery.js'
import { sealSegments } from './seals.js'
import { listSnapshots, type SnapshotSize, writeSnapshot } from './snapshot.js'
import { headAtRest, makeDurable } from './tail.js'
import { closeWalker } from './walk.js'

/** When a snapshot is worth its 3 ms: after so many records, or so many bytes of them. */
export interface SnapshotPolicy {
  readonly recordsMin: number
  readonly bytesMin: number
}

/**
 * For processes that live for one event. Each record after the snapshot costs the next one 14 µs, where the code is not compiled
 * yet, and a snapshot costs one of them 5 ms after its answer: at 64 the two are least together. Where the state itself is
 * large, a snapshot waits until a quarter of its size has been written as records; what of it is deferred costs a cold start
 * less than the records it would read, and weighs less.
 */
export const SNAPSHOT_POLICY: SnapshotPolicy = { recordsMin: 64, bytesMin: 64 * 1024 }
const STATE_SHARE = 0.25
const DEFERRED_SHARE = 1 / 16

/** With a snapshot segments are sealed that have been closed since: rarely one. 70 ms each with its filter, and many wait only in a directory of an older program. */
const SEALED_AT_ONCE = 2

export type SnapshotOutcome =
  | { readonly kind: 'written'; readonly sequence: number; readonly bytes: number }
  | { readonly kind: 'notDue' }
  /** Another process is taking one or compacting, or the end of the log needs a writer's care first. */
  | { readonly kind: 'busy' }

/** Takes a snapshot if the policy asks for one. */
export function snapshotIfDue<State>(
  folding: Folding,
  writer: Writer,
  fold: Fold<State>,
  policy: SnapshotPolicy,
): Promise<SnapshotOutcome> {
  return inTurn(folding, async () => {
    const { folded, damage } = await foldForward(folding, fold)
    if (damage !== undefined || !isDue(folding, folded, policy)) return { kind: 'notDue' }
    return takeSnapshot(writer, fold, folded)
  })
}

function isDue(folding: Folding, folded: Folded<unknown>, policy: SnapshotPolicy): boolean {
  const { sequence } = folded.position
  const records = sequence - folded.snapshot.sequence
  if (records < policy.recordsMin && (folded.bytesSince < policy.bytesMin || records === 0)) return false
  if (folded.bytesSince < bytesWorth(folded.snapshot)) return false
  const { fs, places } = folding.reader.engine
  const newest = listSnapshots(fs, places).at(-1) ?? 0
  return newest === folded.snapshot.sequence || sequence - newest >= policy.recordsMin
}

function bytesWorth({ bytes, deferredBytes }: SnapshotSize): number {
  return (bytes - deferredBytes) * STATE_SHARE + deferredBytes * DEFERRED_SHARE
}

/**
 * Takes a snapshot of what has been folded. First the log is made durable up to there, under the lock; then the file is
 * written, and closed segments are sealed, while others append.
 */
async function takeSnapshot<State>(writer: Writer, fold: Fold<State>, folded: Folded<State>): Promise<SnapshotOutcome> {
  const { engine } = writer
  const { sequence } = folded.position
  const durableSequence = await underLock(engine, writer.slot, (head) => {
    const note = headAtRest(engine, head, writer.tail)
    return note === undefined ? 0 : makeDurable(engine, head, writer.tail, note).durableSequence
  })
  if (durableSequence < sequence) return { kind: 'busy' }
  const done = await underMaintenance(engine, () => {
    const size = writeSnapshot(engine.fs, engine.places, fold, folded, engine.milestoneRecords)
    sealSegments(writer.walker, folded.position, SEALED_AT_ONCE)
    writeFilters(writer.walker, folded.position, SEALED_AT_ONCE)
    closeWalker(writer.walker)
    return size
  })
  if (done === undefined) return { kind: 'busy' }
  folded.snapshot = done.result
  folded.bytesSince = 0
  return { kind: 'written', sequence, bytes: done.result.bytes }
}
