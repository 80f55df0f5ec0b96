/** The text exposition format 0.0.4, read as strictly as it is written down: anything else is an error with the line in it. */

export interface Family {
  name: string
  kind: string
  help: string
  /** Labels in one order, as text → value. */
  samples: Map<string, number>
}

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const kinds = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  let current: Family | undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const [, word, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${nameText}) (.*)$`).exec(line) ?? []
    if (word === 'HELP') {
      current = begun(name, rest, line)
      if (families.has(name)) throw new Error(`HELP comes again, or after other lines of it: ${line}`)
      families.set(name, current)
    } else if (word === 'TYPE') setKind(current, name, rest, line)
    else addSample(current, line)
  }
  return families
}

function begun(name: string, help: string, line: string): Family {
  if (/\\(?![\\n])/.test(help)) throw new Error(`an escape that there is not: ${line}`)
  return { name, kind: '', help, samples: new Map() }
}

function setKind(family: Family | undefined, name: string, kind: string, line: string): void {
  const isPlaced = family?.name === name && family.kind === '' && family.samples.size === 0
  if (!isPlaced || !kinds.includes(kind)) throw new Error(`misplaced, or no type: ${line}`)
  family.kind = kind
}

function addSample(family: Family | undefined, line: string): void {
  const found = new RegExp(`^(${nameText})(?:\\{(.*)\\})? (\\S+)$`).exec(line)
  if (family === undefined || found === null || found[1] !== family.name || family.kind === '') {
    throw new Error(`neither HELP, TYPE nor a sample of the family above: ${JSON.stringify(line)}`)
  }
  const labels = labelsOf(found[2] ?? '', line)
  const value = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(found[3] ?? '')
    ? Number(found[3])
    : undefined
  if (value === undefined || Number.isNaN(value)) throw new Error(`no number: ${line}`)
  if (family.samples.has(labels)) throw new Error(`the same sample twice: ${line}`)
  if (family.kind === 'counter' && (!family.name.endsWith('_total') || value < 0))
    throw new Error(`no counter: ${line}`)
  family.samples.set(labels, value)
}

function labelsOf(text: string, line: string): string {
  const found: string[] = []
  let rest = text
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest)
    if (label === null) throw new Error(`no label: ${line}`)
    if (found.some((other) => other.startsWith(`${label[1]}=`))) throw new Error(`a label twice: ${line}`)
    found.push(`${label[1]}="${label[2]}"`)
    rest = rest.slice(label[0].length)
  }
  return found.sort().join(',')
}
