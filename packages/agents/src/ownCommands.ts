import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import type { Sender } from './contract.js'
import { named } from './wording.js'

/** How a session calls coord from its own shell. */
export interface OwnCommands {
  program: string
  /** What makes a command act for the session and not for whoever's terminal it is. */
  as: string
}

export const known: OwnCommands = { program: 'coord', as: '' }

const programInWorktree = '.claude/coordination/bin/coord'

/** Where the program gives its shell nothing of ours, commands say who acts, and where coord is. */
export function ownCommands({ shellKnowsInstance }: Sender, { worktree }: Place, id: string): OwnCommands {
  if (shellKnowsInstance) return known
  const program = existsSync(join(worktree, programInWorktree)) ? programInWorktree : known.program
  return { program, as: ` --instance ${named(id)}` }
}
