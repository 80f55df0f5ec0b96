import type { Log } from '@coordlog/log/contract'

/** Resolves at the first event after `sequence`, after `mostMs`, or when the signal fires: whichever comes first. */
export async function changeAfter(log: Log, sequence: number, mostMs: number, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const end = () => stop.abort()
  const timer = setTimeout(end, mostMs)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    for await (const _record of log.follow(sequence + 1, stop.signal)) return
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
