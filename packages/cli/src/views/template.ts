import { shown, shownJson } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import { usage } from '../exit/failure.js'
import { pathsOf } from '../history/subjects.js'
import { relative } from '../output/times.js'
import { aboutText } from './event.js'

export interface Telling {
  readonly now: string
  readonly role: string
}

type Value = (record: LogRecord, telling: Telling) => string

const placeholders: Readonly<Record<string, Value>> = {
  sequence: ({ seq }) => String(seq),
  time: ({ ts }) => ts,
  ago: ({ ts }, { now }) => relative(ts, now),
  type: ({ type }) => type,
  by: ({ by }) => by,
  role: (_, { role }) => role,
  paths: (record) => pathsOf(record).join(' '),
  about: aboutText,
  data: ({ data }) => shownJson(data),
  h: ({ h }) => h,
}

export const placeholderList = `${Object.keys(placeholders)
  .map((name) => `{${name}}`)
  .join(' ')} {data.FIELD}`

/** "{sequence} {by}\t{data.reason}" → a text for each record. \n and \t stand for what they do elsewhere. */
export function templateOf(template: string): (record: LogRecord, telling: Telling) => string {
  const parts = template.split(/(\{[^{}]*\})/)
  const values = parts.map((part, index) => (index % 2 === 1 ? valueNamed(part.slice(1, -1)) : plain(part)))
  return (record, telling) => values.map((value) => value(record, telling)).join('')
}

function plain(part: string): Value {
  const text = part.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
  return () => text
}

function valueNamed(name: string): Value {
  const known = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
  if (known !== undefined) return (record, telling) => shown(known(record, telling))
  const field = /^data\.(\w+)$/.exec(name)?.[1]
  if (field === undefined) {
    throw usage(`--format: {${shown(name.slice(0, 60))}} is no placeholder. There are: ${placeholderList}`, {
      value: name,
    })
  }
  return ({ data }) => fieldText(Object.hasOwn(data, field) ? data[field] : undefined)
}

function fieldText(value: LogRecord['data'][string] | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? shown(value) : shownJson(value)
}
