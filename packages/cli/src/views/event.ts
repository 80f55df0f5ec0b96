import { eventSchemas } from '@coordlog/coordination/events'
import { quoted, shown } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import { pathsOf } from '../history/subjects.js'
import type { Paint, Style } from '../output/paint.js'
import { relative, timeText } from '../output/times.js'

export const eventTypes = Object.keys(eventSchemas)

const pathsShown = 3

const families: Readonly<Record<string, Style>> = {
  'lock.acquired': 'green',
  'lock.denied': 'red',
  'edit.refused': 'red',
  'lock.released': 'yellow',
  'cleanup.completed': 'yellow',
  'bypass.detected': 'red',
  'instance.ended': 'yellow',
  'decision.recorded': 'bold',
}

export interface EventLook {
  readonly paint: Paint
  /** Absent: times as they are recorded. */
  readonly relativeTo?: string
}

/** One line: sequence, time, type, author, what it is about. */
export function eventLine(record: LogRecord, { paint, relativeTo }: EventLook): string {
  const about = aboutText(record)
  const time = relativeTo === undefined ? timeText(record.ts) : relative(record.ts, relativeTo).padStart(11)
  const style = families[record.type] ?? (record.type.startsWith('log.') ? 'red' : undefined)
  const type = shown(record.type).padEnd(23)
  const left = `${String(record.seq).padStart(6)}  ${paint('dim', time)}  ${style === undefined ? type : paint(style, type)}`
  const line = `${left}  ${shown(record.by)}`
  return about === '' ? line : `${line}  ${about}`
}

/** What it is about, whatever its type. */
export function aboutText(record: LogRecord): string {
  const { data } = record
  const paths = pathsOf(record)
  const parts = [
    ...paths.slice(0, pathsShown).map(shown),
    ...(paths.length > pathsShown ? [`and ${paths.length - pathsShown} more`] : []),
    ...texts(data, ['id', 'title']).map((text) => quoted(text, 80)),
    ...change(data),
    ...labelled(data, 'role'),
    ...labelled(data, 'task'),
    ...labelled(data, 'tool'),
    ...labelled(data, 'reason'),
    ...labelled(data, 'cause'),
    ...labelled(data, 'outcome'),
    ...named(data['heldBy'], 'holder', 'held by'),
    ...named(data['stale'], 'by', 'changed by'),
    ...named(data['seen'], 'by', 'changed by'),
    ...changedBehind(record),
  ]
  return parts.join(', ')
}

type Data = LogRecord['data']

function texts(data: Data, keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const value = data[key]
    return typeof value === 'string' && value !== '' ? [value] : []
  })
}

function labelled(data: Data, key: string): string[] {
  return texts(data, [key]).map((text) => `${key} ${quoted(text, 60)}`)
}

function change(data: Data): string[] {
  const [from, to] = [data['from'], data['to']]
  return typeof from === 'string' && typeof to === 'string' ? [`${shown(from)} → ${shown(to)}`] : []
}

function changedBehind({ type, data }: LogRecord): string[] {
  if (type !== 'bypass.detected') return []
  const suspect = data['suspect']
  return [`changed by ${typeof suspect === 'string' ? shown(suspect) : 'somebody unknown'}`]
}

function named(facts: Data[string] | undefined, key: string, label: string): string[] {
  if (!Array.isArray(facts)) return []
  return facts.flatMap((fact) =>
    typeof fact === 'object' && fact !== null && !Array.isArray(fact) && typeof fact[key] === 'string'
      ? [`${label} ${shown(fact[key])}`]
      : [],
  )
}
