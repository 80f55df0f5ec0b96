import type { CommandOf, CommandType, Decided } from './commands.js'
import { acquire } from './decide/acquire.js'
import { reportBypass, tellBypass } from './decide/bypasses.js'
import { addDecision, importItem, setDecisionStatus } from './decide/decisions.js'
import { cleanup, end, endTurn, heartbeat, register, startTurn, update } from './decide/instances.js'
import { deliverNotice } from './decide/notice.js'
import { readFiles } from './decide/reads.js'
import { editFiles, endCalls, release } from './decide/release.js'
import type { State } from './state.js'

type Rule<T extends CommandType> = (state: State, command: CommandOf<T>) => Decided<T>

const rules: { [T in CommandType]: Rule<T> } = {
  'instance.register': register,
  'instance.heartbeat': heartbeat,
  'instance.update': update,
  'instance.end': end,
  'turn.start': startTurn,
  'turn.end': endTurn,
  'lock.acquire': acquire,
  'notice.deliver': deliverNotice,
  'lock.release': release,
  'file.edit': editFiles,
  'file.read': readFiles,
  'bypass.report': reportBypass,
  'bypass.tell': tellBypass,
  'calls.end': endCalls,
  cleanup,
  'decision.add': addDecision,
  'item.import': importItem,
  'decision.status': setDecisionStatus,
}

/**
 * (state, command) → at most one event, and a reply. Pure; never throws for a "no". Deciding the same command again
 * after its event was folded yields no event (test/properties).
 */
export function decide<T extends CommandType>(state: State, command: CommandOf<T> & { type: T }): Decided<T> {
  const rule: Rule<T> = rules[command.type]
  return rule(state, command)
}
