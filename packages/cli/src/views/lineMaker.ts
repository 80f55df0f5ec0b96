import { shownJson } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import type { Call, GlobalValues } from '../define.js'
import { usage } from '../exit/failure.js'
import type { Roles } from '../history/roles.js'
import { paintFor } from '../output/paint.js'
import { eventLine } from './event.js'
import { templateOf } from './template.js'

type Flags = GlobalValues & { times: 'relative' | 'utc' | undefined; format: string | undefined }

/** How a record is to be printed: as JSON, by the caller's template, or as a line for people. */
export function lineMaker({ flags, context }: Call<Flags>, now: string, roles: Roles): (record: LogRecord) => string {
  const { json, format, times } = flags
  if (json && format !== undefined)
    throw usage('--json prints whole records and --format parts of them; give one of them.')
  if (json) return (record) => shownJson(record)
  if (format !== undefined) {
    const template = templateOf(format)
    return (record) => template(record, { now, role: roles.of(record.by) })
  }
  const { stdout } = context
  const isRelative = (times ?? (stdout.isTerminal ? 'relative' : 'utc')) === 'relative'
  const look = { paint: paintFor(context, stdout), ...(isRelative && { relativeTo: now }) }
  return (record) => eventLine(record, look)
}
