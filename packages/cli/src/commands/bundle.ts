import { resolve } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { string } from '@oclif/core/flags'
import { bundleInto } from '../bundle/write.js'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { toggle, whole } from '../flags/kinds.js'
import { withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { bytesText } from '../output/sizes.js'

const eventsDefault = 50_000

export const bundle = defineCommand({
  summary: 'put the log and what surrounds it into one file for a bug report',
  description:
    'A .tar.gz with the log or its last part, damaged or not, the settings, the reports of doctor and verify, the last lines of the ' +
    'hook log and the versions; never a token or the environment. With --redact nothing that anybody wrote is in it: files and people ' +
    'have other names, the same for the same, and the history still verifies and folds.',
  args: {},
  flags: {
    redact: toggle('take out tasks, reasons, decisions, names; rename files'),
    last: whole(
      'last',
      1,
      1_000_000_000,
    )({ summary: `at least the last N events, by whole segments; default ${eventsDefault}` }),
    output: string({ helpValue: 'FILE', summary: 'into this new file; default: coordlog-bundle-TIME.tar.gz here' }),
  },
  examples: [
    { does: 'for somebody outside', line: 'coord bundle --redact --output "/tmp/report-$(date +%s%N).tar.gz"' },
    { does: 'what would be in it', line: 'coord bundle --output "/tmp/look-$(date +%s%N).tar.gz" --json | jq .files' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { redact, last = eventsDefault, output } = call.flags
      const file = output === undefined ? undefined : resolve(call.context.cwd, output)
      const made = await bundleInto(call, coordination, { isRedacted: redact, last, file })
      await answer(call, { ok: true, ...made }, () => [
        `Bundled: events ${made.firstSequence} to ${made.sequence}, ${bytesText(made.bytes)}`,
        `  Written to: ${shown(made.file)}`,
        redact
          ? '  Redacted: nothing that anybody wrote is in it, and files have other names.'
          : '  It holds tasks, reasons, decisions and paths as they are; --redact takes them out.',
        `  Look into it: tar tzf ${shown(made.file)}`,
      ])
      return exitCodes.done
    }),
})
