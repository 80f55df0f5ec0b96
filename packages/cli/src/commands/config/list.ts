import { shown } from '@coordlog/coordination/shownText'
import { configEntries } from '@coordlog/runtime/config'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { answer } from '../../output/answer.js'
import { columns } from '../../output/columns.js'
import { withPlace } from '../../settings.js'

export const configList = defineCommand({
  summary: 'list the settings and what they may be',
  args: {},
  flags: {},
  examples: [{ does: 'see what can be chosen', line: 'coord config list' }],
  run: (call) =>
    withPlace(call, async ({ config, file }) => {
      const settings = configEntries(config)
      await answer(call, { file, settings }, () => [
        `File: ${shown(file)}`,
        '',
        ...columns(
          ['SETTING', 'VALUE', 'DEFAULT', 'ALLOWED', 'MEANING'],
          settings.map((each) => [each.key, each.value, each.default, each.allowed, each.meaning]),
        ),
      ])
      return exitCodes.done
    }),
})
