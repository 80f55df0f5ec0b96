import type { LogRecord } from '@coordlog/log/contract'
import type { Position } from '../flags/position.js'
import { timeOf } from '../flags/position.js'
import { instancesOf, pathsOf } from './subjects.js'

/** Which events are asked for. Absent: any. */
export interface Selection {
  /** Types or families: "lock.acquired", "lock". */
  types?: readonly string[]
  instance?: string
  /** Lease key. */
  path?: string
  /** Events after that sequence, or at that time and later. */
  since?: Position
  /** Events up to and with that sequence or time. */
  until?: Position
}

export function selector(selection: Selection, now: string): (record: LogRecord) => boolean {
  const { types, instance, path } = selection
  const isAfter = selection.since === undefined ? undefined : bound(selection.since, now)
  const isUpTo = selection.until === undefined ? undefined : bound(selection.until, now)
  return (record) =>
    (types === undefined || types.some((type) => record.type === type || record.type.startsWith(`${type}.`))) &&
    (instance === undefined || instancesOf(record).includes(instance)) &&
    (path === undefined || pathsOf(record).includes(path)) &&
    (isAfter === undefined || isAfter(record) >= 0) &&
    (isUpTo === undefined || isUpTo(record) <= 0)
}

/** Negative before, 0 at, positive after the position. */
function bound(position: Position, now: string): (record: LogRecord) => number {
  if (position.kind === 'sequence') return ({ seq }) => seq - position.sequence
  const time = timeOf(position, now) ?? now
  return ({ ts }) => (ts < time ? -1 : ts > time ? 1 : 0)
}
