import { option, string } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { toggle } from '../flags/kinds.js'
import { positionFlag } from '../flags/position.js'
import { audited } from '../history/audited.js'
import { pathTest } from '../history/glob.js'
import { withCoordination } from '../opened.js'
import { answer, writeLines } from '../output/answer.js'
import { auditLines, auditMarkdown } from '../views/audit.js'
import { auditPage } from '../views/auditPage.js'

export const audit = defineCommand({
  summary: 'report who did what, who stood in whose way, and what became of it',
  description:
    'Sessions and how they ended, contention by file, hour and pair, refusals and what became of them, takeovers, forced releases, ' +
    'decisions, repairs, edits without a lease. --html prints one page that needs nothing else.',
  args: {},
  flags: {
    since: positionFlag('since')({ summary: 'from there on' }),
    until: positionFlag('until')({ summary: 'up to there' }),
    at: positionFlag('at')({ summary: 'the same as --until' }),
    path: string({ helpValue: 'PATH', summary: 'only about this file, or these (a pattern)' }),
    format: option({ options: ['text', 'md', 'html'] as const })({ summary: 'default: text' }),
    html: toggle('the same as --format html'),
  },
  examples: [
    { does: 'the last day', line: 'coord audit --since "24h ago"' },
    { does: 'for the browser', line: 'coord audit --html > audit.html' },
    { does: 'who was refused most often', line: "coord audit --json | jq '.pairs[0]'" },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { since, until, at, path } = call.flags
      const form = formOf(call.flags)
      const isPath = path === undefined ? undefined : pathTest(coordination, call, path)
      const report = await audited(coordination, { since, until: until ?? at }, isPath)
      const { place, clock } = coordination
      const about = { repository: place.mainCheckout ?? place.worktree, path, now: clock.now() }
      if (form === 'html') await writeLines(call.context, [auditPage(report, about)])
      else if (form === 'md') await writeLines(call.context, auditMarkdown(report))
      else await answer(call, report, () => auditLines(report))
      return exitCodes.done
    }),
})

type Form = 'text' | 'md' | 'html'

interface Forms {
  json: boolean
  html: boolean
  format: Form | undefined
  until: unknown
  at: unknown
}

function formOf({ json, html, format, until, at }: Forms): Form {
  if (until && at) throw usage('--at and --until mean the same; give one of them.')
  if (json && (html || format)) throw usage('--json and --format are two forms of the report; give one of them.')
  if (html && format && format !== 'html') throw usage(`--html and --format ${format} are two forms; give one of them.`)
  return html ? 'html' : (format ?? 'text')
}
