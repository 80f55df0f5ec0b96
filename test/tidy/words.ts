/** Names and words: of files, in texts, of vendors; and what every test file must have. */

import { at, isCode, isNode, isShipped, listOf, memberOf, nameOf, type Source, type TextFile } from './tree.js'

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

/** No test left on `.only`, and no suite whose `.run()` is forgotten: uvu would pass it with no test at all. */
export function testFileFaults(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.endsWith('.test.ts'))
    .flatMap((source) => {
      const calls = source.nodes
        .filter(({ type }) => type === 'CallExpression')
        .map((node) => ({ node, called: memberOf(node['callee']) }))
      const only = calls
        .filter(({ called }) => called?.endsWith('.only'))
        .map(({ node }) => at(source, node, '.only is left on'))
      const runs = calls.flatMap(({ called }) => (called?.endsWith('.run') ? [called.slice(0, -'.run'.length)] : []))
      const suites = source.nodes.flatMap((node) => {
        const made =
          node.type === 'VariableDeclarator' && isNode(node['init']) && nameOf(node['init']['callee']) === 'suite'
        return made ? [nameOf(node['id']) ?? ''] : []
      })
      const forgotten = suites
        .filter((name) => !runs.includes(name))
        .map((name) => `${source.path}: ${name}.run() is forgotten`)
      return runs.length === 0 ? [...only, `${source.path}: calls no .run()`] : [...only, ...forgotten]
    })
}
