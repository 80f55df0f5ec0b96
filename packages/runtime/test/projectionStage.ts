import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Coordination, openCoordination } from '../src/coordination.js'
import { randomId } from '../src/identity.js'
import { forgetRepositories } from '../src/place.js'
import { type Scratch, scratch } from './scratchRepository.js'

/** A repository with a linked worktree, coordlog set up in both; what stands in their .claude/coordination. */
export interface Stage extends Scratch {
  main: string
  side: string
  open(worktree: string, at?: string): Promise<Coordination>
  /** What a command does: open, work, tidy up, close. Returns the notes. */
  act(worktree: string, work?: (coordination: Coordination) => Promise<unknown>, at?: string): Promise<string[]>
  file(worktree: string, name: string): string
  // biome-ignore lint/suspicious/noExplicitAny: documents are read as a script would read them
  json(worktree: string, name: string): any
  locks(worktree: string): string[]
}

export function stage(): Stage {
  const made = scratch()
  const main = made.repository('main')
  const side = join(made.root, 'side')
  made.git(main, 'worktree', 'add', '-q', side, '-b', 'side')
  for (const worktree of [main, side]) setUp(worktree)
  forgetRepositories()
  const file = (worktree: string, name: string) => join(worktree, '.claude/coordination', name)
  const open: Stage['open'] = (cwd, at) => {
    const clock = { now: () => at ?? new Date().toISOString(), monotonicMs: () => performance.now() }
    return openCoordination({ cwd, env: {}, lockDeadlineMs: 5_000, clock })
  }
  return {
    ...made,
    main,
    side,
    open,
    file,
    json: (worktree: string, name: string) => JSON.parse(readFileSync(file(worktree, name), 'utf8')),
    locks: (worktree: string) => readdirSync(file(worktree, 'locks')).sort(),
    act: async (
      worktree: string,
      work: (coordination: Coordination) => Promise<unknown> = async () => {},
      at?: string,
    ) => {
      const coordination = await open(worktree, at)
      await work(coordination)
      await coordination.tidyUp()
      coordination.close()
      return [...coordination.notes]
    },
  }
}

export function setUp(worktree: string): void {
  mkdirSync(join(worktree, '.claude/coordination/bin'), { recursive: true })
  writeFileSync(join(worktree, '.claude/coordination/bin/coord'), '#!/bin/sh\n')
}

export const register =
  (id: string, worktree = 'w') =>
  (coordination: Coordination) =>
    coordination.execute<'instance.register'>({
      type: 'instance.register',
      session: id,
      id,
      idPrefix: 'x',
      nonce: '0'.repeat(32),
      host: 'test',
      role: 'backend',
      task: 'login',
      worktree,
      cwd: worktree,
      manual: true,
    })

export const acquire =
  (by: string, ...paths: string[]) =>
  async (coordination: Coordination) => {
    const { reply } = await coordination.execute<'lock.acquire'>({
      type: 'lock.acquire',
      by,
      manual: true,
      paths,
      worktree: 'w',
      reason: 'edit',
      policy: coordination.policy,
      requestId: randomId(),
    })
    return reply.kind
  }

export const decide = (by: string, title: string) => (coordination: Coordination) =>
  coordination.execute<'decision.add'>({
    type: 'decision.add',
    by,
    manual: true,
    category: 'testing',
    title,
    description: 'd',
    scope: 'module',
    status: 'accepted',
    alternatives: [],
    files: [],
    requestId: randomId(),
  })

export const holders = async (stage: Stage) => {
  const coordination = await stage.open(stage.main)
  const { state } = await coordination.load()
  const found = Object.values(state.leases).flatMap((leases) => leases.map(({ path, holder }) => `${holder} ${path}`))
  coordination.close()
  return found.sort()
}

export const eventsOf = async (stage: Stage, type: string) => {
  const coordination = await stage.open(stage.main)
  const found = []
  for await (const record of coordination.log.read()) if (record.type === type) found.push(record)
  coordination.close()
  return found
}
