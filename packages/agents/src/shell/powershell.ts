import { type Token, tokensOf } from './powershellTokens.js'
import { type Call, writeAll, writeEach } from './program.js'
import type { Field, Scope } from './scope.js'
import { noInput } from './scope.js'
import type { Walk } from './walk.js'

/**
 * The forms of PowerShell in which the files stand as they are: its cmdlets for files, redirections, and programs that are
 * called as in any shell. Variables are followed when a text is assigned to them; nothing else is.
 */

type Cmdlet = (call: Call, given: Given) => void

interface Given {
  positional: Field[]
  /** By name, in small letters and without the dash. */
  named: Map<string, Field>
  switches: Set<string>
}

const switches = [
  'recurse',
  'force',
  'append',
  'nonewline',
  'noclobber',
  'confirm',
  'whatif',
  'passthru',
  'asplaintext',
  'raw',
]

function pathsOf({ positional, named }: Given, ...others: string[]): Field[] {
  const field = ['path', 'literalpath', ...others].map((name) => named.get(name)).find((each) => each !== undefined)
  return field === undefined ? positional.slice(0, 1) : [field]
}

const write: Cmdlet = (call, given) => writeEach(call, pathsOf(given, 'filepath'))

const remove: Cmdlet = (call, given) => {
  const paths =
    given.positional.length > 0 && !given.named.has('path') && !given.named.has('literalpath')
      ? given.positional
      : pathsOf(given)
  for (const field of paths) writeAll(call, field)
}

function destinationOf({ positional, named }: Given): Field | undefined {
  const isNamed = named.has('path') || named.has('literalpath')
  return named.get('destination') ?? positional[isNamed ? 0 : 1]
}

/** Into a folder, or as a file; the words are those of cp and mv. */
const transfer =
  (program: 'cp' | 'mv'): Cmdlet =>
  (call, given) => {
    const destination = destinationOf(given)
    const [source] = pathsOf(given)
    if (source !== undefined && destination !== undefined)
      call.walk.run([{ text: program }, source, destination], call.scope, noInput)
    else call.walk.collector.opaque()
  }

const make: Cmdlet = (call, given) => {
  const isFolder =
    given.named.get('itemtype')?.text?.toLowerCase() === 'directory' ||
    given.named.get('type')?.text?.toLowerCase() === 'directory'
  if (!isFolder) writeEach(call, pathsOf(given, 'name'))
}

const rename: Cmdlet = (call, given) => {
  writeEach(call, pathsOf(given))
  call.walk.collector.opaque()
}

const location: Cmdlet = (call, given) => call.walk.run([{ text: 'cd' }, ...pathsOf(given)], call.scope, noInput)

const cmdlets: ReadonlyMap<string, Cmdlet> = new Map([
  ...[
    'set-content',
    'sc',
    'add-content',
    'ac',
    'clear-content',
    'clc',
    'out-file',
    'tee-object',
    'export-csv',
    'export-clixml',
  ].map((name): [string, Cmdlet] => [name, write]),
  ...['remove-item', 'ri', 'rm', 'del', 'erase', 'rd'].map((name): [string, Cmdlet] => [name, remove]),
  ...['copy-item', 'copy', 'cp', 'cpi'].map((name): [string, Cmdlet] => [name, transfer('cp')]),
  ...['move-item', 'move', 'mv', 'mi'].map((name): [string, Cmdlet] => [name, transfer('mv')]),
  ...['new-item', 'ni'].map((name): [string, Cmdlet] => [name, make]),
  ...['rename-item', 'ren', 'rni'].map((name): [string, Cmdlet] => [name, rename]),
  ...['set-location', 'sl', 'cd', 'chdir', 'push-location', 'pushd'].map((name): [string, Cmdlet] => [name, location]),
])

const reading =
  /^(get|select|where|measure|sort|format|test|resolve|split|join|compare|convert|convertto|convertfrom|write|out-(host|null|string)|foreach|group)(-|$)/

export function powershellWrites(source: string, scope: Scope, walk: Walk): void {
  let words: Field[] = []
  let redirects = false
  for (const token of [...tokensOf(source), { kind: 'end', pipes: false } satisfies Token]) {
    if (token.kind === 'redirect') redirects = true
    else if (token.kind === 'end') {
      command(words, scope, walk)
      words = []
    } else {
      if (redirects) walk.collector.write(fieldFor(token, scope), scope)
      else words.push(token)
      redirects = false
    }
  }
  for (const [, name] of source.matchAll(
    /\[(?:System\.)?IO\.File\]::(?:WriteAll\w+|AppendAll\w+|Delete)\(\s*['"]([^'"$]+)['"]/gi,
  )) {
    if (name !== undefined) walk.collector.write(normal({ text: name }), scope)
  }
}

function fieldFor({ text, below }: Field, { variables }: Scope): Field {
  const name = text === undefined ? undefined : /^\$(\w+)$/.exec(text)?.[1]
  if (name === undefined) return { text, below }
  const value = variables.get(name)
  return { text: value !== undefined && 'texts' in value ? value.texts[0] : undefined }
}

function command(given: readonly Field[], scope: Scope, walk: Walk): void {
  const [name, sign, value] = given
  if (name !== undefined && sign?.text === '=') {
    assigned(name, value, given.length, scope)
    return
  }
  run(
    given.map((field) => fieldFor(field, scope)),
    scope,
    walk,
  )
}

function run(words: readonly Field[], scope: Scope, walk: Walk): void {
  const [first] = words
  if (first === undefined) return
  if (first.text === undefined) {
    walk.collector.opaque()
    return
  }
  const name = first.text.toLowerCase().replace(/\.exe$/, '')
  const cmdlet = cmdlets.get(name)
  const call: Call = { name, args: words.slice(1), scope, input: noInput, walk }
  if (cmdlet !== undefined) {
    cmdlet(call, givenTo(words.slice(1)))
    return
  }
  if (
    /^(if|else|elseif|foreach|for|while|do|try|catch|finally|return|function|param|begin|process|end|in|throw|break)$/.test(
      name,
    )
  ) {
    run(words.slice(1), scope, walk)
    return
  }
  if (!reading.test(name)) walk.run([{ text: name }, ...words.slice(1)], scope, noInput)
}

function assigned({ text }: Field, value: Field | undefined, length: number, { variables }: Scope): void {
  if (text?.startsWith('$') !== true) return
  const isText = length === 3 && value?.text !== undefined && !value.text.startsWith('$')
  variables.set(text.slice(1), isText ? { texts: [value.text ?? ''] } : { below: undefined })
}

function givenTo(words: readonly Field[]): Given {
  const given: Given = { positional: [], named: new Map(), switches: new Set() }
  for (let at = 0; at < words.length; at++) {
    const field = words[at] ?? { text: undefined }
    const [, name, attached] = /^-([A-Za-z]+)(?::(.*))?$/.exec(field.text ?? '') ?? []
    if (name === undefined) given.positional.push(...listed(field))
    else if (attached !== undefined) given.named.set(name.toLowerCase(), normal({ text: attached }))
    else if (switches.includes(name.toLowerCase())) given.switches.add(name.toLowerCase())
    else {
      at += 1
      given.named.set(name.toLowerCase(), normal(words[at] ?? { text: undefined }))
    }
  }
  return given
}

/** a.txt,b.txt */
function listed(field: Field): Field[] {
  if (field.text === undefined) return [field]
  return field.text.split(',').map((text) => normal({ text: text.trim() }))
}

/** Both slashes separate folders there. */
function normal(field: Field): Field {
  return field.text === undefined ? field : { text: field.text.replaceAll('\\', '/') }
}
