import { type OptionShape, parseOptions } from '../options.js'
import { type Call, isThere, type Programs, writeAll, writeEach, writeExisting } from '../program.js'

/** Programs whose operands are the files that they write or remove. */

function remove(call: Call): void {
  const { has, operands } = parseOptions(call.args)
  const goesDown = has('r', 'R', 'recursive')
  for (const field of operands) {
    if (!isThere(call, field)) continue
    if (goesDown) writeAll(call, field)
    else call.walk.collector.write(field, call.scope)
  }
}

/** Only what is not there yet is made; a file that is there keeps what it holds. */
function touch(call: Call): void {
  const { has, operands } = parseOptions(call.args, { short: 'dtr', long: ['date', 'reference'] })
  if (!has('c', 'no-create'))
    writeEach(
      call,
      operands.filter((field) => !isThere(call, field)),
    )
}

function link(call: Call): void {
  const { has, operands, value } = parseOptions(call.args, { short: 'tS', long: ['target-directory', 'suffix'] })
  if (value('t', 'target-directory') !== undefined) {
    call.walk.collector.opaque()
    return
  }
  const [, name] = operands
  if (name !== undefined && operands.length === 2 && (has('f', 'force') || !isThere(call, name)))
    writeEach(call, [name])
}

/** of=FILE. */
function dd(call: Call): void {
  for (const { text } of call.args) if (text?.startsWith('of=')) writeEach(call, [{ text: text.slice(3) }])
}

function operands(shape: OptionShape): (call: Call) => void {
  return (call) => writeEach(call, parseOptions(call.args, shape).operands)
}

function existing(shape: OptionShape): (call: Call) => void {
  return (call) => writeExisting(call, parseOptions(call.args, shape).operands)
}

/** The file is replaced by one with another ending. */
function compress(ending: string): (call: Call) => void {
  return (call) => {
    const { has, operands: files } = parseOptions(call.args, { short: 'S', long: ['suffix'] })
    if (has('c', 'stdout', 'to-stdout', 'l', 'list', 't', 'test')) return
    const unpacks = has('d', 'decompress', 'uncompress') || /^(gun|bun|un)/.test(call.name)
    for (const field of files) {
      if (!has('k', 'keep')) writeEach(call, [field])
      writeEach(call, [{ text: renamed(field.text, ending, unpacks) }])
    }
  }
}

function renamed(text: string | undefined, ending: string, unpacks: boolean): string | undefined {
  if (text === undefined || !unpacks) return text && text + ending
  return text.endsWith(ending) ? text.slice(0, -ending.length) : text
}

export const plainFiles: Programs = {
  rm: remove,
  unlink: operands({}),
  shred: existing({ short: 'ns', long: ['iterations', 'size'] }),
  tee: operands({}),
  sponge: operands({}),
  truncate: operands({ short: 'sr', long: ['size', 'reference'] }),
  touch,
  ln: link,
  dd,
  sort(call) {
    const output = parseOptions(call.args, { short: 'okStTk', long: ['output', 'key'] }).value('o', 'output')
    if (output !== undefined) writeEach(call, [output])
  },
  uniq(call) {
    writeEach(call, parseOptions(call.args, { short: 'fsw' }).operands.slice(1, 2))
  },
  tree(call) {
    const output = parseOptions(call.args, { short: 'oLIP' }).value('o')
    if (output !== undefined) writeEach(call, [output])
  },
  gzip: compress('.gz'),
  gunzip: compress('.gz'),
  bzip2: compress('.bz2'),
  bunzip2: compress('.bz2'),
  xz: compress('.xz'),
  unxz: compress('.xz'),
  zstd: compress('.zst'),
  dos2unix: existing({}),
  unix2dos: existing({}),
  split: ({ walk, scope }) => walk.collector.maybeBelow(scope.cwd),
  csplit: ({ walk, scope }) => walk.collector.maybeBelow(scope.cwd),
}
