import { resolve } from 'node:path'
import type { Field, Scope } from './scope.js'
import type { ResourceUse, Target, Writes } from './writes.js'

/** What has been found so far. */
export interface Collector {
  add(target: Target): void
  /** A file that is written for certain, if its name is known. */
  write(field: Field, scope: Scope): void
  /** Somewhere below a folder something may be written. */
  maybeBelow(folder: string | undefined): void
  resource(use: ResourceUse): void
  opaque(): void
  has(path: string): boolean
  found(): Writes
}

/** A command that names more than this is not gone through name by name. */
const targetsMax = 1_000

export function createCollector(): Collector {
  const targets = new Map<string, Target>()
  const resources = new Map<string, ResourceUse>()
  let isOpaque = false
  const collector: Collector = {
    add(target) {
      const key = `${target.reach} ${target.act} ${target.only ?? ''} ${target.path}`
      const before = targets.get(key)
      if (before === undefined && targets.size >= targetsMax) isOpaque = true
      else targets.set(key, { ...target, sure: target.sure || before?.sure === true })
    },
    write(field, scope) {
      const path = pathOf(field, scope)
      if (path === undefined) collector.maybeBelow(field.below)
      else if (path !== '') collector.add({ path, reach: 'file', sure: true, act: 'write' })
    },
    maybeBelow(folder) {
      isOpaque = true
      if (folder !== undefined) collector.add({ path: folder, reach: 'below', sure: false, act: 'write' })
    },
    resource({ name, top, after }) {
      const before = resources.get(`${name} ${top}`)?.after
      const mayStay = before !== undefined && (before.failure || before.success)
      // What comes last decides; after a failure nobody knows how far it came.
      resources.set(`${name} ${top}`, {
        name,
        top,
        after: { success: after.success, failure: after.failure || mayStay },
      })
    },
    opaque() {
      isOpaque = true
    },
    has: (path) => targets.has(`file write  ${path}`),
    found: () => ({ targets: [...targets.values()], resources: [...resources.values()], opaque: isOpaque }),
  }
  return collector
}

/** Absolute; undefined: not known; '': no file. */
export function pathOf({ text }: Field, { cwd }: Scope): string | undefined {
  if (text === undefined) return undefined
  if (text === '' || text === '-' || text.includes('\0')) return ''
  if (text.startsWith('/dev/')) return ''
  if (text.startsWith('/')) return resolve(text)
  return cwd === undefined ? undefined : resolve(cwd, text)
}
