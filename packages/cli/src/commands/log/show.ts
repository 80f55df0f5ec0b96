import { shown, shownJson } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import type { Coordination } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/args'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { refused, usage } from '../../exit/failure.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { timeText } from '../../output/times.js'

export const logShow = defineCommand({
  summary: 'show one event, whole',
  description: 'Also as: coord show SEQUENCE.',
  args: { sequence: string({ required: true, ignoreStdin: true, description: 'its number, as coord log prints it' }) },
  flags: {},
  examples: [
    { does: 'the first event of all', line: 'coord log show 1' },
    { does: 'as it is stored', line: 'coord log show 1 --json' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { sequence } = call.args
      if (!/^[1-9]\d{0,14}$/.test(sequence)) {
        throw usage(`SEQUENCE "${shown(sequence.slice(0, 60))}" is not a whole number from 1 on.`, { value: sequence })
      }
      const record = await recordAt(coordination, Number(sequence))
      await answer(call, record, () => [
        `Sequence: ${record.seq}`,
        `  Time: ${timeText(record.ts)}`,
        `  Type: ${shown(record.type)}`,
        `  By: ${shown(record.by)}`,
        ...shownJson(record.data, 2)
          .split('\n')
          .map((line, index) => (index === 0 ? `  Data: ${line}` : `  ${line}`)),
      ])
      return exitCodes.done
    }),
})

async function recordAt({ log }: Coordination, sequence: number): Promise<LogRecord> {
  for await (const record of log.read(sequence)) {
    if (record.seq === sequence) return record
    throw refused(
      'unknown-sequence',
      `Event ${sequence} was dropped by a compaction; the first one kept is ${record.seq}.`,
      {
        sequence,
        first: record.seq,
      },
    )
  }
  throw refused('unknown-sequence', `There is no event ${sequence} yet. Run: coord log --limit 5`, { sequence })
}
