const unitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "300", "300s", "5m", "1h", "1h30m" → milliseconds; undefined for anything else. A bare number is seconds. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1_000
  if (!/^(\d{1,12}(ms|s|m|h|d))+$/.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    totalMs += Number(amount) * (unitsMs[unit ?? ''] ?? 0)
  return totalMs
}

/** For people: "850ms", "42s", "4m 12s", "3h 5m", "2d 4h". Negative spans count as 0. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / 1_000)
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

/** As parseDuration reads it back: "5m", "90s", "1500ms". */
export function durationText(ms: number): string {
  for (const unit of ['h', 'm', 's']) {
    const size = unitsMs[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
