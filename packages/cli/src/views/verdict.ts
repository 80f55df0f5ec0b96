import { shown } from '@coordlog/coordination/shownText'
import type { VerifyReport } from '@coordlog/log/verify'

const snapshotTexts = {
  good: 'sound',
  otherFold: 'sound, of another version; not used',
  outdated: 'of records that were dropped since; not used',
  unreadable: 'not as it was written; not used',
  foreign: 'of another log; not used',
  differs: 'not what the records give; not used',
} as const

export function verdictLines({ damage, firstSequence, sequence, h, directory, ...report }: VerifyReport): string[] {
  const { segments, archivedSegments, snapshots, notices, ok } = report
  const verdict = ok ? 'Sound' : 'DAMAGED'
  const dropped = firstSequence > 1 ? `, from sequence ${firstSequence} on` : ''
  return [
    `${verdict}: ${shown(directory)}`,
    `  Events: ${Math.max(0, sequence - firstSequence + 1)}${dropped}`,
    `  Last Sequence: ${sequence}${sequence === 0 ? '' : ` (h ${h})`}`,
    `  Segments: ${segments} (${archivedSegments} archived)`,
    `  Snapshots: ${snapshots.length}`,
    ...snapshots.map((each) => `    - at sequence ${each.sequence}: ${snapshotTexts[each.verdict]}`),
    ...notices.map((notice) => `  Note: ${shown(notice)}`),
    ...(damage === undefined
      ? []
      : [
          `  Damage: ${damage.kind}, first bad byte ${damage.offset} of ${shown(damage.file)}`,
          `  Reason: ${shown(damage.reason)}`,
          `  Last Good Sequence: ${damage.lastGoodSequence}. Up to there everything can be read; nothing can be recorded.`,
        ]),
  ]
}
