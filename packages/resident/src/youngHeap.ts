/** About as many calls as fill the space of young objects (`lean` in packages/runtime/src/installation.ts). */
const callsEach = 6

/**
 * To be told of each answer. Young objects are collected when an answer is out: left to V8, a collection falls into every tenth call and
 * keeps it for a millisecond. Does nothing in a process without --expose-gc.
 */
export function youngCollector(): () => void {
  const { gc } = globalThis
  let calls = 0
  return () => {
    calls += 1
    if (gc !== undefined && calls % callsEach === 0) setImmediate(() => gc({ type: 'minor' }))
  }
}
