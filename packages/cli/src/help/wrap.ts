/** Text in lines of at most `width`, each with so many blanks before it. A word that is too long keeps its length. */
export function wrapped(text: string, width: number, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}${each}`)
}

const gap = 2
const indent = 2

/** "  label   meaning": the meanings in one column, wrapped there. `least` is the least width of the labels' column. */
export function pairs(rows: readonly (readonly [string, string])[], width: number, least = 0): string[] {
  const widest = Math.max(least, ...rows.map(([label]) => label.length))
  const column = indent + widest + gap
  return rows.flatMap(([label, meaning]) => {
    const lines = wrapped(meaning, width, column)
    const [first = ''] = lines
    return [`${' '.repeat(indent)}${label.padEnd(widest + gap)}${first.slice(column)}`.trimEnd(), ...lines.slice(1)]
  })
}
