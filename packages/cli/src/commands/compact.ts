import { type CompactReport, compactLog } from '@coordlog/log/compaction'
import { fold } from '@coordlog/runtime/coordination'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { toggle, whole } from '../flags/kinds.js'
import { answer } from '../output/answer.js'
import { progressOn } from '../output/progress.js'
import { bytesText } from '../output/sizes.js'
import { placeOf } from '../settings.js'

const keepDaysDefault = 30
const dayMs = 86_400_000

export const compact = defineCommand({
  summary: 'pack or drop old segments of the log',
  description:
    `Segments of which every event is older than --keep-days (default ${keepDaysDefault}) are packed with gzip and still read by everything; with ` +
    '--drop they go, and only the state that they led to stays. Before, everything is folded and compared with each snapshot. Others ' +
    'may go on working meanwhile. The segment in use always stays.',
  args: {},
  flags: {
    'keep-days': whole('keep-days', 0, 36_500)({ summary: 'leave events of so many days as they are' }),
    archive: toggle('pack them (the default)'),
    drop: toggle('remove them: what happened in them can no longer be asked'),
    'dry-run': toggle('only say what would be done'),
  },
  examples: [
    { does: 'see what it would save', line: 'coord compact --dry-run' },
    { does: 'keep a week as it is', line: 'coord compact --keep-days 7' },
  ],
  run: async (call) => {
    const { archive, drop, 'keep-days': keepDays = keepDaysDefault, 'dry-run': dryRun } = call.flags
    if (archive && drop) throw usage('--archive packs and --drop removes; give one of them.')
    const { clock } = call.context
    const now = clock.now()
    const { onProgress, done } = progressOn(call, 'segments')
    const report = await compactLog(placeOf(call).directory, fold, {
      mode: drop ? 'drop' : 'archive',
      olderThan: new Date(Date.parse(now) - keepDays * dayMs).toISOString(),
      dryRun,
      time: now,
      onProgress,
    })
    await done()
    await answer(call, { ok: true, ...report }, () => lines(report, keepDays))
    return exitCodes.done
  },
})

function lines({ dryRun, mode, segments, bytesSaved }: CompactReport, keepDays: number): string[] {
  const [first, last] = [segments[0], segments.at(-1)]
  if (first === undefined || last === undefined) {
    return [`Nothing to compact: no sealed segment is older than ${keepDays} days.`]
  }
  const done = mode === 'drop' ? 'dropped' : 'packed'
  const verb = dryRun ? `would be ${done}` : done
  return [
    `Segments ${verb}: ${segments.length} (events ${first.firstSequence} to ${last.lastSequence})`,
    `Space ${dryRun ? 'that would be saved' : 'saved'}: ${bytesText(bytesSaved)}`,
  ]
}
