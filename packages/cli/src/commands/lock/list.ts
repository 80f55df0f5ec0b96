import { shown } from '@coordlog/coordination/shownText'
import { type LeaseRow, leaseRows, type Present } from '@coordlog/coordination/views'
import { defineCommand } from '../../define.js'
import { pastFlags } from '../../flags/position.js'
import { momentOf } from '../../history/moment.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { columns, orNone } from '../../output/columns.js'
import { relative } from '../../output/times.js'

export const lockList = defineCommand({
  summary: 'list the locks: file, holder, age, expiry',
  description:
    'Expired locks are marked: whoever asks next gets the file. ID begins with the token, and is the name of the file under ' +
    '.claude/coordination/locks/, whose removal ends the lock.',
  args: {},
  flags: pastFlags,
  examples: [
    { does: 'see who holds what', line: 'coord lock list' },
    { does: 'only the paths', line: "coord lock list --json | jq -r '.locks[].path'" },
    { does: 'as it was after event 12', line: 'coord lock list --at 12' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { state, present, sequence, damage } = await momentOf(coordination, call.flags.at)
      const locks = leaseRows(state, present)
      await answer(call, { locks, sequence, ...(damage && { damage }) }, () => lines(locks, present))
      return tellDamage(call, damage)
    }),
})

function lines(locks: readonly LeaseRow[], present: Present): string[] {
  if (locks.length === 0) return ['No locks.']
  return columns(
    ['ID', 'TAKEN', 'EXPIRES', 'ROLE', 'INSTANCE', 'FILE'],
    locks.map((lock) => [
      lock.id,
      relative(lock.since, present.at),
      lock.expired ? 'expired' : relative(lock.expiresAt, present.at),
      shown(orNone(lock.holderRole)),
      `${shown(lock.holder)}${lock.holderStatus === 'crashed' || lock.holderStatus === 'stale' ? ` (${lock.holderStatus})` : ''}`,
      shown(lock.path),
    ]),
  )
}
