import { durationText, parseDuration } from '@coordlog/coordination/duration'

/** One entry of a settings file, as text: how it is read out of the whole, written into it, and what it may be. */
export interface Setting<Whole> {
  meaning: string
  allowed: string
  read(whole: Whole): string
  /** False: the value is not allowed, and nothing was changed. */
  write(whole: Whole, value: string): boolean
  /** How it stands in the file, where that is not the text that `read` gives. */
  stored?(whole: Whole): unknown
}

export function choice<T extends string, Whole>(
  meaning: string,
  values: readonly T[],
  read: (whole: Whole) => T,
  write: (whole: Whole, value: T) => void,
): Setting<Whole> {
  return {
    meaning,
    allowed: values.join(' | '),
    read,
    write(whole, value) {
      const chosen = values.find((v) => v === value)
      if (chosen !== undefined) write(whole, chosen)
      return chosen !== undefined
    },
  }
}

interface Form {
  text(value: number): string
  parse(text: string): number | undefined
}

/** A number from `least` to `most`, in the text form of its unit. */
function within<Whole>(
  form: Form,
  meaning: string,
  [least, most]: readonly [number, number],
  read: (whole: Whole) => number,
  write: (whole: Whole, value: number) => void,
): Setting<Whole> {
  return {
    meaning,
    get allowed() {
      return `${form.text(least)} to ${form.text(most)}`
    },
    read: (whole) => form.text(read(whole)),
    write(whole, text) {
      const value = form.parse(text)
      const fits = value !== undefined && value >= least && value <= most
      if (fits) write(whole, value)
      return fits
    },
  }
}

type Range<Whole> = Parameters<typeof within<Whole>> extends [Form, ...infer Rest] ? Rest : never

export function duration<Whole>(...range: Range<Whole>): Setting<Whole> {
  return within({ text: durationText, parse: parseDuration }, ...range)
}

export function whole<Whole>(...range: Range<Whole>): Setting<Whole> {
  return within({ text: String, parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined) }, ...range)
}

export function bytes<Whole>(...range: Range<Whole>): Setting<Whole> {
  return within({ text: sizeText, parse: parseSize }, ...range)
}

const units = ['KiB', 'MiB', 'GiB', 'TiB']

/** 268435456 ↔ "256MiB": the largest unit of which it is a whole number. */
function sizeText(size: number): string {
  let value = size
  let unit = -1
  for (; value > 0 && value % 1024 === 0 && unit < units.length - 1; unit += 1) value /= 1024
  return `${value}${units[unit] ?? ''}`
}

/** "256MiB", "64 KiB", or bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15}) ?([KMGT]iB)?$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const size = Number(digits) * 1024 ** (units.indexOf(unit ?? '') + 1)
  return Number.isSafeInteger(size) ? size : undefined
}

/** Relative, without a way out, and not git's own. */
export function isFolderInside(path: string): boolean {
  const parts = path.split('/')
  return (
    path.length <= 200 && /^[^\p{C}\\]+$/u.test(path) && !parts.some((part) => ['', '.', '..', '.git'].includes(part))
  )
}
