import type { Clock } from '@coordlog/runtime/clock'
import type { Journal } from './journal.js'

/**
 * Tidying up waits until nobody has asked for so long, and takes at most a tenth of the time: whoever asks meanwhile waits for it. Where
 * somebody always asks, it is not put off for longer than a second.
 */
const quietMs = 20
const putOffMsMax = 1_000
const tidyUpShare = 0.1

/** However many ask for it meanwhile, it is done once: whatever it is for, it brings all of this directory up to date. */
export function tidyUpLater(
  clock: Clock,
  journal: Journal,
  lastRequestMs: () => number,
): (work: () => Promise<void>) => void {
  let waiting: (() => Promise<void>) | undefined
  let sinceMs = 0
  let tookMs = 0
  const run = async () => {
    const startMs = clock.monotonicMs()
    const missingMs = quietMs - (startMs - lastRequestMs())
    if (missingMs > 0 && startMs - sinceMs < putOffMsMax) {
      setTimeout(run, missingMs)
      return
    }
    const work = waiting
    waiting = undefined
    try {
      await work?.()
    } catch (error) {
      journal(`tidying up failed: ${error instanceof Error ? error.message : String(error)}`)
    }
    tookMs = clock.monotonicMs() - startMs
  }
  return (work) => {
    if (waiting === undefined) {
      sinceMs = clock.monotonicMs()
      setTimeout(run, Math.max(quietMs, tookMs / tidyUpShare))
    }
    waiting = work
  }
}
