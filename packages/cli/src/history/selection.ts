import type { LogRecord } from '@coordlog/log/contract'
import type { Position } from '../flags/position.js'
import { timeOf } from '../flags/position.js'
import type { Roles } from './roles.js'
import { instancesOf, pathsOf } from './subjects.js'

/** Which events are asked for. Absent: any. */
export interface Selection {
  /** Types or families: "lock.acquired", "lock". */
  types?: readonly string[]
  instance?: string
  /** Of the author, when it wrote. */
  role?: string
  /** Of one of its lease keys. */
  isPath?: (path: string) => boolean
  /** That key, if it is a single one. */
  path?: string
  /** In the author or in anything that it says; case does not matter. */
  text?: string
  /** Events after that sequence, or at that time and later. */
  since?: Position
  /** Events up to and with that sequence or time. */
  until?: Position
}

type Test = (record: LogRecord) => boolean

export function selector(selection: Selection, now: string, roles: Roles): Test {
  const tests = testsOf(selection, now, roles)
  return (record) => tests.every((test) => test(record))
}

function testsOf({ types, instance, role, isPath, text, since, until }: Selection, now: string, roles: Roles): Test[] {
  const tests: Test[] = []
  if (since !== undefined) tests.push(bound(since, now, (order) => order >= 0))
  if (until !== undefined) tests.push(bound(until, now, (order) => order <= 0))
  if (types !== undefined) {
    tests.push((record) => types.some((type) => record.type === type || record.type.startsWith(`${type}.`)))
  }
  if (instance !== undefined) tests.push((record) => instancesOf(record).includes(instance))
  if (role !== undefined) tests.push(({ by }) => roles.of(by) === role)
  if (isPath !== undefined) tests.push((record) => pathsOf(record).some(isPath))
  if (text !== undefined) {
    const needle = text.toLowerCase()
    tests.push(({ by, data }) => [by, ...stringsIn(data)].some((each) => each.toLowerCase().includes(needle)))
  }
  return tests
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* stringsIn(each)
}

/** The order of an event: negative before, 0 at, positive after the position. */
function bound(position: Position, now: string, isWithin: (order: number) => boolean): Test {
  if (position.kind === 'sequence') return ({ seq }) => isWithin(seq - position.sequence)
  const time = timeOf(position, now) ?? now
  return ({ ts }) => isWithin(ts < time ? -1 : ts > time ? 1 : 0)
}
