import type { Journal } from './journal.js'

/**
 * A fault in one request must not end the process for all others: it is written down, and the folded state, which may be
 * what it broke, is folded anew. Faults that keep coming are another matter: then clients are better off without.
 */
export interface FaultRules {
  journal: Journal
  monotonicMs(): number
  forget(): void
  leave(why: string): void
}

export interface FaultWatch {
  tell(error: unknown): void
  stop(): void
}

const faultsMax = 5
const withinMs = 60_000

export function watchFaults({ journal, monotonicMs, forget, leave }: FaultRules): FaultWatch {
  let times: number[] = []
  const tell = (error: unknown) => {
    const nowMs = monotonicMs()
    times = [...times.filter((ms) => nowMs - ms < withinMs), nowMs]
    journal(`a fault of coordlog: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    forget()
    if (times.length >= faultsMax) leave(`${times.length} faults within ${withinMs / 1000} s`)
  }
  process.on('uncaughtException', tell)
  process.on('unhandledRejection', tell)
  return {
    tell,
    stop: () => void process.off('uncaughtException', tell).off('unhandledRejection', tell),
  }
}
