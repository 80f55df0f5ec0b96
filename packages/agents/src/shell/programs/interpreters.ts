import { inlineWrites, type Language } from '../inlineCode.js'
import { parseOptions } from '../options.js'
import { type Call, type Program, type Programs, uses } from '../program.js'
import { copyOf, type Field, type Scope } from '../scope.js'
import { python } from './packages.js'

/** Programs that run a program: what they are given as text is looked at, a file is not. */

/** bash -c TEXT [NAME ARGUMENT…], bash -s, bash < text. */
function shell(call: Call): void {
  const { args, scope, input, walk } = call
  const { has, operands } = parseOptions(args, { short: 'oO', stops: true, long: ['rcfile', 'init-file'] })
  const inside = child(scope)
  const [first, ...others] = operands
  if (has('c')) {
    if (first?.text === undefined) {
      walk.collector.opaque()
      return
    }
    number(inside, others.slice(1))
    walk.script(first.text, inside, input)
  } else if ((first === undefined || has('s')) && input.text !== undefined) {
    number(inside, has('s') ? operands : [])
    walk.script(input.text, inside)
  } else if (!has('version', 'help', 'n')) walk.collector.opaque()
}

/** Only exported variables reach it; which those are is not followed. */
function child(scope: Scope): Scope {
  return { ...copyOf(scope), functions: new Map() }
}

function number(scope: Scope, args: readonly Field[]): void {
  for (const [at, { text, below }] of args.entries()) {
    scope.variables.set(String(at + 1), text === undefined ? { below } : { texts: [text] })
  }
}

interface Shape {
  language: Language
  /** Letters and names after which the program's text stands. */
  code: string[]
  valued?: string
}

function interpreter({ language, code, valued = '' }: Shape): Program {
  const short = code.filter((name) => name.length === 1).join('')
  return (call) => {
    const { args, input, walk } = call
    const { has, values, operands } = parseOptions(args, {
      short: short + valued,
      long: code.filter((name) => name.length > 1),
      // What follows python -c TEXT are arguments of the program.
      stops: true,
    })
    if (has('version', 'V', 'v', 'help', 'h')) return
    const [text] = values(...code)
    const isInput = text === undefined && (operands.length === 0 || operands[0]?.text === '-')
    const source = isInput ? input.text : text?.text
    if (source === undefined) return walk.collector.opaque()
    inlineWrites(call, language, source, isInput ? operands.slice(1) : operands)
  }
}

const pythonCode = interpreter({ language: 'python', code: ['c'], valued: 'WX' })

function runPython(call: Call): void {
  const module = call.args.findIndex(({ text }) => text === '-m')
  if (module >= 0 && module < 3) python(call, call.args.slice(module + 1))
  else pythonCode(call)
}

const node = interpreter({ language: 'node', code: ['e', 'p', 'eval', 'print'], valued: 'r' })

export const interpreters: Programs = {
  bash: shell,
  sh: shell,
  zsh: shell,
  dash: shell,
  ksh: shell,
  python: runPython,
  python3: runPython,
  'python3.11': runPython,
  'python3.12': runPython,
  node,
  nodejs: node,
  tsx: node,
  'ts-node': node,
  bun(call) {
    const [first] = call.args
    if (first?.text === '-e' || first?.text === '--eval') node(call)
    else if (['install', 'i', 'add', 'remove', 'rm', 'update'].includes(first?.text ?? '')) bunDependencies(call)
    else call.walk.collector.opaque()
  },
  deno(call) {
    const [first, ...rest] = call.args
    if (first?.text === 'eval') node({ ...call, args: [{ text: '-e' }, ...rest] })
    else call.walk.collector.opaque()
  },
}

function bunDependencies(call: Call): void {
  const { walk, scope } = call
  uses(call, '@deps', { success: false, failure: false })
  walk.collector.write({ text: 'package.json' }, scope)
  walk.collector.maybeBelow(scope.cwd)
}
