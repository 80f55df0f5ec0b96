/** Sizes, casts, and where the outside world may be read. */

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
  zoneOf,
} from './tree.js'

const fileLinesMax = 400
const commandLinesMax = 100
const functionLinesMax = 70
const functionLinesP90Max = 45

function linesIn(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** Functions with a body of statements; an arrow of one expression is part of the function around it. */
function functionsOf(source: Source): { node: Node; lines: number }[] {
  return source.nodes
    .filter((node) => functionTypes.has(node.type) && isNode(node['body']) && /Body|Block/.test(node['body'].type))
    .filter((node) => !(node['expression'] === true))
    .map((node) => ({ node, lines: linesIn(source.text.slice(node.start, node.end)) }))
}

export function sizeFaults(files: readonly TextFile[], sources: readonly Source[]): string[] {
  const faults: string[] = []
  for (const { path, text } of files) {
    const lines = linesIn(text)
    const isCommand = path.startsWith('packages/cli/src/commands/')
    const max = isCommand ? commandLinesMax : fileLinesMax
    if ((isCode(path) || text.startsWith('#!')) && lines > max) faults.push(`${path}: ${lines} lines, at most ${max}`)
  }
  for (const source of sources) {
    for (const { node, lines } of functionsOf(source)) {
      if (lines > functionLinesMax)
        faults.push(at(source, node, `a function of ${lines} lines, at most ${functionLinesMax}`))
    }
  }
  const { functionP90 } = measure(sources)
  if (functionP90 > functionLinesP90Max)
    faults.push(`functions: p90 ${functionP90} lines, at most ${functionLinesP90Max}`)
  return faults
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** In lines, over what is shipped. */
export function measure(
  sources: readonly Source[],
): Record<'functions' | 'functionMedian' | 'functionP90' | 'functionMax' | 'files' | 'fileMedian' | 'fileMax', number> {
  const shipped = sources.filter(({ path }) => isShipped(path))
  const functions = shipped.flatMap((source) => functionsOf(source).map(({ lines }) => lines))
  const files = shipped.map(({ text }) => linesIn(text))
  return {
    functions: functions.length,
    functionMedian: quantile(functions, 0.5),
    functionP90: quantile(functions, 0.9),
    functionMax: quantile(functions, 1),
    files: files.length,
    fileMedian: quantile(files, 0.5),
    fileMax: quantile(files, 1),
  }
}

function isCast(node: Node): boolean {
  if (node.type === 'TSNonNullExpression' || node.type === 'TSTypeAssertion') return true
  if (node.type !== 'TSAsExpression') return false
  const target = node['typeAnnotation']
  return !(isNode(target) && target.type === 'TSTypeReference' && nameOf(target['typeName']) === 'const')
}

/** Casts (`as X`, `!`) by zone; those of tests stand under "tests". */
export function countCasts(sources: readonly Source[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const source of sources) {
    const zone = isShipped(source.path) ? zoneOf(source.path) : 'tests'
    const found = source.nodes.filter(isCast).length
    if (found > 0) counts[zone] = (counts[zone] ?? 0) + found
  }
  return counts
}

export function castFaults(sources: readonly Source[], limits: Readonly<Record<string, number>>): string[] {
  return Object.entries(countCasts(sources))
    .filter(([zone, count]) => count > (limits[zone] ?? 0))
    .map(([zone, count]) => `${zone}: ${count} casts, at most ${limits[zone] ?? 0} (test/ratchet.json, downwards only)`)
}

/** They join the parts and hand the world in; each with its reason. */
export const compositionRoots: Readonly<Record<string, string>> = {
  'packages/cli/src/main.ts': 'the start of the CLI process',
  'hooks/src/hook.ts': 'the start of the hook process',
  'packages/resident/src/main.ts': 'the start of the resident process',
}

const world = new Set(['Date.now', 'process.cwd', 'process.env', 'crypto.randomUUID'])

function readsWorld(node: Node): string | undefined {
  const member = memberOf(node)
  if (member !== undefined && world.has(member)) return member
  if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date' && listOf(node['arguments']).length === 0)
    return 'new Date()'
  if (node.type !== 'ImportDeclaration') return undefined
  const names = listOf(node['specifiers']).map((each) => nameOf(each['imported']))
  if (names.includes('randomUUID')) return 'randomUUID'
  const fromProcess = /^(node:)?process$/.test(nameOf(node['source']) ?? '')
  return fromProcess ? names.find((name) => name === 'env' || name === 'cwd') : undefined
}

/** Time, ids, working folder and environment enter through packages/runtime; elsewhere they are data. */
export function worldFaults(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => isShipped(path) && zoneOf(path) !== 'packages/runtime' && !(path in compositionRoots))
    .flatMap((source) =>
      source.nodes.flatMap((node) => {
        const found = readsWorld(node)
        return found === undefined ? [] : [at(source, node, `${found} stands in packages/runtime only`)]
      }),
    )
}
