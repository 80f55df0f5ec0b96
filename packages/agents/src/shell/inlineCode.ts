import type { Call } from './program.js'
import { writeAll, writeEach } from './program.js'
import type { Field } from './scope.js'

/** Programs given as text to python, node, perl or ruby: writes whose file name stands there as it is. The rest is opaque. */

export type Language = 'python' | 'node' | 'perl' | 'ruby'

/** What matches is written; `name` is an expression: a text in quotes, a variable, an argument. */
interface Form {
  pattern: RegExp
  /** The second name is written too, or it alone. */
  writes: 'first' | 'second' | 'both'
  isFolder?: boolean
}

const text = String.raw`(?:[rbuf]{0,2}"(?:[^"\\]|\\.)*"|[rbuf]{0,2}'(?:[^'\\]|\\.)*'|\`[^\`$]*\`)`
const name = String.raw`((?:pathlib\.)?Path\(\s*${text}\s*\)|${text}|[A-Za-z_][\w.]*(?:\[\d+\])?)`

function form(source: string, writes: Form['writes'] = 'first', isFolder = false): Form {
  return {
    pattern: new RegExp(
      source.replaceAll('NAME', () => name),
      'g',
    ),
    writes,
    isFolder,
  }
}

const forms: Record<Language, Form[]> = {
  python: [
    form(String.raw`\bopen\(\s*NAME\s*,\s*(?:mode\s*=\s*)?['"][rbt]*[wax+]`),
    form(String.raw`NAME\.open\(\s*['"][rbt]*[wax+]`),
    form(String.raw`NAME\.(?:write_text|write_bytes|unlink)\(`),
    form(String.raw`\bos\.(?:remove|unlink|truncate)\(\s*NAME`),
    form(String.raw`\b(?:os\.(?:rename|replace)|shutil\.move)\(\s*NAME\s*,\s*NAME`, 'both'),
    form(String.raw`\bshutil\.copy(?:file|2)?\(\s*NAME\s*,\s*NAME`, 'second'),
    form(String.raw`\bshutil\.rmtree\(\s*NAME`, 'first', true),
    form(String.raw`\bfileinput\.(?:input|FileInput)\(\s*(?:files\s*=\s*)?NAME[^)]*inplace\s*=\s*(?:True|1)`),
  ],
  node: [
    form(String.raw`\b(?:writeFile|appendFile|unlink|truncate)(?:Sync)?\(\s*NAME`),
    form(String.raw`\bcreateWriteStream\(\s*NAME`),
    form(String.raw`\brm(?:Sync)?\(\s*NAME`, 'first', true),
    form(String.raw`\brename(?:Sync)?\(\s*NAME\s*,\s*NAME`, 'both'),
    form(String.raw`\bcopyFile(?:Sync)?\(\s*NAME\s*,\s*NAME`, 'second'),
    form(String.raw`\b(?:Deno\.writeTextFile(?:Sync)?|Bun\.write)\(\s*NAME`),
  ],
  perl: [
    form(String.raw`\bopen\s*\(?\s*(?:my\s+)?[$\w]+\s*,\s*['"]\+?>{1,2}[^'"]*['"]\s*,\s*NAME`),
    form(String.raw`\bunlink\s*\(?\s*NAME`),
    form(String.raw`\brename\s*\(?\s*NAME\s*,\s*NAME`, 'both'),
  ],
  ruby: [
    form(String.raw`\bFile\.(?:write|delete|truncate)\(?\s*NAME`),
    form(String.raw`\bFile\.open\(?\s*NAME\s*,\s*['"][wa]`),
    form(String.raw`\bFile\.rename\(?\s*NAME\s*,\s*NAME`, 'both'),
  ],
}

/** `args`: what the program is given besides; sys.argv[1] and process.argv name them. */
export function inlineWrites(call: Call, language: Language, code: string, args: readonly Field[]): void {
  const names = assignedIn(code)
  for (const form of forms[language]) {
    for (const expression of writtenIn(code, form)) written(call, fieldsOf(expression, names, args), form)
  }
  // Whatever else it does to files, or lets others do.
  if (isOpaque.test(code)) call.walk.collector.opaque()
}

function writtenIn(code: string, { pattern, writes }: Form): string[] {
  return [...code.matchAll(pattern)].flatMap(([, first = '', second = '']) => {
    if (writes === 'both') return [first, second]
    return writes === 'first' ? [first] : [second]
  })
}

function written(call: Call, fields: readonly Field[], { isFolder }: Form): void {
  if (fields.length === 0) call.walk.collector.opaque()
  for (const field of fields) {
    if (isFolder) writeAll(call, field)
    else writeEach(call, [field])
  }
}

const isOpaque =
  /subprocess|os\.system|child_process|exec\(|spawn|import\s*\(|require\(['"]\.|glob|walk\(|readdir|chdir|from \.|system\(|`/

/** NAME = "text", const NAME = 'text', p = Path("text"), for NAME in ["text", …]: what is assigned once. */
function assignedIn(code: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const twice = new Set<string>()
  const note = (variable: string, expressions: string[]) => {
    if (found.has(variable)) twice.add(variable)
    found.set(variable, expressions)
  }
  for (const [, variable = '', expression = ''] of code.matchAll(assignment)) note(variable, [expression])
  for (const [, variable = '', list = ''] of code.matchAll(loop))
    note(variable, list.match(new RegExp(text, 'g')) ?? [])
  for (const variable of twice) found.delete(variable)
  return found
}

const assignment = new RegExp(
  String.raw`(?:^|[;\n{]|\b(?:const|let|var|my)\s)\s*\$?([A-Za-z_]\w*)\s*=\s*${name}\s*(?=[;\n,)]|$)`,
  'g',
)
/** Of texts alone: a list with anything else in it is not known. */
const loop = new RegExp(
  String.raw`\bfor\s*\(?\s*(?:const\s+|let\s+)?(\w+)\s+(?:in|of)\s*([[(]\s*${text}(?:\s*,\s*${text})*\s*,?\s*[\])])`,
  'g',
)

function fieldsOf(expression: string, names: ReadonlyMap<string, string[]>, args: readonly Field[]): Field[] {
  const position = /^(?:sys\.argv|process\.argv|ARGV)\[(\d+)\]$/.exec(expression)?.[1]
  if (position !== undefined) {
    const given = args[Number(position) - (expression.startsWith('ARGV') ? 0 : 1)]
    return given === undefined ? [] : [given]
  }
  const assigned = names.get(expression.replace(/^\$/, '')) ?? [expression]
  const literals = assigned.map(literalOf)
  return literals.includes(undefined) ? [] : literals.map((literal) => ({ text: literal }))
}

function literalOf(expression: string): string | undefined {
  const inner = /^(?:pathlib\.)?Path\(\s*(.*?)\s*\)$/s.exec(expression)?.[1] ?? expression
  const [, prefix, , content] = /^([rbuf]{0,2})(["'`])(.*)\2$/s.exec(inner) ?? []
  if (prefix === undefined || content === undefined) return undefined
  return prefix.includes('f') && content.includes('{') ? undefined : content.replaceAll(/\\(.)/g, '$1')
}
