import { eventSchemas } from '@coordlog/coordination/events'
import { quoted, shown } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import { pathsOf } from '../history/subjects.js'
import { timeText } from '../output/times.js'

export const eventTypes = Object.keys(eventSchemas)

const pathsShown = 3

/** One line: sequence, time, type, author, what it is about. */
export function eventLine(record: LogRecord): string {
  const about = aboutText(record)
  const head = `${String(record.seq).padStart(6)}  ${timeText(record.ts)}  ${shown(record.type).padEnd(23)}  ${shown(record.by)}`
  return about === '' ? head : `${head}  ${about}`
}

function aboutText(record: LogRecord): string {
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
    ...heldBy(data),
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

function heldBy(data: Data): string[] {
  const held = data['heldBy']
  if (!Array.isArray(held)) return []
  return held.flatMap((lease) =>
    typeof lease === 'object' && lease !== null && !Array.isArray(lease) && typeof lease['holder'] === 'string'
      ? [`held by ${shown(lease['holder'])}`]
      : [],
  )
}
