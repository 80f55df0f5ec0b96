/** Who may import whom: the arrows, declared dependencies, barrels, dead files, unused exports. */

import { posix } from 'node:path'
import { at, isNode, isShipped, listOf, type Node, nameOf, type Source, type TextFile, zoneOf } from './tree.js'

interface Import {
  readonly node: Node
  readonly specifier: string
  /** undefined: everything (a namespace, a dynamic import). */
  readonly names: readonly string[] | undefined
}

const bottom = ['packages/log', 'packages/coordination']
const middle = ['packages/runtime', ...bottom]
/** A payload becomes commands, which runtime executes: agents stands on runtime, never the other way round. */
const upper = ['packages/agents', ...middle]

/** From the root down; what is not listed (bin, bench, test) stands above everything. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'packages/log': [],
  'packages/coordination': [],
  'packages/runtime': bottom,
  'packages/agents': middle,
  'packages/resident': upper,
  'packages/mcp': ['packages/coordination'],
  'packages/cli': ['packages/resident', 'packages/mcp', ...upper],
  hooks: upper,
}

/** Started by path or from outside, or put into another's place by a bundle, so nothing imports them. */
const entries = [
  'packages/cli/src/main.ts',
  'hooks/src/hook.ts',
  'hooks/src/lateAdapters.ts',
  'hooks/src/lightSchemas.ts',
  'packages/mcp/src/serve.ts',
]

function namesOf(specifiers: readonly Node[]): readonly string[] | undefined {
  if (specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier')) return undefined
  return specifiers.map((each) => {
    if (each.type === 'ImportDefaultSpecifier') return 'default'
    return nameOf(each['imported'] ?? each['local']) ?? ''
  })
}

export function importsOf(source: Source): Import[] {
  return source.nodes.flatMap((node) => {
    const specifier = nameOf(node['source'])
    if (specifier === undefined) return []
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
        return [{ node, specifier, names: namesOf(listOf(node['specifiers'])) }]
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        return [{ node, specifier, names: undefined }]
      default:
        return []
    }
  })
}

/** The repository path that a specifier means, or undefined if it is none of ours. */
export function targetOf(from: string, specifier: string): string | undefined {
  const own = /^@coordlog\/([^/]+)\/(.+)$/.exec(specifier)
  if (own) return `packages/${own[1]}/src/${own[2]}.ts`
  if (!specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

function arrowFault(source: Source, { node, specifier }: Import): string | undefined {
  const zone = zoneOf(source.path)
  const allowed = arrows[zone]
  if (zone === 'packages/coordination' && isShipped(source.path) && specifier.startsWith('node:')) {
    return at(source, node, `${zone} is pure and imports ${specifier}`)
  }
  const target = targetOf(source.path, specifier)
  if (target === undefined) return undefined
  if (isShipped(source.path) && !isShipped(target))
    return at(source, node, `src imports ${specifier}, which is not src`)
  const targetZone = zoneOf(target)
  if (targetZone === zone) return undefined
  if (allowed && !allowed.includes(targetZone)) return at(source, node, `${zone} must not import ${targetZone}`)
  return specifier.startsWith('.') && zone.startsWith('packages/')
    ? at(source, node, `${specifier} leaves the package; import @coordlog/…`)
    : undefined
}

export function arrowFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => importsOf(source).flatMap((each) => arrowFault(source, each) ?? []))
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

interface External {
  readonly source: Source
  readonly node: Node
  readonly name: string
}

function externalsOf(source: Source): External[] {
  return importsOf(source)
    .filter(({ specifier }) => !/^(\.|node:|#)/.test(specifier))
    .map(({ node, specifier }) => ({ source, node, name: packageName(specifier) }))
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>
}

/**
 * npm leaves a binary of another platform out of the lock file when the registry at hand does not have it; `npm ci` then
 * refuses the file where it asks again. Each optional dependency has its entry.
 */
export function lockFaults(files: readonly TextFile[]): string[] {
  const text = files.find(({ path }) => path === 'package-lock.json')?.text
  const { packages }: Lock = text === undefined ? { packages: {} } : JSON.parse(text)
  return Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !(`node_modules/${name}` in packages))
    .map((name) => `package-lock.json: no entry for the optional dependency ${name}`)
}

const belongsToPackage = ({ source }: External): boolean =>
  source.path.startsWith('packages/') && isShipped(source.path)

/** What src imports is declared by its package and the other way round; the rest may also use what the root declares. */
export function dependencyFaults(files: readonly TextFile[], sources: readonly Source[]): string[] {
  const manifest = (path: string): Manifest => JSON.parse(files.find((file) => file.path === path)?.text ?? '{}')
  const declared = (zone: string): string[] => Object.keys(manifest(`${zone}/package.json`).dependencies ?? {})
  const root = manifest('package.json')
  const ofRoot = Object.keys({ ...root.dependencies, ...root.devDependencies })
  const externals = sources.flatMap(externalsOf)
  const undeclared = externals.filter((each) => {
    if (declared(zoneOf(each.source.path)).includes(each.name)) return false
    return belongsToPackage(each) || !(ofRoot.includes(each.name) || each.name.startsWith('@coordlog/'))
  })
  const used = new Set(
    externals.filter(belongsToPackage).map(({ source, name }) => `${zoneOf(source.path)}/package.json: ${name}`),
  )
  const zones = new Set(sources.filter(({ path }) => isShipped(path)).map(({ path }) => zoneOf(path)))
  const unused = [...zones]
    .flatMap((zone) => declared(zone).map((name) => `${zone}/package.json: ${name}`))
    .filter((each) => !used.has(each))
  return [
    ...undeclared.map(({ source, node, name }) =>
      at(source, node, `${name} is not in the dependencies of ${zoneOf(source.path)}/package.json`),
    ),
    ...unused.map((each) => `${each} is declared, but no src imports it`),
  ]
}

export function barrelFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const body = listOf(source.nodes[0]?.['body'])
    const reexports = body.filter((node) => node.type === 'ExportNamedDeclaration' && isNode(node['source']))
    const stars = body.filter(({ type }) => type === 'ExportAllDeclaration').map((node) => at(source, node, 'export *'))
    const barrel = body.length > 0 && reexports.length === body.length
    return barrel ? [...stars, `${source.path}: a barrel: it only passes on what others export`] : stars
  })
}

