const digitZero = 48
const dayMs = 86_400_000

let day = ''
let dayStart = 0

/** Date.parse for the times of records, "2026-01-08T12:45:32.000Z": a history has millions of them, and few days. */
export function millisecondsOf(time: string): number {
  if (!time.startsWith(day) || day === '') {
    day = `${time.slice(0, 10)}T`
    dayStart = Math.floor((Date.parse(time) || 0) / dayMs) * dayMs
  }
  const hours = twoDigits(time, 11)
  const minutes = twoDigits(time, 14)
  const seconds = twoDigits(time, 17)
  const thousandths = twoDigits(time, 20) * 10 + time.charCodeAt(22) - digitZero
  return dayStart + ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - digitZero) * 10 + text.charCodeAt(at + 1) - digitZero
}
