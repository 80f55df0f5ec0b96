import { shown } from '@coordlog/coordination/shownText'
import { type RawRecord, readRawRecord } from '@coordlog/log/rawRecord'
import type { Coordination } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/args'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { refused, usage } from '../../exit/failure.js'
import { withCoordination } from '../../opened.js'
import { answer, note } from '../../output/answer.js'
import { isSound, rawDocument, rawLines } from '../../views/rawRecord.js'

export const logShow = defineCommand({
  summary: 'show one event, whole: data, bytes, checksum, neighbours',
  description: 'Also as: coord show SEQUENCE. Exit code 65: its bytes are not as they were written.',
  args: { sequence: string({ required: true, ignoreStdin: true, description: 'its number, as coord log prints it' }) },
  flags: {},
  examples: [
    { does: 'the first event of all', line: 'coord log show 1' },
    { does: 'the line as it is stored', line: 'coord log show 1 --json | jq -r .stored.line' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { sequence } = call.args
      if (!/^[1-9]\d{0,14}$/.test(sequence)) {
        throw usage(`SEQUENCE "${shown(sequence.slice(0, 60))}" is not a whole number from 1 on.`, { value: sequence })
      }
      const raw = await rawRecordAt(coordination, Number(sequence))
      await answer(call, rawDocument(raw), () => rawLines(raw))
      if (isSound(raw)) return exitCodes.done
      await note(call.context, 'This line is not as it was written. Run: coord verify')
      return exitCodes.damaged
    }),
})

async function rawRecordAt({ place, log }: Coordination, sequence: number): Promise<RawRecord> {
  const raw = await readRawRecord(place.directory, sequence)
  if (raw !== undefined) return raw
  for await (const record of log.read(sequence)) {
    throw refused(
      'unknown-sequence',
      `Event ${sequence} was dropped by a compaction; the first one kept is ${record.seq}.`,
      { sequence, first: record.seq },
    )
  }
  throw refused('unknown-sequence', `There is no event ${sequence} yet. Run: coord log --limit 5`, { sequence })
}
