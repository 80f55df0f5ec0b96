/** The repository's files as data, and the syntax trees of those that are code. The rules beside this file are pure over both. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

export interface TextFile {
  /** Relative to the root, with "/". */
  readonly path: string
  readonly text: string
}

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export interface Source extends TextFile {
  /** Every node of the tree, parents before children. */
  readonly nodes: readonly Node[]
}

/** A file on disk that is not ours: made, installed, or a recording kept byte for byte. */
const passedOver = new Set(['node_modules', 'dist', 'coverage', 'fixtures', '.git', '.claude'])

export function readTree(root: string, folder = ''): TextFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (passedOver.has(entry.name)) return []
    if (entry.isDirectory()) return readTree(root, path)
    return entry.isFile() ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

export function isCode(path: string): boolean {
  return /\.(ts|mts|mjs|cjs|js)$/.test(path)
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function collect(value: unknown, into: Node[]): Node[] {
  if (Array.isArray(value)) for (const item of value) collect(item, into)
  if (!isNode(value)) return into
  into.push(value)
  for (const child of Object.values(value)) if (typeof child === 'object') collect(child, into)
  return into
}

/** Throws if the file does not parse. */
export function parse(file: TextFile): Source {
  const { program, errors } = parseSync(file.path, file.text)
  if (errors[0]) throw new Error(`${file.path} does not parse: ${errors[0].message}`)
  return { ...file, nodes: collect(program, []) }
}

export function lineOf(file: TextFile, node: Node): number {
  return file.text.slice(0, node.start).split('\n').length
}

export function at(file: TextFile, node: Node, message: string): string {
  return `${file.path}:${lineOf(file, node)}: ${message}`
}

/** The name of an identifier, the text of a string literal, else undefined. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  const found = value['type'] === 'Identifier' ? value['name'] : value['value']
  return typeof found === 'string' ? found : undefined
}

/** "Date.now" for a member access of two plain names, else undefined. */
export function memberOf(value: unknown): string | undefined {
  if (!isNode(value) || value.type !== 'MemberExpression' || value['computed'] === true) return undefined
  const object = nameOf(value['object'])
  const property = nameOf(value['property'])
  return object !== undefined && property !== undefined ? `${object}.${property}` : undefined
}

export function listOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** "packages/log", "hooks", "test" …: what a file belongs to. */
export function zoneOf(path: string): string {
  return path.startsWith('packages/') ? path.split('/', 2).join('/') : (path.split('/', 1)[0] ?? '')
}

export function isShipped(path: string): boolean {
  return /^(packages\/[^/]+|hooks)\/src\//.test(path)
}
