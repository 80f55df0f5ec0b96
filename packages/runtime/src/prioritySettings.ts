import { limits, type PriorityRule, priorityModes } from '@coordlog/coordination/vocabulary'
import type { Config } from './config.js'
import { choice, duration, type Setting } from './settingKinds.js'

/** Which roles go before which, for which files (docs/priority.md). */

const rulesMax = 50
const patternUnitsMax = 200
/** Each one more multiplies what a path that does not match costs. */
const anyFoldersMax = 3

const rules: Setting<Config> = {
  meaning: 'which roles go before which, for which files',
  allowed: 'JSON: [{"paths":"backend/**","roles":["first","second"]}]',
  read: ({ lock }) => JSON.stringify(lock.priority),
  write({ lock }, value) {
    const found = rulesIn(value)
    if (found !== undefined) lock.priority = found
    return found !== undefined
  },
  stored: ({ lock }) => lock.priority,
}

function rulesIn(text: string): PriorityRule[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (!Array.isArray(value) || value.length > rulesMax) return undefined
  const found = value.flatMap((each) => (isRule(each) ? [{ paths: each.paths, roles: each.roles }] : []))
  return found.length === value.length ? found : undefined
}

function isRule(value: unknown): value is PriorityRule {
  if (typeof value !== 'object' || value === null || !('paths' in value) || !('roles' in value)) return false
  const { paths, roles } = value
  return Object.keys(value).length === 2 && isPattern(paths) && Array.isArray(roles) && areRoles(roles)
}

function isPattern(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= patternUnitsMax &&
    value.split('**').length - 1 <= anyFoldersMax
  )
}

function areRoles(roles: readonly unknown[]): boolean {
  const areNames = roles.every((role) => typeof role === 'string' && role !== '' && role.length <= limits.role)
  return areNames && roles.length > 0 && roles.length <= rulesMax && new Set(roles).size === roles.length
}

export const prioritySettings: Record<string, Setting<Config>> = {
  'lock.priority': rules,
  'lock.priorityMode': choice(
    'whether a higher role is first in line, or may take the file besides',
    priorityModes,
    (c) => c.lock.priorityMode,
    (c, v) => {
      c.lock.priorityMode = v
    },
  ),
  'lock.priorityGrace': duration(
    'how long after a notice to its holder a higher role may take a file',
    [0, 3_600_000],
    (c) => c.lock.priorityGraceMs,
    (c, v) => {
      c.lock.priorityGraceMs = v
    },
  ),
}
