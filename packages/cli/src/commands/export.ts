import { resolve } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { option, string } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { withCoordination } from '../opened.js'
import { answer, note } from '../output/answer.js'
import { progressOn } from '../output/progress.js'
import { exportHistory, streamTo, streamToFile } from '../transfer/export.js'

export const exportAll = defineCommand({
  summary: 'write the whole history out',
  description:
    'Archived events too. Each record stands as it is in the log, so that coord import FILE makes the same log of it again, byte for byte.',
  args: {},
  flags: {
    format: option({ options: ['ndjson', 'json'] as const })({ summary: 'one record a line (default), or one array' }),
    output: string({ helpValue: 'FILE', summary: 'into this new file instead of stdout' }),
  },
  examples: [
    { does: 'to look into it', line: 'coord export | jq -r .type | sort | uniq -c' },
    { does: 'a copy', line: 'coord export --output "$HOME/history-$(date +%s%N).ndjson"' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { context, flags } = call
      const { sequence: last } = await coordination.load()
      const file = flags.output === undefined ? undefined : resolve(context.cwd, flags.output)
      const target = file === undefined ? streamTo(context.stdout) : streamToFile(file)
      const { onProgress, done } = progressOn(call, 'events')
      const exported = await exportHistory(
        coordination.log,
        flags.format ?? 'ndjson',
        target,
        context.signal,
        ({ seq }) => onProgress(seq, last),
      )
      await done()
      const { records, firstSequence } = exported
      if ((firstSequence ?? 1) > 1) {
        await note(context, `The events before ${firstSequence} were dropped, so this cannot be imported again.`)
      }
      if (file !== undefined) {
        await answer(call, { ok: true, file, ...exported }, () => [`Exported ${records} events to ${shown(file)}`])
      }
      return exitCodes.done
    }),
})
