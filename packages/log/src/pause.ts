/** Not of node:timers/promises, which a hook would load for pauses that it does not make. */

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Lets others in this process go on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
