import { shown } from '@coordlog/coordination/shownText'
import { configEntries, setConfigValue } from '@coordlog/runtime/config'
import { string } from '@oclif/core/args'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { usage } from '../../exit/failure.js'
import { didYouMean } from '../../nearest.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { withPlace } from '../../settings.js'

export const configSet = defineCommand({
  summary: 'change a setting, for all worktrees of the repository',
  description:
    'The file is .claude/coordination/config.json of the main checkout. Locks that are held keep the rule they were taken under.',
  args: {
    key: string({ required: true, ignoreStdin: true, description: 'its name, as coord config list prints it' }),
    value: string({ required: true, ignoreStdin: true, description: 'what coord config list shows as allowed' }),
  },
  flags: {},
  examples: [
    { does: 'locks last ten minutes after the last edit', line: 'coord config set lock.ttl 10m' },
    { does: 'warn instead of refusing', line: 'coord config set enforce warn' },
  ],
  run: (call) =>
    withPlace(call, async ({ place, config }) => {
      const { key, value } = call.args
      const keys = configEntries(config).map((each) => each.key)
      if (!keys.includes(key)) {
        throw usage(
          `There is no setting "${shown(key.slice(0, 60))}".${didYouMean(key, keys)} Run: coord config list`,
          {
            key,
            keys,
          },
        )
      }
      const changed = setConfigValue(place, key, value)
      await answer(call, { ok: true, ...changed }, () => [
        `${key}: ${changed.value} (was ${changed.before}), in ${shown(changed.file)}`,
      ])
      // Opening and closing brings the files up to date that these settings are about.
      return key.startsWith('compat.') ? withCoordination(call, async () => exitCodes.done) : exitCodes.done
    }),
})
