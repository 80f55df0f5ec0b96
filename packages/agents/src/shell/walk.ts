import {
  type Command,
  type CommandNode,
  type CompoundList,
  type For,
  forEachChild,
  type PipelineNode,
  parse,
  type Redirected,
  type Script,
  type Select,
  type Function as ShellFunction,
  type Statement,
  type SyntaxNode,
} from 'unbash'
import { assign } from './assignments.js'
import type { Collector } from './collector.js'
import { runFields } from './programs.js'
import { inputOf, redirect } from './redirections.js'
import { blur, copyOf, type Field, type Input, noInput, type Scope } from './scope.js'
import { sourcesOf } from './sources.js'
import { fieldsOf } from './words.js'
import type { Surroundings } from './writes.js'

/** Goes through a script in the order in which it would run, and hands each simple command to what knows its program. */
export interface Walk {
  readonly surroundings: Surroundings
  readonly collector: Collector
  /** A command line given as text: bash -c, eval, a script on standard input. */
  script(text: string, scope: Scope, input?: Input): void
  /** A command given as words: sudo, xargs, find -exec. */
  run(fields: readonly Field[], scope: Scope, input: Input): void
  callFunction(body: ShellFunction, args: readonly Field[], scope: Scope, input: Input): void
}

/** Functions that call themselves, and commands inside commands inside commands. */
const depthMax = 12
const loopsMax = 100

export function createWalk(surroundings: Surroundings, collector: Collector): Walk {
  const walk: Walk = {
    surroundings,
    collector,
    script(text, scope, input = noInput) {
      const parsed = parse(text)
      if (scope.depth > depthMax || (parsed.errors?.length ?? 0) > 0) return collector.opaque()
      walkScript(walk, parsed, { ...scope, depth: scope.depth + 1 }, input)
    },
    run: (fields, scope, input) => runFields(walk, fields, scope, input),
    callFunction(body, args, scope, input) {
      if (scope.depth > depthMax) return collector.opaque()
      const inside = { ...copyOf(scope), depth: scope.depth + 1 }
      for (const [at, { text, below }] of args.entries()) {
        inside.variables.set(String(at + 1), text === undefined ? { below } : { texts: [text] })
      }
      const texts = args.map(({ text }) => text)
      const all = texts.flatMap((text) => (text === undefined ? [] : [text]))
      inside.variables.set('@', all.length === texts.length ? { texts: all } : { below: scope.cwd })
      const { body: what } = body
      if (what.type === 'CompoundList') walkList(walk, what, inside, input)
      else walkNode(walk, what, inside, input)
      scope.cwd = inside.cwd
    },
  }
  return walk
}

function walkScript(walk: Walk, { commands }: Script, scope: Scope, input: Input): void {
  for (const statement of commands) walkStatement(walk, statement, scope, input)
}

function walkList(walk: Walk, { commands }: CompoundList, scope: Scope, input: Input): void {
  for (const statement of commands) walkStatement(walk, statement, scope, input)
}

function walkStatement(walk: Walk, { command }: Statement, scope: Scope, input: Input): void {
  if (command.type !== 'AndOr') {
    walkPipeline(walk, command, scope, input)
    return
  }
  for (const each of command.commands) walkPipeline(walk, each, scope, input)
}

function walkPipeline(walk: Walk, node: PipelineNode, scope: Scope, input: Input): void {
  if (node.type !== 'Pipeline') {
    walkNode(walk, node, scope, input)
    return
  }
  // A single command is a pipeline only for "time" and "!".
  const isSingle = node.commands.length === 1
  let given = input
  for (const command of node.commands) {
    walkNode(walk, command, isSingle ? scope : copyOf(scope), given)
    given = sourcesOf(command, scope, walk.surroundings)
  }
}

