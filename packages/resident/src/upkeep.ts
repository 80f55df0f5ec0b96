import type { Journal } from './journal.js'

/** A compaction under way, in a process of its own. */
export interface UpkeepRun {
  /** What came of it, in one line; never rejects. */
  readonly ended: Promise<string>
  stop(): void
}

/** What there is to do when nobody asks for anything. */
export interface UpkeepWork {
  /** Why something is to be done, in words; undefined: nothing is due, or it is switched off. */
  due(): Promise<string | undefined>
  start(): UpkeepRun
}

interface UpkeepRules {
  readonly work: UpkeepWork
  idleMs(): number
  monotonicMs(): number
  readonly journal: Journal
}

export interface Upkeep {
  /** Starts what is due, if nobody has asked for anything for a while. */
  lookAfter(quietMs: number): Promise<void>
  isAtWork(): boolean
  stop(): void
}

/** So long nobody must have asked for anything; half the time after which it leaves, if that is less. */
const quietMinMs = 60_000
/** So long after a look comes the next one, whatever came of it. */
const againMs = 3_600_000

/**
 * The old part of the log is packed or dropped when there is time. A process of its own does it, at the lowest priority: folding
 * a long history takes seconds in which nobody could be answered here. It may be stopped at any moment.
 */
export function createUpkeep({ work, idleMs, monotonicMs, journal }: UpkeepRules): Upkeep {
  let run: UpkeepRun | undefined
  let nextMs = Number.NEGATIVE_INFINITY
  return {
    async lookAfter(quietMs) {
      if (run !== undefined || monotonicMs() < nextMs || quietMs < Math.min(quietMinMs, idleMs() / 2)) return
      nextMs = monotonicMs() + againMs
      const why = await work.due()
      if (why === undefined) return
      journal(`upkeep begins: ${why}`)
      run = work.start()
      void run.ended.then((outcome) => {
        run = undefined
        journal(`upkeep ended: ${outcome}`)
      })
    },
    isAtWork: () => run !== undefined,
    stop: () => run?.stop(),
  }
}
