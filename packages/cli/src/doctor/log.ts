import { existsSync, readFileSync } from 'node:fs'
import { formatDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import type { State } from '@coordlog/coordination/state'
import { instanceRows } from '@coordlog/coordination/views'
import { damagedError } from '@coordlog/log/errors'
import { openCoordination } from '@coordlog/runtime/coordination'
import { hooksLogFile } from '@coordlog/runtime/hooksLog'
import { failureOf } from '../exit/outcome.js'
import { shellWord } from '../output/shellWord.js'
import { timeText } from '../output/times.js'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** The log: whether it can be read, whether it is whole, what its last times say of the clock, who has gone silent. */
export async function logChecks({ place, context }: Patient): Promise<{ checks: Check[]; state?: State }> {
  if (!existsSync(place.directory)) return { checks: [ok('log', 'nothing was recorded yet')] }
  try {
    const coordination = await openCoordination({
      cwd: place.worktree,
      env: {},
      dir: place.directory,
      clock: context.clock,
      lockDeadlineMs: 1_000,
    })
    try {
      const { state, sequence, damage } = await coordination.load()
      const whole =
        damage === undefined
          ? ok('log', `readable and undamaged up to sequence ${sequence}`)
          : fault('log', shown(damagedError(damage).message), 'coord verify')
      const now = context.clock.now()
      const lastAt = Object.values(state.instances)
        .map(({ lastSeenAt }) => lastSeenAt)
        .sort()
        .at(-1)
      const gone = instanceRows(state, coordination.present(state)).filter(
        ({ status }) => status === 'stale' || status === 'crashed',
      )
      const names = gone.map(({ id, status }) => `${shown(id)} (${status})`).join(', ')
      const silent =
        gone.length === 0 ? ok('instances', 'none is stale or crashed') : warn('instances', names, 'coord lock cleanup')
      return { checks: [whole, clockCheck(now, lastAt), silent], state }
    } finally {
      coordination.close()
    }
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    return { checks: [fault('log', shown(failure.said))] }
  }
}

const earliest = '2025-01-01'
const toleranceMs = 5_000

function clockCheck(now: string, lastAt: string | undefined): Check {
  if (now < earliest) return fault('clock', `it says ${timeText(now)}`, 'date')
  const aheadMs = lastAt === undefined ? 0 : Date.parse(lastAt) - Date.parse(now)
  if (aheadMs <= toleranceMs) return ok('clock', timeText(now))
  return warn(
    'clock',
    `it says ${timeText(now)}, and the last event was recorded ${formatDuration(aheadMs)} after that`,
    'date',
  )
}

const linesShown = 3
const recentMs = 86_400_000

/** What the hooks complained of. Each line begins with its time. */
export function hooksLogCheck({ place, context }: Patient): Check {
  const file = hooksLogFile(place)
  if (!existsSync(file)) return ok('hooks.log', 'no hook has complained')
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(' coordination: '))
  const last = lines.slice(-linesShown)
  const newest = Date.parse(last.at(-1)?.split(' ', 1)[0] ?? '')
  if (last.length === 0) return ok('hooks.log', 'no hook has complained')
  const says = `last lines of ${shown(file)}:\n${last.map((line) => `  ${shown(line.slice(0, 300))}`).join('\n')}`
  const isRecent = Date.parse(context.clock.now()) - newest < recentMs
  return isRecent ? warn('hooks.log', says, `tail ${shellWord(file)}`) : ok('hooks.log', says)
}
