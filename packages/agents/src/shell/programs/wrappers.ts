import { type OptionShape, parseOptions } from '../options.js'
import type { Call, Program, Programs } from '../program.js'
import { writeEach } from '../program.js'
import { copyOf, type Field } from '../scope.js'

/** Programs that run the command that they are given. */

/** After their own options, and `before` operands of their own, comes the command. */
function wrapper(shape: OptionShape, before = 0): Program {
  return ({ args, scope, input, walk }) => {
    const { operands } = parseOptions(args, { ...shape, stops: true })
    walk.run(operands.slice(before), scope, input)
  }
}

/** env [-i] [-u NAME] [-C FOLDER] [NAME=value…] COMMAND. */
function env({ args, scope, input, walk }: Call): void {
  const { operands, value } = parseOptions(args, {
    short: 'uCS',
    long: ['unset', 'chdir', 'split-string'],
    stops: true,
  })
  const command = operands.findIndex(({ text }) => text === undefined || !/^[A-Za-z_]\w*=/.test(text))
  const folder = value('C', 'chdir')
  const inside = copyOf(scope)
  if (folder !== undefined) inside.cwd = undefined
  if (command >= 0) walk.run(operands.slice(command), inside, input)
}

/** The words come from standard input: files of which only the folder is known. */
function xargs({ args, scope, input, walk }: Call): void {
  const { operands, value } = parseOptions(args, {
    short: 'adEILnPs',
    attached: 'i',
    long: ['arg-file', 'delimiter', 'max-args', 'max-lines', 'max-procs', 'replace', 'max-chars'],
    stops: true,
  })
  const replaced = value('I', 'replace', 'i')?.text
  const folders = input.below.length > 0 ? input.below : [scope.cwd]
  for (const below of folders) {
    const given: Field = { text: undefined, below }
    const fields =
      replaced === undefined
        ? [...operands, given]
        : operands.map((field) => (field.text?.includes(replaced || '{}') ? given : field))
    if (operands.length > 0) walk.run(fields, scope, { below: folders.flatMap((folder) => folder ?? []) })
  }
}

const actions = ['-exec', '-execdir', '-ok', '-okdir']

/** find FOLDER… tests, -delete, -exec COMMAND {} ;. */
function find(call: Call): void {
  const { args, walk } = call
  const firstTest = args.findIndex(({ text }) => text !== undefined && /^[-(!]/.test(text))
  const folders = args.slice(0, firstTest < 0 ? args.length : firstTest)
  const places = (folders.length === 0 ? [{ text: '.' }] : folders).map((field) => belowField(field, call))
  for (const [at, { text }] of args.entries()) {
    if (text === '-delete') for (const { below } of places) walk.collector.maybeBelow(below)
    else if (text === '-fprint' || text === '-fprintf' || text === '-fls') writeEach(call, args.slice(at + 1, at + 2))
    else if (text !== undefined && actions.includes(text)) runAt(call, commandAfter(args, at), places)
  }
}

function runAt({ walk, scope }: Call, command: readonly Field[], places: readonly Field[]): void {
  for (const place of places) {
    const fields = command.map((field) => (field.text?.includes('{}') ? place : field))
    walk.run(fields, scope, { below: [] })
  }
}

/** Up to its ; or +. */
function commandAfter(args: readonly Field[], at: number): Field[] {
  const end = args.findIndex((field, index) => index > at && (field.text === ';' || field.text === '+'))
  return args.slice(at + 1, end < 0 ? args.length : end)
}

function belowField({ text, below }: Field, { scope, walk }: Call): Field {
  if (text === undefined) return { text, below }
  const absolute = text.startsWith('/') ? text : scope.cwd === undefined ? undefined : `${scope.cwd}/${text}`
  if (absolute === undefined) return { text: undefined }
  const path = absolute.replaceAll(/\/\.(?=\/|$)/g, '').replace(/\/+$/, '')
  // A file that is named is that file.
  return walk.surroundings.kindOf(path) === 'file' ? { text: path } : { text: undefined, below: path }
}

/** Elsewhere: it writes nothing here. */
const elsewhere: Program = () => undefined

export const wrappers: Programs = {
  sudo: wrapper({ short: 'ughpCrtT', long: ['user', 'group', 'host', 'prompt', 'chdir'] }),
  doas: wrapper({ short: 'uC' }),
  env,
  command: wrapper({}),
  builtin: wrapper({}),
  exec: wrapper({ short: 'a' }),
  nohup: wrapper({}),
  setsid: wrapper({}),
  time: wrapper({ short: 'fo' }),
  nice: wrapper({ short: 'n', long: ['adjustment'] }),
  ionice: wrapper({ short: 'cn', long: ['class', 'classdata'] }),
  timeout: wrapper({ short: 'ks', long: ['kill-after', 'signal'] }, 1),
  gtimeout: wrapper({ short: 'ks', long: ['kill-after', 'signal'] }, 1),
  stdbuf: wrapper({ short: 'ioe', long: ['input', 'output', 'error'] }),
  caffeinate: wrapper({ short: 'tw' }),
  flock: wrapper({ short: 'wE', long: ['timeout', 'wait'] }, 1),
  watch: wrapper({ short: 'n', long: ['interval'] }),
  strace: wrapper({ short: 'eopsPE' }),
  xargs,
  parallel: xargs,
  find,
  ssh: elsewhere,
  fd({ args, scope, walk }) {
    const at = args.findIndex(({ text }) => ['-x', '-X', '--exec', '--exec-batch'].includes(text ?? ''))
    const given: Field = { text: undefined, below: scope.cwd }
    if (at >= 0) walk.run([...args.slice(at + 1).filter(({ text }) => text !== ';'), given], scope, { below: [] })
  },
}
