import { shown } from '@coordlog/coordination/shownText'
import { type Check, ok, type Patient, warn } from '../../doctor/check.js'
import type { Wiring } from '../agent.js'
import { presenceOf } from '../present.js'
import { type ListedHook, listedHooks } from './hookList.js'
import { agent, client, hooks } from './wiring.js'

const mend = 'start codex here, type /hooks and trust those of coordlog'

/** Codex skips what it does not trust without a word, so that only asking it tells. */
export async function trust({ place, context, home }: Patient, wirings: readonly Wiring[]): Promise<Check[]> {
  const { program } = presenceOf(client, home, context.env)
  if (program === undefined) {
    return [ok(agent, 'whether Codex trusts these hooks cannot be told: there is no codex in PATH to ask')]
  }
  const answer = await listedHooks(program, place.worktree, context.env)
  if ('problem' in answer) {
    return [
      warn(agent, `whether Codex trusts these hooks could not be told: ${shown(answer.problem)}`, 'codex --version'),
    ]
  }
  const ours = answer.hooks.filter((hook) => hooks.commandOf({ command: hook.command }) !== undefined)
  if (ours.length === 0) {
    const files = wirings.map(({ path }) => shown(path)).join(', ')
    const says = `Codex does not load ${files}: it does not trust this project, or the worktree has no .codex folder`
    return [warn(agent, says, 'start codex here and trust the folder')]
  }
  return [trustCheck(ours)]
}

function trustCheck(ours: readonly ListedHook[]): Check {
  const skipped = ours.filter(({ trustStatus, enabled }) => trustStatus !== 'trusted' || !enabled)
  if (skipped.length === 0) return ok(agent, `Codex trusts all ${ours.length} hooks`)
  const reasons = [...new Set(skipped.map(({ trustStatus, enabled }) => (enabled ? trustStatus : 'disabled')))]
  return warn(agent, `Codex skips ${skipped.length} of ${ours.length} hooks (${reasons.map(shown).join(', ')})`, mend)
}
