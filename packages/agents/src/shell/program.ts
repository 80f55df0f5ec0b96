import { join } from 'node:path'
import type { ResourceName } from '@coordlog/coordination/resources'
import { pathOf } from './collector.js'
import type { Field, Input, Scope } from './scope.js'
import type { Walk } from './walk.js'
import type { ResourceUse } from './writes.js'

/** A program as it is called, and what its call does to files. */
export interface Call {
  name: string
  args: readonly Field[]
  scope: Scope
  input: Input
  walk: Walk
}

export type Program = (call: Call) => void

export type Programs = Record<string, Program>

/** Of the worktree in which the call runs. */
export function uses({ walk, scope }: Call, name: ResourceName, after: ResourceUse['after']): void {
  const top = scope.cwd === undefined ? undefined : walk.surroundings.topOf(scope.cwd)
  if (top !== undefined) walk.collector.resource({ name, top, after })
}

/** Each of them is written or removed. */
export function writeEach({ walk, scope }: Call, fields: readonly Field[]): void {
  for (const field of fields) walk.collector.write(field, scope)
}

/** The same for what is there: some programs make no file of their own. */
export function writeExisting(call: Call, fields: readonly Field[]): void {
  writeEach(
    call,
    fields.filter((field) => isThere(call, field)),
  )
}

export function isThere({ walk, scope }: Call, field: Field): boolean {
  const path = pathOf(field, scope)
  if (path === undefined || path === '') return path === undefined
  return walk.collector.has(path) || walk.surroundings.kindOf(path) !== 'absent'
}

export function isFolder({ walk, scope }: Call, field: Field | undefined): boolean {
  const path = field === undefined ? undefined : pathOf(field, scope)
  return path ? walk.surroundings.kindOf(path) === 'folder' : false
}

/** A file by itself; a folder with everything that it holds. */
export function writeAll(call: Call, field: Field, sure = true): void {
  const { walk, scope } = call
  const path = pathOf(field, scope)
  if (path && isFolder(call, field)) walk.collector.add({ path, reach: 'below', sure, act: 'write' })
  else if (sure) walk.collector.write(field, scope)
  else if (path) walk.collector.add({ path, reach: 'file', sure, act: 'write' })
  else walk.collector.maybeBelow(field.below)
}

/** The name of a file inside a folder. */
export function inside(folder: Field, name: string): Field {
  return folder.text === undefined ? folder : { text: join(folder.text, name) }
}
