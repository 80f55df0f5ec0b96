import { inlineWrites } from '../inlineCode.js'
import { parseOptions } from '../options.js'
import { type Call, isThere, type Programs, writeEach, writeExisting } from '../program.js'
import type { Field } from '../scope.js'

/** Editors that are given a program and the files to run it over. */

function sed(call: Call): void {
  const { has, operands } = parseOptions(call.args, {
    short: 'efl',
    attached: 'i',
    long: ['expression', 'file', 'line-length'],
  })
  if (!has('i', 'in-place')) {
    writtenByScript(call, operands)
    return
  }
  // BSD: sed -i '' …
  const given = operands[0]?.text === '' ? operands.slice(1) : operands
  writeExisting(call, has('e', 'f', 'expression', 'file') ? given : given.slice(1))
}

/** The command "w FILE" at the end of a script. */
function writtenByScript(call: Call, [script]: readonly Field[]): void {
  const name = /(?:^|[;}/0-9 ])w +([\w./-]+)$/.exec(script?.text ?? '')?.[1]
  if (name !== undefined) writeEach(call, [{ text: name }])
}

/** -p and -n loop over the files, -i writes them back; perl -pi -e … and ruby -i -pe …. */
function streamEditor(call: Call): void {
  const { has, operands, values } = parseOptions(call.args.map(withoutSeparator), { short: 'eE', attached: 'iMmIFCxr' })
  const code = values('e', 'E')
  if (has('i')) {
    writeExisting(call, code.length > 0 ? operands : operands.slice(1))
    return
  }
  for (const { text } of code) {
    if (text === undefined) call.walk.collector.opaque()
    else inlineWrites(call, call.name === 'ruby' ? 'ruby' : 'perl', text, operands)
  }
  if (code.length === 0) call.walk.collector.opaque()
}

/** -0 and -l may have digits, and more letters after them. */
function withoutSeparator(field: Field): Field {
  return field.text !== undefined && /^-[A-Za-z0-9]+$/.test(field.text)
    ? { text: field.text.replace(/0x[0-9a-fA-F]+|0[0-7]*|l[0-7]*/, '') }
    : field
}

/** print > "file" inside the program, and gawk -i inplace. */
function awk(call: Call): void {
  const { operands, values } = parseOptions(call.args, {
    short: 'Ffvi',
    long: ['field-separator', 'file', 'assign', 'include'],
  })
  const isFromFile = values('f', 'file').length > 0
  if (values('i', 'include').some(({ text }) => text === 'inplace')) {
    writeExisting(call, isFromFile ? operands : operands.slice(1))
    return
  }
  const program = isFromFile ? undefined : operands[0]?.text
  if (program === undefined) {
    call.walk.collector.opaque()
    return
  }
  for (const [, name] of program.matchAll(/>>?\s*"([^"]+)"/g)) if (name !== undefined) writeEach(call, [{ text: name }])
  if (/print[^;}]*>\s*[^"\s]|system\s*\(|\|\s*"/.test(program)) call.walk.collector.opaque()
}

/** ed, ex and vim -es write when their commands say so; those that come from a script do. */
function lineEditor(call: Call): void {
  const { operands } = parseOptions(call.args, { short: 'cSpu' })
  writeEach(
    call,
    operands.filter((field) => isThere(call, field) && field.text?.startsWith('+') !== true),
  )
}

export const inPlace: Programs = {
  sed,
  gsed: sed,
  perl: streamEditor,
  ruby: streamEditor,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  ed: lineEditor,
  ex: lineEditor,
  vim: lineEditor,
  nvim: lineEditor,
  yq(call) {
    const { has, operands } = parseOptions(call.args, { short: 'oIp', long: ['output-format', 'indent'] })
    if (has('i', 'inplace', 'in-place')) writeExisting(call, operands.slice(operands[0]?.text?.startsWith('e') ? 2 : 1))
  },
}
