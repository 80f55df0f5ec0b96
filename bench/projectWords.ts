import type { AddDecision } from '@coordlog/coordination/commands'
import type { Random } from './random.js'

/** The words of a made-up project: paths, tasks and decisions as agents on a shop's repository would write them. */

const packages = ['api', 'web', 'admin', 'worker', 'shared', 'billing', 'search'] as const
const subjects = ['orders', 'customers', 'invoices', 'sessions', 'products', 'shipping', 'payments', 'reports'] as const
const parts = ['repository', 'routes', 'schema', 'validation', 'queries', 'handlers', 'types', 'events'] as const
const endings = ['.ts', '.test.ts', '.tsx', '.sql', '.md'] as const

/** 7 × 8 × 8 × 5: as many files as a repository of some size has. */
const filesCount = packages.length * subjects.length * parts.length * endings.length

function at<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length]
  if (value === undefined) throw new Error('an empty word list')
  return value
}

export function filePath(index: number): string {
  const ending = Math.floor(index / packages.length)
  const part = Math.floor(ending / endings.length)
  const subject = Math.floor(part / parts.length)
  return `packages/${at(packages, index)}/src/${at(subjects, subject)}/${at(parts, part)}${at(endings, ending)}`
}

/** A few files are edited all the time, most hardly ever. */
export function someFile(random: Random): string {
  return filePath(Math.floor(random.fraction() ** 2 * filesCount))
}

const verbs = ['add', 'fix', 'rework', 'test', 'document', 'speed up'] as const

export function someTask(random: Random): string {
  return `${random.pick(verbs)} ${random.pick(parts)} of ${random.pick(subjects)} in ${random.pick(packages)}`
}

const categories = ['architecture', 'api-design', 'database-schema', 'security', 'testing'] as const

/** What stands in a decision, without who and when. */
export function someDecision(
  random: Random,
): Pick<
  AddDecision,
  'category' | 'title' | 'description' | 'scope' | 'status' | 'rationale' | 'alternatives' | 'files'
> {
  const subject = random.pick(subjects)
  const part = random.pick(parts)
  return {
    category: random.pick(categories),
    title: `Keep the ${part} of ${subject} behind one module`,
    description: `Everything that touches ${subject} goes through ${part}; other packages import the types only.`,
    scope: 'module',
    status: 'accepted',
    rationale: 'Two sessions changed the same queries in different ways last week.',
    alternatives: [`one ${part} per package`],
    files: [someFile(random)],
  }
}