interface Use {
  readonly target: string
  /** undefined: everything. */
  readonly names: readonly string[] | undefined
}

/** Compiled paths in plain JavaScript count as the use of everything. */
function usesIn(source: Source): Use[] {
  const imported = importsOf(source).flatMap(({ specifier, names }) => {
    const target = targetOf(source.path, specifier)
    return target === undefined ? [] : [{ target, names }]
  })
  const byPath = [...source.text.matchAll(/(packages\/\w+|hooks)\/dist\/(src\/[\w/-]+)\.js/g)]
  return [...imported, ...byPath.map(([, zone, path]) => ({ target: `${zone}/${path}.ts`, names: undefined }))]
}

/** target path → names that others import; 'all' for everything. */
function usesOf(sources: readonly Source[]): Map<string, Set<string> | 'all'> {
  const uses = new Map<string, Set<string> | 'all'>()
  for (const { target, names } of sources.flatMap(usesIn)) {
    const before = uses.get(target) ?? new Set<string>()
    uses.set(target, names === undefined || before === 'all' ? 'all' : new Set([...before, ...names]))
  }
  return uses
}

export function deadFileFaults(sources: readonly Source[]): string[] {
  const uses = usesOf(sources)
  return sources
    .filter(({ path }) => isShipped(path) && !entries.includes(path) && !uses.has(path))
    .map(({ path }) => `${path}: nothing imports it`)
}

interface Exported {
  readonly node: Node
  readonly name: string
  readonly isType: boolean
}

function exportsOf(source: Source): Exported[] {
  return source.nodes.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration') return []
    const isType = node['exportKind'] === 'type'
    const { declaration } = node
    const listed = listOf(node['specifiers']).map((each) => nameOf(each['exported']))
    const declared = isNode(declaration) ? [declaration, ...listOf(declaration['declarations'])] : []
    const names = [...listed, ...declared.map((each) => nameOf(each['id']))]
    return names.flatMap((name) => (name === undefined ? [] : [{ node, name, isType }]))
  })
}

/** A type that other exports of its file speak of is part of their signature, and so in use. */
function isUsedInside(source: Source, { name, isType }: Exported): boolean {
  return isType && source.nodes.filter((node) => node.type === 'Identifier' && node['name'] === name).length > 1
}

export function unusedExportFaults(sources: readonly Source[]): string[] {
  const uses = usesOf(sources)
  return sources
    .filter(({ path }) => isShipped(path) && !entries.includes(path))
    .flatMap((source) => {
      const used = uses.get(source.path)
      if (used === undefined || used === 'all') return []
      return exportsOf(source)
        .filter((each) => !used.has(each.name) && !isUsedInside(source, each))
        .map(({ node, name }) => at(source, node, `nothing imports ${name}`))
    })
}
