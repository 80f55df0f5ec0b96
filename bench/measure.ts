/** The smallest value that is not below `share` of all. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (value === undefined) throw new Error('a quantile of nothing')
  return value
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Three significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/**
 * How many times as fast, from pairs that were measured next to each other: what slows the machine down for a while slows
 * both of a pair.
 */
export function medianRatio(fast: readonly number[], slow: readonly number[]): number {
  return median(fast.map((value, index) => value / (slow[index] ?? Number.NaN)))
}

/**
 * How many times as long, from the quicker quarter of each: whatever else the machine does only ever adds to a process. For differences of a
 * tenth, which the median of neighbours does not show on a machine that is busy.
 */
export function quietRatio(ones: readonly number[], others: readonly number[]): number {
  return quantile(ones, 0.25) / quantile(others, 0.25)
}
