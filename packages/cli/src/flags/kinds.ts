import { durationText, parseDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import { parseSize } from '@coordlog/runtime/settingKinds'
import { boolean, custom } from '@oclif/core/flags'
import { usage } from '../exit/failure.js'

/** The kinds of values that flags and arguments take. Each refusal names the limit and the value. */

function cut(value: string): string {
  return shown(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}

/** On or off; off when it is not given. */
export function toggle(summary: string) {
  return boolean({ default: false, summary })
}

/** A text with something in it, of at most so many characters. */
export function text(name: string, charactersMax: number, helpValue = 'TEXT') {
  return custom<string>({ helpValue, parse: async (input) => checkedText(`--${name}`, charactersMax, input) })
}

export function checkedText(name: string, charactersMax: number, input: string): string {
  if (input.trim() === '') throw usage(`${name} is empty; give 1 to ${charactersMax} characters.`, { value: input })
  if (input.length > charactersMax) {
    throw usage(`${name} has ${input.length} characters; the limit is ${charactersMax}.`, {
      length: input.length,
      limit: charactersMax,
    })
  }
  return input
}

/** Milliseconds, within limits that the help text names too. */
export function duration(name: string, minMs: number, maxMs: number) {
  return custom<number>({
    helpValue: 'DURATION',
    parse: async (input) => {
      const ms = parseDuration(input)
      if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
      throw usage(
        `--${name} "${cut(input)}" is not a duration from ${durationText(minMs)} to ${durationText(maxMs)}. ` +
          'Examples: 300 (seconds), 90s, 5m, 1h',
        { value: input, minMs, maxMs },
      )
    },
  })
}

export function whole(name: string, least: number, most: number) {
  return custom<number>({
    helpValue: 'N',
    parse: async (input) => {
      const value = /^\d{1,15}$/.test(input) ? Number(input) : Number.NaN
      if (value >= least && value <= most) return value
      throw usage(`--${name} "${cut(input)}" is not a whole number from ${least} to ${most}.`, {
        value: input,
        least,
        most,
      })
    },
  })
}

export function size(name: string) {
  return custom<number>({
    helpValue: 'SIZE',
    parse: async (input) => {
      const bytes = parseSize(input)
      if (bytes !== undefined) return bytes
      throw usage(`--${name} "${cut(input)}" is not a size. Examples: 64MiB, 1GiB, 500000 (bytes)`, { value: input })
    },
  })
}
