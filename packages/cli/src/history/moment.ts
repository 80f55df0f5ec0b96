import type { Instance, State } from '@coordlog/coordination/state'
import type { Present } from '@coordlog/coordination/views'
import type { Damage } from '@coordlog/log/contract'
import { loadPast, type Point } from '@coordlog/log/past'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import { usage } from '../exit/failure.js'
import { type Position, positionText, timeOf } from '../flags/position.js'

/** What views are made of, now or at an earlier moment. */
export interface Moment {
  readonly state: State
  readonly present: Present
  readonly sequence: number
  readonly damage: Damage | undefined
}

/**
 * The state after the event at `position`, or as it stood at that time: events of that very instant have happened, leases
 * that expired at it may be taken. Nobody can be asked any more whether a process ran then, so liveness is "unknown"
 * and an instance that had been silent for instance.stale counts as stale. `whose`: whose processes matter; default: all.
 */
export async function momentOf(
  coordination: Coordination,
  position: Position | undefined,
  whose?: (state: State) => readonly Instance[],
): Promise<Moment> {
  if (position !== undefined) return pastMoment(coordination, position)
  const { state, sequence, damage } = await coordination.load()
  return { state, present: coordination.present(state, whose?.(state)), sequence, damage }
}

async function pastMoment(coordination: Coordination, position: Position): Promise<Moment> {
  const now = coordination.clock.now()
  const time = timeOf(position, now)
  if (time !== undefined && time > now)
    throw usage(`--at ${time} is in the future; it is ${now} now.`, { at: time, now })
  const past = await loadPast(coordination.place.directory, fold, pointOf(position, now))
  if (past.kind === 'dropped') throw beforeHistory(position, past.upTo + 1)
  const { state, sequence, recordTime, damage } = past
  if (position.kind === 'sequence' && sequence < position.sequence && damage === undefined) {
    throw usage(`--at ${position.sequence}: the log ends at sequence ${sequence}. Run: coord log --limit 10`, {
      value: position.sequence,
      last: sequence,
    })
  }
  const at = time ?? recordTime ?? now
  return { state, present: { at, liveness: {}, staleMs: coordination.config.instance.staleMs }, sequence, damage }
}

/** As the engine takes it. */
function pointOf(position: Position, now: string): Point {
  const time = timeOf(position, now)
  if (time !== undefined) return { kind: 'time', time }
  return { kind: 'sequence', sequence: position.kind === 'sequence' ? position.sequence : 0 }
}

function beforeHistory(position: Position, first: number) {
  return usage(
    `--at ${positionText(position)}: the events before sequence ${first} were dropped by a compaction, ` +
      `so no earlier state can be worked out. The first that can be asked for: --at ${first - 1}`,
    { first },
  )
}
