import { compatDecision } from '@coordlog/coordination/compatDocuments'
import { type DecisionFilter, decisionRows } from '@coordlog/coordination/views'
import { categories, decisionStatuses, scopes } from '@coordlog/coordination/vocabulary'
import { option, string } from '@oclif/core/flags'
import { defineCommand } from '../../define.js'
import { whole } from '../../flags/kinds.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { answeredCompat, compatFlag } from '../../output/compat.js'
import { decisionLines } from '../../views/decision.js'

export const decisionsList = defineCommand({
  summary: 'list the decisions, oldest first',
  args: {},
  flags: {
    category: option({ options: categories })({ summary: 'only about this' }),
    status: option({ options: decisionStatuses })({ summary: 'only of this status' }),
    scope: option({ options: scopes })({ summary: 'only of this reach' }),
    search: string({
      helpValue: 'TEXT',
      summary: 'only with this in title, description, rationale, alternatives or files',
    }),
    limit: whole('limit', 1, 1_000_000)({ summary: 'the newest N; default all' }),
    ...compatFlag,
    ...pastFlags,
  },
  examples: [
    { does: 'what was decided about the API', line: 'coord decisions list --category=api-design' },
    { does: 'the last five', line: 'coord decisions list --limit 5' },
    {
      does: 'count them by category',
      line: "coord decisions list --json | jq '[.decisions[].category] | group_by(.) | map({(.[0]): length}) | add'",
    },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { at, category, status, scope, search, limit } = call.flags
      const { state, sequence, damage } = await momentOf(coordination, at)
      const filter: DecisionFilter = {
        ...(category && { category }),
        ...(status && { status }),
        ...(scope && { scope }),
        ...(search !== undefined && { search }),
        ...(limit && { limit }),
      }
      const decisions = decisionRows(state, filter)
      const newestFirst = () => decisions.toReversed().map(compatDecision)
      if (await answeredCompat(call, newestFirst)) return tellDamage(call, damage)
      await answer(call, { decisions, sequence, ...(damage && { damage }) }, () =>
        decisions.length === 0 ? ['No decisions.'] : decisions.flatMap(decisionLines),
      )
      return tellDamage(call, damage)
    }),
})
