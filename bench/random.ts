/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  fraction(): number
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  /** Lower-case hex digits. */
  hex(digits: number): string
}

/** mulberry32: 32 bits of state, good enough to shuffle a workload. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(fraction() * limit)
  return {
    fraction,
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    hex: (digits) => {
      let text = ''
      while (text.length < digits) text += below(0x1000000).toString(16).padStart(6, '0')
      return text.slice(0, digits)
    },
  }
}
