import { shown } from '@coordlog/coordination/shownText'
import type { Coordination } from '@coordlog/runtime/coordination'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import type { Context } from '../context.js'
import { note } from '../output/answer.js'
import { commitPages, exportPages } from './export.js'

/** After a decision, where the project has chosen so. The decision is recorded: what fails here is said, and no more. */
export async function publishDecisions(coordination: Coordination, context: Context): Promise<void> {
  const { config, place } = coordination
  const { adr, folder } = config.decisions
  if (adr === 'off') return
  try {
    const { decisions } = (await coordination.load()).state
    exportPages(place.worktree, folder, decisions)
    if (adr === 'commit') await commitPages(place.worktree, folder, decisions, context.env)
  } catch (error) {
    if (!(error instanceof RuntimeProblem)) throw error
    await note(context, `Note: ${shown(error.message)}`)
  }
}
