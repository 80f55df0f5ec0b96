import type { FileEdit, State } from './state.js'
import { type InstanceRow, instanceRows, type LeaseRow, leaseRows, type Present } from './views.js'

/** A state, and the moment at which it is looked at. */
export interface Look {
  readonly state: State
  readonly present: Present
}

/** What a reader sees change between two looks. Rows stand as they are in the later look, where there is one. */
export interface Difference {
  instances: {
    came: InstanceRow[]
    /** As they were before. */
    left: InstanceRow[]
    changed: { id: string; changes: Change[] }[]
  }
  locks: {
    taken: LeaseRow[]
    /** As they were before. */
    freed: LeaseRow[]
    /** The same path, another lease: who had it before, and who has it now. */
    passed: { before: LeaseRow; after: LeaseRow }[]
    /** The same lease: what moved. */
    changed: { path: string; holder: string; token: number; changes: Change[] }[]
  }
  decisions: {
    added: { id: string; title: string; status: string; by: string; sequence: number }[]
    changed: { id: string; title: string; changes: Change[] }[]
  }
  /** Files that were edited in between, each with its last edit. */
  files: (FileEdit & { path: string })[]
}

export interface Change {
  what: string
  before: string
  after: string
}

export function differenceBetween(before: Look, after: Look): Difference {
  return {
    instances: instanceDifference(before, after),
    locks: lockDifference(before, after),
    decisions: decisionDifference(before.state, after.state),
    files: editsBetween(before.state, after.state),
  }
}

export function isEmpty({ instances, locks, decisions, files }: Difference): boolean {
  const lists = [...Object.values(instances), ...Object.values(locks), ...Object.values(decisions), files]
  return lists.every((list) => list.length === 0)
}

const instanceFacts = ['status', 'role', 'task', 'worktree', 'cwd', 'branch'] as const

function instanceDifference(before: Look, after: Look): Difference['instances'] {
  const was = new Map(instanceRows(before.state, before.present).map((row) => [row.id, row]))
  const is = new Map(instanceRows(after.state, after.present).map((row) => [row.id, row]))
  return {
    came: [...is.values()].filter(({ id }) => !was.has(id)),
    left: [...was.values()].filter(({ id }) => !is.has(id)),
    changed: [...is.values()].flatMap((row) => {
      const changes = changesOf(instanceFacts, was.get(row.id), row)
      return changes.length === 0 ? [] : [{ id: row.id, changes }]
    }),
  }
}

const leaseFacts = ['expired', 'expiresAt', 'reason', 'hold'] as const

function lockDifference(before: Look, after: Look): Difference['locks'] {
  const found: Difference['locks'] = { taken: [], freed: [], passed: [], changed: [] }
  const was = leaseRows(before.state, before.present)
  const is = leaseRows(after.state, after.present)
  const isSame = (a: LeaseRow, b: LeaseRow) => a.path === b.path && a.holder === b.holder && a.token === b.token
  const gone = was.filter((row) => !is.some((other) => isSame(row, other)))
  for (const row of is) {
    const same = was.find((other) => isSame(row, other))
    const { path, holder, token } = row
    if (same !== undefined) {
      const changes = changesOf(leaseFacts, same, row)
      if (changes.length > 0) found.changed.push({ path, holder, token, changes })
      continue
    }
    const at = gone.findIndex((other) => other.path === row.path && other.worktree === row.worktree)
    const [passed] = at < 0 ? [] : gone.splice(at, 1)
    if (passed === undefined) found.taken.push(row)
    else found.passed.push({ before: passed, after: row })
  }
  return { ...found, freed: gone }
}

function decisionDifference(before: State, after: State): Difference['decisions'] {
  const was = new Map(before.decisions.map((decision) => [decision.sequence, decision]))
  return {
    added: after.decisions
      .filter(({ sequence }) => !was.has(sequence))
      .map(({ id, title, status, by, sequence }) => ({ id, title, status, by, sequence })),
    changed: after.decisions.flatMap((decision) => {
      const changes = changesOf(['status', 'supersededBy'], was.get(decision.sequence), decision)
      return changes.length === 0 ? [] : [{ id: decision.id, title: decision.title, changes }]
    }),
  }
}

function editsBetween(before: State, after: State): Difference['files'] {
  return Object.entries(after.files)
    .filter(([path, edit]) => before.files[path]?.sequence !== edit.sequence)
    .map(([path, edit]) => ({ path, ...edit }))
    .sort((a, b) => a.sequence - b.sequence || (a.path < b.path ? -1 : 1))
}

/** None for what was not there before: that is told as a whole. */
function changesOf<T extends object>(facts: readonly (keyof T & string)[], was: T | undefined, is: T): Change[] {
  if (was === undefined) return []
  return facts.flatMap((what) => {
    const [before, after] = [String(was[what] ?? ''), String(is[what] ?? '')]
    return before === after ? [] : [{ what, before, after }]
  })
}
