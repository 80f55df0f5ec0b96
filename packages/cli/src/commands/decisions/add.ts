import { categories, decisionStatuses } from '@coordlog/coordination/vocabulary'
import { option } from '@oclif/core/flags'
import { recordDecision } from '../../acting/decide.js'
import { actingFlags } from '../../acting/instance.js'
import { defineCommand } from '../../define.js'
import { decisionFlags } from '../../flags/decision.js'
import { withCoordination } from '../../opened.js'

export const decisionsAdd = defineCommand({
  summary: 'record a decision for everybody, and print its id',
  args: {},
  flags: {
    category: option({ options: categories })({ required: true, summary: 'what it is about' }),
    ...decisionFlags,
    status: option({ options: decisionStatuses })({ summary: 'default accepted' }),
    ...actingFlags,
  },
  examples: [
    {
      does: 'tell the others how the API authenticates',
      line: 'coord decisions add --category=api-design --title="Use JWT with 15min expiry" --description="Refresh tokens live 7 days" --scope=service',
    },
    {
      does: 'with what was considered',
      line: 'coord decisions add --category database-schema --title "UUID keys" --description "All tables" --alternative "serial" --alternative "ULID" --rationale "merges of two databases"',
    },
  ],
  run: (call) =>
    withCoordination(call, (coordination) =>
      recordDecision(call, coordination, { category: call.flags.category, status: call.flags.status ?? 'accepted' }),
    ),
})
