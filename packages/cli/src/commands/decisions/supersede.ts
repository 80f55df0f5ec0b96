import { categories } from '@coordlog/coordination/vocabulary'
import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { recordDecision, unknownDecision } from '../../acting/decide.js'
import { actingFlags } from '../../acting/instance.js'
import { defineCommand } from '../../define.js'
import { decisionFlags } from '../../flags/decision.js'
import { withCoordination } from '../../opened.js'

export const decisionsSupersede = defineCommand({
  summary: 'record one in the place of an earlier one',
  description: 'The earlier one gets the status superseded and names its successor; it is never changed otherwise.',
  args: { id: string({ required: true, ignoreStdin: true, description: 'the earlier decision' }) },
  flags: {
    category: option({ options: categories })({ summary: "default: the earlier one's" }),
    ...decisionFlags,
    ...actingFlags,
  },
  examples: [
    {
      does: 'change your mind',
      line: 'coord decisions supersede DEC-20260108-0001 --title "Sessions in cookies" --description "JWT could not be revoked"',
    },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { id } = call.args
      const { state } = await coordination.load()
      const earlier = state.decisions.find((decision) => decision.id === id)
      if (earlier === undefined) throw unknownDecision(id, state.decisions)
      const { category, scope } = call.flags
      return recordDecision({ ...call, flags: { ...call.flags, scope: scope ?? earlier.scope } }, coordination, {
        category: category ?? earlier.category,
        status: 'accepted',
        supersedes: id,
      })
    }),
})
