import { shown } from '@coordlog/coordination/shownText'
import { type VerifyReport, verifyLog } from '@coordlog/log/verify'
import { fold } from '@coordlog/runtime/coordination'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { answer } from '../output/answer.js'
import { placeOf } from '../settings.js'

export const verify = defineCommand({
  summary: 'check every byte of the log and every snapshot',
  description:
    'Format, checksums, the chain over all records, sequences, and each snapshot against a fold of everything before it. It takes ' +
    'no lock and changes nothing. Exit code 1: damage was found. The checksums show accidents, not malice.',
  args: {},
  flags: {},
  examples: [
    { does: 'after a crash, or before a backup', line: 'coord verify' },
    { does: 'in a script', line: 'coord verify --json | jq .ok' },
  ],
  run: async (call) => {
    const report = await verifyLog(placeOf(call).directory, fold)
    const { ok, ...rest } = report
    await answer(call, { ok, ...rest }, () => verdictLines(report))
    return ok ? exitCodes.done : exitCodes.no
  },
})

const snapshotTexts = {
  good: 'sound',
  otherFold: 'sound, of another version; not used',
  outdated: 'of records that were dropped since; not used',
  unreadable: 'not as it was written; not used',
  foreign: 'of another log; not used',
  differs: 'not what the records give; not used',
} as const

function verdictLines({ damage, firstSequence, sequence, h, directory, ...report }: VerifyReport): string[] {
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
