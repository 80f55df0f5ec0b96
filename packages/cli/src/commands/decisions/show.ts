import { string } from '@oclif/core/args'
import { unknownDecision } from '../../acting/decide.js'
import { defineCommand } from '../../define.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { wholeDecisionLines } from '../../views/decision.js'

export const decisionsShow = defineCommand({
  summary: 'show a whole decision',
  args: { id: string({ required: true, ignoreStdin: true, description: 'such as DEC-20260108-0001' }) },
  flags: pastFlags,
  examples: [
    { does: 'read the description and the rationale', line: 'coord decisions show DEC-20260108-0001' },
    { does: 'as data', line: 'coord decisions show DEC-20260108-0001 --json' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { state, damage } = await momentOf(coordination, call.flags.at)
      const decision = state.decisions.find(({ id }) => id === call.args.id)
      if (decision === undefined) throw unknownDecision(call.args.id, state.decisions)
      await answer(call, decision, () => wholeDecisionLines(decision))
      return tellDamage(call, damage)
    }),
})
