/** Names and words: of files, in texts, of vendors; and what every test file must have. */

import { importsOf, targetOf } from './imports.js'
import {
  at,
  isCode,
  isNode,
  isShipped,
  listOf,
  memberOf,
  type Node,
  nameOf,
  type Source,
  type TextFile,
} from './tree.js'

/** Nouns that say nothing, as the last word of a file or folder; adjectives of a fork that should be a change, anywhere. */
const nounsBanned = /^(utils?|utilit(y|ies)|helpers?|common|misc|managers?|services?)$/
const forksBanned = /^(v\d+|enhanced|improved|fast|new|old|copy)$/

function isBadName(part: string): boolean {
  const words = part
    .replace(/(\.test)?\.\w+$/, '')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.]/)
  return nounsBanned.test(words.at(-1) ?? '') || words.some((word) => forksBanned.test(word))
}

export function nameFaults(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => isCode(path) && path.split('/').some(isBadName))
    .map(({ path }) => `${path}: name it by its subject`)
}

const wordsBanned: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME)\b/, 'unfinished work'],
  [/\bnot (yet )?implemented\b/i, 'unfinished work'],
  [/(?<![\w.~@-])\/(work|root)\/\w/, 'a path of one machine'],
  [/\bregistry\.[\w-]+\.\w|\bartifactory\b|\bverdaccio\b|"resolved": "https?:/i, 'a registry host'],
]

/** The rules themselves and their tests must name what they ban. */
const speaksOfRules = /^test\/tidy/

export function wordFaults(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path, text }) => !speaksOfRules.test(path) && !text.includes('\0'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const found = wordsBanned.find(([pattern]) => pattern.test(line))
        return found ? [`${path}:${index + 1}: ${found[1]}: ${found[0].exec(line)?.[0]}`] : []
      }),
    )
}

export function emptyCatchFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.nodes
      .filter(
        (node) => node.type === 'CatchClause' && isNode(node['body']) && listOf(node['body']['body']).length === 0,
      )
      .map((node) => at(source, node, 'a catch that swallows everything')),
  )
}

const vendorFields =
  /\b(tool_input|tool_use_id|tool_response|tool_name|hook_event_name|transcript_path|stop_hook_active|agent_transcript_path|hookSpecificOutput|permissionDecision\w*)\b/

/** Payload fields of the clients stand in packages/agents, tests and docs. */
export function vendorFaults(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => (isShipped(path) && !path.startsWith('packages/agents/')) || path.startsWith('bin/'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const found = vendorFields.exec(line)?.[0]
        return found === undefined
          ? []
          : [`${path}:${index + 1}: ${found} is a client's field and belongs to packages/agents`]
      }),
    )
}

interface Calls {
  readonly only: readonly Node[]
  /** The names on which `.run()` is called. */
  readonly runs: readonly string[]
}

function callsIn(source: Source): Calls {
  const calls = source.nodes
    .filter(({ type }) => type === 'CallExpression')
    .map((node) => ({ node, called: memberOf(node['callee']) ?? '' }))
  return {
    only: calls.filter(({ called }) => called.endsWith('.only')).map(({ node }) => node),
    runs: calls.filter(({ called }) => called.endsWith('.run')).map(({ called }) => called.slice(0, -'.run'.length)),
  }
}

function suitesIn(source: Source): string[] {
  return source.nodes
    .filter(({ type, init }) => type === 'VariableDeclarator' && isNode(init) && nameOf(init['callee']) === 'suite')
    .map(({ id }) => nameOf(id) ?? '')
}

/**
 * No test left on `.only`, and no suite whose `.run()` is forgotten: uvu would pass it with no test at all. A file may
 * leave the running to one that it imports, as those do that hand a backend to the contract.
 */
export function testFileFaults(sources: readonly Source[]): string[] {
  const tests = sources.filter(({ path }) => path.endsWith('.ts') && !isShipped(path))
  const running = new Set(tests.filter((source) => callsIn(source).runs.length > 0).map(({ path }) => path))
  return tests.flatMap((source) => {
    const { only, runs } = callsIn(source)
    const forgotten = suitesIn(source).filter((name) => !runs.includes(name))
    const runsElsewhere = importsOf(source).some(({ specifier }) => running.has(targetOf(source.path, specifier) ?? ''))
    const isSilent = source.path.endsWith('.test.ts') && runs.length === 0 && !runsElsewhere
    return [
      ...only.map((node) => at(source, node, '.only is left on')),
      ...forgotten.map((name) => `${source.path}: ${name}.run() is forgotten`),
      ...(isSilent ? [`${source.path}: calls no .run()`] : []),
    ]
  })
}
