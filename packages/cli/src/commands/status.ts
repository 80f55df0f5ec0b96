import { statusView } from '@coordlog/coordination/views'
import { defineCommand } from '../define.js'
import { usage } from '../exit/failure.js'
import { toggle } from '../flags/kinds.js'
import { pastFlags } from '../flags/position.js'
import { momentOf } from '../history/moment.js'
import { tellDamage, withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { statusLines } from '../views/status.js'
import { watchStatus } from '../views/watch.js'

export const status = defineCommand({
  summary: 'show who works here, on what, and what they locked',
  description:
    'At a past moment (--at) nobody can be asked whether a process ran: an instance silent for instance.stale then is shown as stale.',
  args: {},
  flags: {
    verbose: toggle('also state, last sign of life, worktree, branch, process, expiry of each lock'),
    watch: toggle('show it again whenever it changes, until interrupted'),
    ...pastFlags,
  },
  examples: [
    { does: 'look before starting to work', line: 'coord status' },
    { does: 'count the instances', line: "coord status --json | jq '.instances | length'" },
    { does: 'see who was here ten minutes ago', line: 'coord status --verbose --at "10m ago"' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { at, verbose, watch } = call.flags
      if (watch && at !== undefined) throw usage('--watch shows the present and --at a past moment; give one of them.')
      if (watch) return watchStatus(call, coordination, verbose)
      const { state, present, damage } = await momentOf(coordination, at)
      const view = statusView(state, present)
      await answer(call, { ...view, ...(damage && { damage }) }, () => statusLines(view, present, verbose))
      return tellDamage(call, damage)
    }),
})
