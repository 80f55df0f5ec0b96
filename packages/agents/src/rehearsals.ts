import { claudeCode } from './claudeCode/rehearsal.js'
import { codex } from './codex/rehearsal.js'
import { copilot } from './copilot/rehearsal.js'
import { gemini } from './gemini/rehearsal.js'
import { opencode } from './opencode/rehearsal.js'
import { qwen } from './qwen/rehearsal.js'
import type { Rehearsal } from './rehearsal.js'

/** By the name in `coord hook AGENT`. */
const rehearsals: ReadonlyMap<string, Rehearsal> = new Map([
  ['claude-code', claudeCode],
  ['codex', codex],
  ['copilot', copilot],
  ['gemini', gemini],
  ['opencode', opencode],
  ['qwen', qwen],
])

export function rehearsalFor(agentName: string): Rehearsal | undefined {
  return rehearsals.get(agentName)
}
