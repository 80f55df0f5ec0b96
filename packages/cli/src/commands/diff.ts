import { differenceBetween } from '@coordlog/coordination/difference'
import { string } from '@oclif/core/args'
import { defineCommand } from '../define.js'
import { usage } from '../exit/failure.js'
import { readPosition } from '../flags/position.js'
import { type Moment, momentOf } from '../history/moment.js'
import { tellDamage, withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { differenceLines } from '../views/difference.js'

export const diff = defineCommand({
  summary: 'show what changed between two times or events',
  description:
    'Sessions that came and left, locks that were taken, freed and passed on, decisions, edited files: the difference of two states, ' +
    'not the way from one to the other (coord log --since FROM --until TO shows that).',
  args: {
    from: string({ required: true, ignoreStdin: true, description: 'TIME or SEQUENCE' }),
    to: string({ ignoreStdin: true, description: 'TIME or SEQUENCE; default: now' }),
  },
  flags: {},
  examples: [
    { does: 'what happened while you were away', line: 'coord diff "1h ago"' },
    { does: 'what one event changed', line: 'coord diff 1 2' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args } = call
      const before = await momentOf(coordination, readPosition('FROM', args.from))
      const after = await momentOf(coordination, args.to === undefined ? undefined : readPosition('TO', args.to))
      if (before.present.at > after.present.at && before.sequence > after.sequence)
        throw usage(
          `FROM (sequence ${before.sequence}) comes after TO (sequence ${after.sequence}). Run: coord diff ${after.sequence} ${before.sequence}`,
          { from: before.sequence, to: after.sequence },
        )
      const difference = differenceBetween(before, after)
      await answer(call, { from: ends(before), to: ends(after), ...difference }, () =>
        differenceLines(difference, before, after),
      )
      return tellDamage(call, before.damage ?? after.damage)
    }),
})

function ends({ sequence, present }: Moment): { sequence: number; at: string } {
  return { sequence, at: present.at }
}
