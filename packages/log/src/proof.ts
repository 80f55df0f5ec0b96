import type { Damage, Fold, LogRecord } from './contract.js'
import { fromBase, fromNothing, lostBefore, takeIn } from './folding.js'
import { hexOf } from './hash.js'
import { canonicalJson } from './json.js'
import { breathe } from './pause.js'
import { advance, type Reader, readNoted } from './reading.js'
import { readSnapshot } from './snapshot.js'
import { stateOf } from './snapshotCodec.js'
import type { Position } from './walk.js'

/**
 * good: the same state as a full fold. otherFold: its bytes verify, but another version of the fold made it.
 * outdated: of records that a compaction has dropped, so that it cannot be compared. unreadable: not wholly what was
 * written. foreign: of another chain. differs: not what a full fold gives.
 */
export type SnapshotVerdict = 'good' | 'otherFold' | 'outdated' | 'unreadable' | 'foreign' | 'differs'

/** A segment with a segment after it, and what a full fold gives at its end. */
export interface SealedSegment {
  readonly first: number
  readonly last: number
  readonly hash: bigint
  /** Time of its last record, and the latest of any up to there. */
  readonly lastTime: string
  readonly latestTime: string | undefined
}

/** A fold of all records there are, which believed no snapshot. */
export interface FullFold<State> {
  readonly state: State
  readonly position: Position
  /** The latest time of any record; undefined if that is not known. */
  readonly latestTime: string | undefined
  readonly firstSequence: number
  readonly damage: Damage | undefined
  readonly sealed: readonly SealedSegment[]
  /** Verdicts on the snapshots asked for, as far as their records came by. */
  readonly verdicts: ReadonlyMap<number, SnapshotVerdict>
}

export interface FullFoldQuestions<State> {
  /** Sequences of snapshots to compare. */
  readonly snapshots: readonly number[]
  readonly onProgress?: ((sequence: number, lastSequence: number) => void) | undefined
  /** Sees each state at the end of a sealed segment; the fold changes it afterwards. */
  readonly onSealed?: (segment: SealedSegment, state: State) => void
}

/** Folds everything from the first record on, or from the base that stands for the dropped ones. */
export async function foldEverything<State>(
  reader: Reader,
  fold: Fold<State>,
  questions: FullFoldQuestions<State>,
): Promise<FullFold<State>> {
  const noted = readNoted(reader)
  const folded = fromBase(reader, fold) ?? fromNothing(fold)
  const { position } = folded
  const firstSequence = position.sequence + 1
  const wanted = new Set(questions.snapshots)
  const verdicts = new Map<number, SnapshotVerdict>()
  const sealed: SealedSegment[] = []
  let segment = position.segment
  let previous: LogRecord | undefined
  const look = (sequence: number, hash: string) => {
    if (wanted.has(sequence)) verdicts.set(sequence, judgeSnapshot(reader, fold, folded.state, sequence, hash))
  }
  const seal = (hash: bigint) => {
    if (previous === undefined) return
    const ended = { first: segment, last: previous.seq, hash, lastTime: previous.ts, latestTime: folded.latestTime }
    sealed.push(ended)
    questions.onSealed?.(ended, folded.state)
  }
  look(position.sequence, hexOf(position.hash))
  let damage = lostBefore(reader, position, fold.version)
  while (damage === undefined) {
    const result = advance(reader, position, noted, (record) => {
      if (position.segment !== segment) {
        seal(position.hash)
        segment = position.segment
      }
      takeIn(fold, folded, record)
      previous = record
      look(record.seq, record.h)
      return true
    })
    damage = result.kind === 'end' ? result.damage : undefined
    if (result.kind === 'end') break
    questions.onProgress?.(position.sequence, noted?.note.sequence ?? position.sequence)
    await breathe()
  }
  const { state, latestTime } = folded
  return { state, position, latestTime, firstSequence, damage, sealed, verdicts }
}

function judgeSnapshot<State>(
  reader: Reader,
  fold: Fold<State>,
  state: State,
  sequence: number,
  hash: string,
): SnapshotVerdict {
  const { fs, places } = reader.engine
  const snapshot = readSnapshot(fs, places, sequence)
  if (snapshot === undefined) return 'unreadable'
  if (hexOf(snapshot.position.hash) !== hash) return 'foreign'
  if (snapshot.foldVersion !== fold.version) return 'otherFold'
  return canonicalJson(stateOf(fold, snapshot)) === canonicalJson(state) ? 'good' : 'differs'
}

/** No reason to doubt the log, or the snapshot. */
export function isHarmless(verdict: SnapshotVerdict): boolean {
  return verdict === 'good' || verdict === 'otherFold' || verdict === 'outdated'
}
