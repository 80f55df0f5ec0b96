import { shown } from '@coordlog/coordination/shownText'
import { findDivergence, type Replayed } from '@coordlog/log/divergence'
import { damagedError } from '@coordlog/log/errors'
import { keepHeapSmall } from '@coordlog/log/smallHeap'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import { custom } from '@oclif/core/flags'
import type { Call, GlobalValues } from '../define.js'
import { defineCommand } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { duration, toggle } from '../flags/kinds.js'
import { positionFlag } from '../flags/position.js'
import { play } from '../history/player.js'
import { withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'

const speedFlag = custom<number>({
  helpValue: 'N|max',
  parse: async (input) => {
    if (input === 'max') return Number.POSITIVE_INFINITY
    const speed = /^\d{1,7}(\.\d{1,3})?$/.test(input) ? Number(input) : 0
    if (speed > 0) return speed
    throw usage(
      `--speed "${shown(input.slice(0, 60))}" is neither a number above 0 nor max. Examples: 1, 60, 0.5, max`,
      {
        value: input,
      },
    )
  },
})

export const replay = defineCommand({
  summary: 'play history as it happened, or prove that it gives the present',
  description:
    'On a terminal the state is drawn again after each event; elsewhere each event is a line, and with --json each state is one. ' +
    '--verify folds from the first event, believing no snapshot, compares with each snapshot and with the present, and names the first ' +
    'difference (exit code 1).',
  args: {},
  flags: {
    from: positionFlag('from')({ summary: 'from there on; default: the beginning' }),
    to: positionFlag('to')({ summary: 'up to there; default: now' }),
    at: positionFlag('at')({ summary: 'the same as --to' }),
    speed: speedFlag({ summary: 'so many times as fast; default 1 on a terminal, max elsewhere' }),
    'pause-max': duration('pause-max', 1_000, 86_400_000)({ summary: 'no pause is longer; default 5s' }),
    step: toggle('the next event when Enter is pressed; q ends'),
    verify: toggle('play nothing, but fold everything and compare'),
  },
  examples: [
    { does: 'the last hour, event by event', line: 'coord replay --from "1h ago" --speed max' },
    {
      does: 'how many locks there were after each event',
      line: "coord replay --json | jq -c '[.sequence, (.locks | length)]'",
    },
    { does: 'does the history prove the present?', line: 'coord replay --verify' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { from, to, at, speed, step, verify, 'pause-max': pauseMsMax = 5_000 } = call.flags
      if (to && at) throw usage('--at and --to mean the same; give one of them.')
      if (verify) return verified(call, coordination)
      const speedNow = speed ?? (call.context.stdout.isTerminal && !call.flags.json ? 1 : Number.POSITIVE_INFINITY)
      await play(call, coordination, { since: from, until: to ?? at, speed: speedNow, pauseMsMax, isByStep: step })
      return exitCodes.done
    }),
})

async function verified(call: Call<GlobalValues>, coordination: Coordination): Promise<ExitCode> {
  keepHeapSmall()
  const present = await coordination.load()
  const replayed = await findDivergence(coordination.place.directory, fold, present)
  const ok = replayed.damage === undefined && replayed.divergence === undefined && replayed.isPresentCompared
  await answer(call, { ok, ...replayed }, () => verdictLines(replayed, ok))
  if (replayed.damage !== undefined) throw damagedError(replayed.damage)
  return ok ? exitCodes.done : exitCodes.no
}

function verdictLines({ firstSequence, sequence, snapshots, divergence }: Replayed, ok: boolean): string[] {
  const folded = `Folded events ${firstSequence} to ${sequence}; compared with ${snapshots.length} snapshots and the present.`
  if (divergence === undefined) return [ok ? `${folded} All the same.` : folded]
  const what = divergence.against === 'present' ? 'the present state' : `the snapshot of ${divergence.sequence}`
  return [
    `${shown(folded)} DIFFERENT from event ${divergence.sequence} on: ${what}.`,
    `  At: ${shown(divergence.place)}`,
    `  Folded: ${shown(divergence.folded.slice(0, 500))}`,
    `  Found: ${shown(divergence.found.slice(0, 500))}`,
    'Run: coord verify',
  ]
}
