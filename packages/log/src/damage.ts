import { isArchived } from './archive.js'
import { printable } from './chain.js'
import type { Damage, DamageKind } from './contract.js'
import { archivePath, listSegments, segmentPath } from './directory.js'
import { hexOf } from './hash.js'
import type { HeadNote } from './headNote.js'
import { judge, type Verdict } from './verdict.js'
import { closeWalker, type Position, type Walker, writtenHashAt } from './walk.js'

/** A note as the judgement of damage needs it. */
export interface Noted {
  readonly note: HeadNote
  /** The system was restarted since it was written. */
  readonly isRebooted: boolean
}

export function damageAt(walker: Walker, position: Position, kind: DamageKind, reason: string): Damage {
  const path = segmentPath(walker.places, position.segment)
  const isArchivedOnly = walker.fs.facts(path) === undefined && isArchived(walker.fs, walker.places, position.segment)
  return {
    kind,
    file: isArchivedOnly ? archivePath(walker.places, position.segment) : path,
    offset: position.offset,
    lastGoodSequence: position.sequence,
    reason,
  }
}

/** Whether the bytes that follow `position` to the end of its segment, and do not verify, are torn. */
export function judgeBytes(
  walker: Walker,
  position: Position,
  noted: Noted | undefined,
  bytes: Buffer,
  bad: string | undefined,
): Verdict {
  const last = listSegments(walker.fs, walker.places).at(-1) ?? position.segment
  const verdict = judge({
    bytes,
    good: position,
    bad,
    isLast: last <= position.segment,
    noted:
      noted === undefined
        ? undefined
        : { ...noted.note, isRebooted: noted.isRebooted, isRepairing: noted.note.phase === 'repair' },
    hashAt: (sequence) => writtenHashAt(walker, sequence),
  })
  closeWalker(walker)
  return verdict
}

/**
 * A log that ends cleanly at `position` may still have gone back: cut at a line, restored, replaced. The note tells.
 * After a restart of the system the loss of records that were not durable is no damage.
 */
export function rewoundAt(walker: Walker, position: Position, noted: Noted | undefined): Damage | undefined {
  if (noted === undefined) return undefined
  const { note, isRebooted } = noted
  if (position.sequence === note.sequence && position.hash !== note.hash) {
    return replacedAt(walker, position, note, hexOf(position.hash))
  }
  const floor = isRebooted ? note.durableSequence : note.sequence
  if (position.sequence >= floor) return undefined
  const what = isRebooted ? 'was noted as durable' : 'was noted as written'
  return damageAt(walker, position, 'rewound', `the log ends at record ${position.sequence}, and ${floor} ${what}`)
}

/** The noted record has another h than the note says: another log was put in place of this one. */
export function replacedAt(walker: Walker, position: Position, note: HeadNote, found: string): Damage {
  const reason = `record ${note.sequence} carries h ${printable(Buffer.from(found))}, and ${hexOf(note.hash)} was noted`
  return damageAt(walker, position, 'rewound', reason)
}

/** A segment is there, but not the one before it. */
export function gapAt(walker: Walker, position: Position): Damage | undefined {
  const later = listSegments(walker.fs, walker.places).find((first) => first > position.sequence + 1)
  if (later === undefined) return undefined
  const reason = `segment ${position.sequence + 1} is not there, but segment ${later} is`
  return damageAt(walker, position, 'missing', reason)
}
