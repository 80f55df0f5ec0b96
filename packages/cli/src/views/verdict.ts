import { shown } from '@coordlog/coordination/shownText'
import { isHarmless } from '@coordlog/log/proof'
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
  const { segments, archivedSegments, snapshots, notices, ok, seals } = report
  const isIntact = damage === undefined && snapshots.every(({ verdict: each }) => isHarmless(each))
  const verdict = ok ? 'Sound' : isIntact ? 'CHANGED' : 'DAMAGED'
  const dropped = firstSequence > 1 ? `, from sequence ${firstSequence} on` : ''
  return [
    `${verdict}: ${shown(directory)}`,
    `  Events: ${Math.max(0, sequence - firstSequence + 1)}${dropped}`,
    `  Last Sequence: ${sequence}${sequence === 0 ? '' : ` (h ${h})`}`,
    `  Segments: ${segments} (${archivedSegments} archived)`,
    `  Sealed: ${sealText(seals)}`,
    `  Snapshots: ${snapshots.length}`,
    ...snapshots.map((each) => `    - at sequence ${each.sequence}: ${snapshotTexts[each.verdict]}`),
    ...notices.map((notice) => `  Note: ${shown(notice)}`),
    ...seals.faults.map((fault) => `  Changed: ${shown(fault)}`),
    ...(damage === undefined
      ? []
      : [
          `  Damage: ${damage.kind}, first bad byte ${damage.offset} of ${shown(damage.file)}`,
          `  Reason: ${shown(damage.reason)}`,
          `  Last Good Sequence: ${damage.lastGoodSequence}. Up to there everything can be read; nothing can be recorded.`,
        ]),
  ]
}

function sealText({ sealed, compared, unsealed, head }: VerifyReport['seals']): string {
  const later = unsealed === 0 ? '' : `; ${unsealed} more are sealed with the next snapshots`
  if (head === undefined) return `no segment yet${later}`
  const gone = sealed === compared ? '' : ` (${sealed - compared} of them dropped since)`
  return `${sealed} segments by SHA-256${gone}${later}, head ${head}`
}
