/** Rows under a header, each column as wide as its widest cell; the last one is not padded. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), title.length),
  )
  return [header, ...rows].map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  )
}

/** What an agent or person left empty; never "undefined". */
export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '(none)' : text
}
