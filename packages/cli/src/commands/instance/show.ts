import { compatInstance } from '@coordlog/coordination/compatDocuments'
import { isLive } from '@coordlog/coordination/lookup'
import { shown } from '@coordlog/coordination/shownText'
import { instanceRow, instanceStatus } from '@coordlog/coordination/views'
import { string } from '@oclif/core/args'
import { defineCommand } from '../../define.js'
import { refused } from '../../exit/failure.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { didYouMean } from '../../nearest.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { orNone } from '../../output/columns.js'
import { answeredCompat, compatFlag } from '../../output/compat.js'
import { instanceFacts } from '../../views/status.js'

export const instanceShow = defineCommand({
  summary: 'show all that is known of one instance',
  args: { id: string({ required: true, ignoreStdin: true, description: 'its id, as coord instance list prints it' }) },
  flags: { ...compatFlag, ...pastFlags },
  examples: [{ does: 'who is that?', line: 'coord instance show manual-20260108-124532-a3f7b2d1' }],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { id } = call.args
      const { state, present, damage } = await momentOf(coordination, call.flags.at)
      const instance = state.instances[id]
      const work = () => (isLive(instance) ? compatInstance(state, instance, present) : {})
      if (await answeredCompat(call, work)) return tellDamage(call, damage)
      if (instance === undefined) {
        const hint = didYouMean(id, Object.keys(state.instances), shown)
        throw refused(
          'unknown-instance',
          `There is no instance "${shown(id.slice(0, 200))}".${hint} Run: coord instance list --ended`,
          {
            instance: id,
          },
        )
      }
      const row = instanceRow(state, instance, present)
      await answer(call, row, () => [
        `Instance: ${shown(row.id)}`,
        `  Role: ${shown(orNone(row.role))}`,
        `  Task: ${shown(orNone(row.task))}`,
        `  Status: ${instanceStatus(instance, present)}`,
        ...instanceFacts(row, present),
        `  Files Locked: ${row.filesLocked.length}`,
        ...row.filesLocked.map((path) => `    - ${shown(path)}`),
      ])
      return tellDamage(call, damage)
    }),
})
