import { formatDuration, parseDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import { custom } from '@oclif/core/flags'
import { usage } from '../exit/failure.js'

/** A place in history: after an event, at a time, or so long before now. */
export type Position =
  | { kind: 'sequence'; sequence: number }
  /** ISO 8601, UTC, milliseconds. */
  | { kind: 'time'; at: string }
  | { kind: 'ago'; ms: number }

const isoTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/
const isoZone = /(Z|[+-]\d\d:?\d\d)$/

/** A time that names no zone is UTC, like every time that is printed here. */
export function parsePosition(input: string): Position | undefined {
  if (/^\d{1,15}$/.test(input)) return { kind: 'sequence', sequence: Number(input) }
  const ago = /^(.+?) ?ago$/.exec(input)?.[1]
  const ms = ago === undefined ? undefined : parseDuration(ago.replaceAll(' ', ''))
  if (ms !== undefined) return { kind: 'ago', ms }
  if (!isoTime.test(input)) return undefined
  const dated = input.includes(':') && !isoZone.test(input) ? `${input}Z` : input
  const time = Date.parse(dated.replace(' ', 'T'))
  return Number.isNaN(time) ? undefined : { kind: 'time', at: new Date(time).toISOString() }
}

/** The time that a position names, if it names one. */
export function timeOf(position: Position, now: string): string | undefined {
  if (position.kind === 'sequence') return undefined
  return position.kind === 'time' ? position.at : new Date(Date.parse(now) - position.ms).toISOString()
}

export function positionText(position: Position): string {
  if (position.kind === 'sequence') return `sequence ${position.sequence}`
  return position.kind === 'time' ? position.at : `${formatDuration(position.ms)} ago`
}

export function positionFlag(name: string) {
  return custom<Position>({ helpValue: 'TIME|SEQUENCE', parse: async (input) => readPosition(`--${name}`, input) })
}

/** A position as it was typed; `label` names the flag or argument in the refusal. */
export function readPosition(label: string, input: string): Position {
  const position = parsePosition(input)
  if (position !== undefined) return position
  throw usage(
    `${label} "${shown(input.slice(0, 60))}" is neither a time nor a sequence number. ` +
      'Examples: 2026-01-08T14:05:00Z, "10m ago", 57',
    { value: input },
  )
}

/** For every command that reads. */
export const pastFlags = {
  at: positionFlag('at')({ summary: 'as it was after that event, or at that time' }),
}
