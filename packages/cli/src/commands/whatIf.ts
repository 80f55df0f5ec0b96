import type { Change } from '@coordlog/coordination/whatIf'
import { custom } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { changeableKeys, readChange } from '../flags/change.js'
import { positionFlag } from '../flags/position.js'
import { otherHistory } from '../history/trial.js'
import { withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { otherHistoryLines } from '../views/otherHistory.js'

export const whatIf = defineCommand({
  summary: 'decide history again under other settings, and compare',
  description:
    `--set KEY=VALUE takes ${changeableKeys.join(', ')}. The commands that were recorded are decided again, one by one; without --set ` +
    'history comes out as it was. What was not recorded cannot be asked again: a request that changed nothing, and what an agent would ' +
    'have done next had it not been refused. Nothing is written.',
  args: {},
  flags: {
    set: custom<Change>({
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      parse: async (input) => readChange(input),
    })({ summary: 'a setting as it is to be; may be given several times' }),
    since: positionFlag('since')({ summary: 'from there on' }),
    until: positionFlag('until')({ summary: 'up to there' }),
    at: positionFlag('at')({ summary: 'the same as --until' }),
  },
  examples: [
    { does: 'would a shorter lock have helped?', line: 'coord what-if --set lock.ttl=60s' },
    { does: 'locks for single edits only', line: 'coord what-if --set lock.hold=operation --set lock.ttl=2m' },
    { does: 'nothing changes without a change', line: 'coord what-if --json | jq .changed' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { set = [], since, until, at } = call.flags
      const change: Change = Object.assign({}, ...set)
      const other = await otherHistory(coordination, { since, until: until ?? at }, change)
      await answer(call, other, () => otherHistoryLines(other))
      return exitCodes.done
    }),
})
