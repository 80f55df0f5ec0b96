import { shown } from '@coordlog/coordination/shownText'
import { configEntries } from '@coordlog/runtime/config'
import { string } from '@oclif/core/args'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { usage } from '../../exit/failure.js'
import { didYouMean } from '../../nearest.js'
import { answer } from '../../output/answer.js'
import { withPlace } from '../../settings.js'

export const configGet = defineCommand({
  summary: 'print the value of one setting',
  args: { key: string({ required: true, ignoreStdin: true, description: 'its name, as coord config list prints it' }) },
  flags: {},
  examples: [{ does: 'how long a lock lasts', line: 'coord config get lock.ttl' }],
  run: (call) =>
    withPlace(call, async ({ config }) => {
      const { key } = call.args
      const entries = configEntries(config)
      const entry = entries.find((each) => each.key === key)
      if (entry === undefined) {
        const keys = entries.map((each) => each.key)
        throw usage(
          `There is no setting "${shown(key.slice(0, 60))}".${didYouMean(key, keys)} Run: coord config list`,
          {
            key,
            keys,
          },
        )
      }
      await answer(call, entry, () => [entry.value])
      return exitCodes.done
    }),
})
