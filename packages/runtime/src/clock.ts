/** Time comes into the domain only through this. Tests bring their own. */
export interface Clock {
  /** ISO 8601, UTC, milliseconds: "2026-01-08T12:45:32.000Z". The wall clock: it may jump. */
  now(): string
  /** For deadlines: milliseconds that never go back. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  // Not performance.now: its module is loaded by its first use, and a hook has no other.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
}
