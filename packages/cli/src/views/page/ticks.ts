const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const steps = [
  1_000,
  5_000,
  15_000,
  30_000,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
  365 * day,
]
const ticksMax = 10

export interface Tick {
  at: number
  /** Of the first one of a day. */
  date: string | undefined
  /** Where a day lies between two of them, the date. */
  time: string
}

/** Round moments in UTC between two times, with what to call them. */
export function ticksBetween(start: number, end: number): Tick[] {
  const step = steps.find((each) => (end - start) / each <= ticksMax) ?? (end - start) / ticksMax
  const ticks: Tick[] = []
  let previousDay = ''
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) {
    const iso = new Date(at).toISOString()
    const date = iso.slice(0, 10)
    const time = step < minute ? iso.slice(11, 19) : iso.slice(11, 16)
    const isNewDay = date !== previousDay && step < day
    ticks.push({ at, date: isNewDay ? date.slice(5) : undefined, time: step < day ? time : date.slice(2) })
    previousDay = date
  }
  return ticks
}