function walkNode(walk: Walk, node: CommandNode, scope: Scope, input: Input): void {
  switch (node.type) {
    case 'Command':
      walkCommand(walk, node, scope, input)
      return
    case 'Redirected':
      walkRedirected(walk, node, scope, input)
      return
    case 'Function':
      scope.functions.set(node.name.value, node)
      return
    case 'Subshell':
      walkList(walk, node.body, copyOf(scope), input)
      return
    case 'BraceGroup':
      walkList(walk, node.body, scope, input)
      return
    case 'If':
      walkList(walk, node.clause, scope, input)
      for (const { clause, then } of [node, ...node.elif]) {
        if (clause !== node.clause) walkList(walk, clause, scope, input)
        branch(walk, then, scope, input)
      }
      if (node.else !== undefined) branch(walk, node.else, scope, input)
      return
    case 'While':
      walkList(walk, node.clause, scope, input)
      branch(walk, node.body, scope, input)
      return
    case 'For':
    case 'Select':
      walkLoop(walk, node, scope, input)
      return
    case 'ArithmeticFor':
      branch(walk, node.body, scope, input)
      return
    case 'Case':
      for (const { body } of node.items) branch(walk, body, scope, input)
      return
    case 'Coproc':
      if (node.body.type === 'CompoundList') walkList(walk, node.body, copyOf(scope), input)
      else walkNode(walk, node.body, copyOf(scope), input)
      return
    default:
      walkInner(walk, node, scope)
      return
  }
}

/** What may run or not. */
function branch(walk: Walk, list: CompoundList, scope: Scope, input: Input): void {
  const inside = copyOf(scope)
  walkList(walk, list, inside, input)
  blur(scope, inside)
}

function walkLoop(walk: Walk, { name, wordlist, body }: For | Select, scope: Scope, input: Input): void {
  for (const word of wordlist ?? []) walkInner(walk, word, scope)
  const all = scope.variables.get('@')
  const fields: Field[] =
    wordlist?.flatMap((word) => fieldsOf(word, scope, walk.surroundings)) ??
    (all !== undefined && 'texts' in all ? all.texts.map((text) => ({ text })) : [{ text: undefined }])
  for (const { text, below } of fields.slice(0, loopsMax)) {
    scope.variables.set(name.value, text === undefined ? { below } : { texts: [text] })
    branch(walk, body, scope, input)
  }
  if (fields.length > loopsMax) walk.collector.opaque()
}

function walkRedirected(walk: Walk, node: Redirected, scope: Scope, input: Input): void {
  for (const each of node.redirects) {
    walkInner(walk, each, scope)
    redirect(walk, each, scope)
  }
  walkNode(walk, node.command, scope, inputOf(node.redirects, scope, walk.surroundings) ?? input)
}

function walkCommand(walk: Walk, command: Command, scope: Scope, input: Input): void {
  walkInner(walk, command, scope)
  for (const each of command.redirects) redirect(walk, each, scope)
  const { name } = command
  if (name === undefined) {
    for (const each of command.prefix) if (each.type === 'Assignment') assign(each, scope, walk.surroundings)
    return
  }
  const args = command.args.flatMap((arg): Field[] =>
    arg.type === 'Word' ? fieldsOf(arg, scope, walk.surroundings) : assign(arg, copyOf(scope), walk.surroundings),
  )
  const fields = [...fieldsOf(name, scope, walk.surroundings), ...args]
  runFields(walk, fields, scope, inputOf(command.redirects, scope, walk.surroundings) ?? input)
}

/** Commands inside of words: $(…), `…`, <(…), >(…). */
function walkInner(walk: Walk, node: SyntaxNode, scope: Scope): void {
  forEachChild(node, (child) => {
    if (child.type === 'CommandExpansion' || child.type === 'ProcessSubstitution') {
      if (child.script !== undefined && scope.depth <= depthMax) {
        walkScript(walk, child.script, { ...copyOf(scope), depth: scope.depth + 1 }, noInput)
      }
    } else walkInner(walk, child, scope)
  })
}
