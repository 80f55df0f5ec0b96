import { compatInstances } from '@coordlog/coordination/compatDocuments'
import { shown } from '@coordlog/coordination/shownText'
import { instanceRows } from '@coordlog/coordination/views'
import { defineCommand } from '../../define.js'
import { toggle } from '../../flags/kinds.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { columns, orNone } from '../../output/columns.js'
import { answeredCompat, compatFlag } from '../../output/compat.js'
import { relative } from '../../output/times.js'

export const instanceList = defineCommand({
  summary: 'list the instances, one line each',
  args: {},
  flags: { ended: toggle('also the last 200 that ended'), ...compatFlag, ...pastFlags },
  examples: [
    { does: 'who is here', line: 'coord instance list' },
    { does: 'and who was', line: 'coord instance list --ended' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { at, ended } = call.flags
      const { state, present, sequence, damage } = await momentOf(coordination, at)
      if (await answeredCompat(call, () => compatInstances(state, present))) return tellDamage(call, damage)
      const instances = instanceRows(state, present, { ended })
      await answer(call, { instances, sequence, ...(damage && { damage }) }, () =>
        instances.length === 0
          ? ['No instances.']
          : columns(
              ['INSTANCE', 'STATUS', 'SEEN', 'LOCKS', 'ROLE', 'TASK'],
              instances.map((row) => [
                shown(row.id),
                row.status,
                relative(row.lastSeenAt, present.at),
                String(row.filesLocked.length),
                shown(orNone(row.role)),
                shown(orNone(row.task)),
              ]),
            ),
      )
      return tellDamage(call, damage)
    }),
})
