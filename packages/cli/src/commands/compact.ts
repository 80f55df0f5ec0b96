import { type CompactReport, compactLog } from '@coordlog/log/compaction'
import { keepHeapSmall } from '@coordlog/log/smallHeap'
import { fold } from '@coordlog/runtime/coordination'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { size, toggle, whole } from '../flags/kinds.js'
import { type Keeping, keepingOf, keepingText, rulesOf } from '../history/keeping.js'
import { answer } from '../output/answer.js'
import { progressOn } from '../output/progress.js'
import { bytesText } from '../output/sizes.js'
import { withPlace } from '../settings.js'

export const compact = defineCommand({
  summary: 'pack or drop old segments of the log',
  description:
    'Segments of which every event is older than --keep-days, or which lie beyond the newest --keep-bytes, are packed with gzip ' +
    'and still read by everything; with --drop they go, and only the state that they led to stays. What is not given is ' +
    'taken from the settings log.compaction, log.keepDays and log.keepBytes; --keep-days alone keeps so many days, however large. Before, ' +
    'everything is folded and compared with each snapshot. Others may go on working meanwhile. The segment in use always stays.',
  args: {},
  flags: {
    'keep-days': whole('keep-days', 0, 36_500)({ summary: 'leave events of so many days as they are' }),
    'keep-bytes': size('keep-bytes')({ summary: 'leave the newest segments of so much as they are' }),
    archive: toggle('pack them'),
    drop: toggle('remove them: what happened in them can no longer be asked'),
    'dry-run': toggle('only say what would be done'),
  },
  examples: [
    { does: 'see what it would save', line: 'coord compact --dry-run' },
    { does: 'keep a week as it is', line: 'coord compact --keep-days 7' },
  ],
  run: (call) =>
    withPlace(call, async ({ place, config }) => {
      const { archive, drop, 'keep-days': keepDays, 'keep-bytes': keepBytes, 'dry-run': dryRun } = call.flags
      if (archive && drop) throw usage('--archive packs and --drop removes; give one of them.')
      const set = keepingOf(config.log)
      const keeping: Keeping = {
        mode: drop ? 'drop' : archive ? 'archive' : set.mode,
        keepDays: keepDays ?? set.keepDays,
        keepBytes: keepBytes ?? (keepDays === undefined ? set.keepBytes : undefined),
      }
      const time = call.context.clock.now()
      keepHeapSmall()
      const { onProgress, done } = progressOn(call, 'segments')
      const options = { ...rulesOf(keeping, time), dryRun, time, onProgress }
      const report = await compactLog(place.directory, fold, options)
      await done()
      await answer(call, { ok: true, ...report }, () => lines(report, keeping))
      return exitCodes.done
    }),
})

function lines({ dryRun, mode, segments, bytesSaved }: CompactReport, keeping: Keeping): string[] {
  const [first, last] = [segments[0], segments.at(-1)]
  if (first === undefined || last === undefined) {
    return [`Nothing to compact: no sealed segment is ${keepingText(keeping)}.`]
  }
  const done = mode === 'drop' ? 'dropped' : 'packed'
  const verb = dryRun ? `would be ${done}` : done
  return [
    `Segments ${verb}: ${segments.length} (events ${first.firstSequence} to ${last.lastSequence})`,
    `Space ${dryRun ? 'that would be saved' : 'saved'}: ${bytesText(bytesSaved)}`,
  ]
}
