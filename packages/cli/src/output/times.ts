import { formatDuration } from '@coordlog/coordination/duration'

/** "2026-01-08T12:45:32Z": milliseconds matter to programs only. */
export function timeText(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z')
}

/** "1m 12s ago", "just now", "in 3m 48s". */
export function relative(iso: string, now: string): string {
  const ms = Date.parse(iso) - Date.parse(now)
  if (ms > -1_000 && ms <= 0) return 'just now'
  return ms < 0 ? `${formatDuration(-ms)} ago` : `in ${formatDuration(ms)}`
}

/** "2026-01-08T12:45:32Z (1m 12s ago)". */
export function timeAndAge(iso: string, now: string): string {
  return `${timeText(iso)} (${relative(iso, now)})`
}
