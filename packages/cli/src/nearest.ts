/** Edit distance: insertions, deletions, replacements, and two neighbours swapped, each counted once. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1)
      current.push(least)
    }
    before = last
    last = current
  }
  return last[b.length] ?? 0
}

/** The right one that was probably meant, if any is near enough to say so. */
export function nearest(wrong: string, right: readonly string[]): string | undefined {
  const word = wrong.slice(0, 64).toLowerCase()
  const [best] = right
    .map((each) => ({ each, far: each.startsWith(word) && word.length > 1 ? 0 : distance(word, each.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  return best !== undefined && best.far <= (word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3)))
    ? best.each
    : undefined
}

/** " Did you mean X?" or nothing. */
export function didYouMean(wrong: string, right: readonly string[], show = (word: string) => word): string {
  const meant = nearest(wrong, right)
  return meant === undefined ? '' : ` Did you mean ${show(meant)}?`
}
